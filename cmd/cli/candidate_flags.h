// SPDX-License-Identifier: Apache-2.0
// The flags that `run` and `exec` share, and what they say together.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cmd/cli/command.h"

namespace elector::cmd {

// Base of the command lines of candidates. A subclass declares its own flags between these groups.
class CandidateLine : public CommandLine {
 protected:
  explicit CandidateLine(const Surroundings& surroundings) : surroundings_(surroundings) {}

  // --id, and the three durations of the timing.
  void add_identity_and_timing(CandidateOptions& into, bool any_ttl = false);
  Flag& add_http(CandidateOptions& into);
  // --events, --label-pod, --health-url, …
  void add_cluster(CandidateOptions& into);

  // Fills what follows from several flags: the identity, the timing, the pod of the label. With
  // `warnings`, a ttl that a lease cannot record is replaced by the nearest possible one, and a
  // sentence about that is added. Fails with kUsage.
  Failure finish_candidate(CandidateOptions& options, std::vector<std::string>* warnings = nullptr);

  const Surroundings& surroundings_;

 private:
  Failure finish_identity(CandidateOptions& options) const;
  Failure finish_timing(CandidateOptions& options, std::vector<std::string>* warnings) const;
  Failure check_timing(const core::Timing& timing) const;

  std::optional<core::Duration> ttl_{}, renew_deadline_{}, retry_period_{};
  HealthCheck health_{};
  std::vector<std::string> rbac_pods_{};
};

}  // namespace elector::cmd
