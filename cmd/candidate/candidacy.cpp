// SPDX-License-Identifier: Apache-2.0
#include "cmd/candidate/candidacy.h"

#include <utility>

namespace elector::cmd {

CandidateSetup candidate_setup(std::function<std::string()> remedy, const kube::Session& session,
                               const CandidateOptions& options) {
  return {.election = options.election,
          .name_space = session.connection().namespace_,
          .identity = options.id,
          .lock_name = options.lock.name,
          .lock_kinds = options.lock.kinds,
          .lock_kind_given = options.lock.is_explicit,
          .timing = options.timing,
          .remedy = std::move(remedy),
          .resign_command = "elector resign " + options.election +
                            " --namespace=" + session.connection().namespace_ +
                            " --lock=" + options.lock.name + " --force"};
}

void log_standing(const Log& log, const kube::Session& session, const CandidateOptions& options) {
  log.info("joined the election", {{"election", options.election},
                                   {"id", options.id},
                                   {"lock", options.lock.name},
                                   {"namespace", session.connection().namespace_},
                                   {"server", session.connection().server}});
}

void log_resign(const Log& log, const core::Report& stop) {
  if (stop.stop != core::StopReason::kRequest) return;
  log.info(stop.name.empty() ? std::string("asked to resign")
                             : "asked to resign in favour of " + stop.name);
}

std::string describe_loss(const core::Report& lost, const std::string& own) {
  switch (lost.loss) {
    case core::LossReason::kDeadline:
      return "could not renew the lease within the renew deadline";
    case core::LossReason::kTaken:
      if (lost.name == own) return "the lock was overwritten under this process's own name";
      return lost.name.empty() ? "another candidate holds the lock"
                               : "the lock is held by " + lost.name;
    case core::LossReason::kForced:
      return "the lock was cleared by force";
    case core::LossReason::kClockJump:
      return "the wall clock jumped ahead: this machine was paused";
  }
  return "";
}

}  // namespace elector::cmd
