// SPDX-License-Identifier: Apache-2.0
#include "cmd/run.h"

#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "cmd/candidate/candidacy.h"
#include "cmd/candidate/candidate.h"
#include "cmd/candidate/services.h"
#include "cmd/cli/complain.h"
#include "cmd/output/line_writer.h"
#include "cmd/output/log.h"
#include "cmd/output/session_lines.h"
#include "cmd/output/text.h"
#include "cmd/print_rbac.h"
#include "cmd/process/hardening.h"
#include "cmd/process/signals.h"
#include "kube/base/signal_name.h"
#include "kube/session.h"

namespace elector::cmd {
namespace {

// The sidecar: a candidate whose only work is to report who leads.
class Sidecar {
 public:
  Sidecar(kube::Session& session, const Log& log, const RunOptions& options)
      : session_(session),
        log_(log),
        options_(options),
        output_(session.poller(), STDOUT_FILENO),
        candidate_(
            session.poller(), session.client(), log,
            candidate_setup([&] { return remedy("run", options, session); }, session, options),
            [this](const core::Report& report) { on_report(report); }) {}

  int run();

 private:
  void on_report(const core::Report& report);
  void on_signal(int signal);
  void stop_work();
  std::string leader_line(const std::string& leader) const;

  kube::Session& session_;
  const Log& log_;
  const RunOptions& options_;
  LineWriter output_;
  Candidate candidate_;
  std::unique_ptr<Services> services_;
  kube::Poller::TimerId release_timer_ = 0;
  bool led_ = false;      // since the lock was last released
  int signals_ = 0;       // how many came to end it
  bool hurried_ = false;  // by the third: exits whatever is in the lock
};

int Sidecar::run() {
  auto signals = Signals::create(session_.poller(), {SIGTERM, SIGINT, SIGHUP, SIGXCPU},
                                 [this](int signal) { on_signal(signal); });
  if (!signals) return complain("run", signals.error(), options_);
  auto services = Services::begin(session_, log_, options_, candidate_, {});
  if (!services) return complain("run", services.error(), options_);
  services_ = std::move(*services);
  end_in_order_without_memory();
  log_standing(log_, session_, options_);
  candidate_.start();
  candidate_.stand(true);
  const auto done = [this] { return signals_ > 0 && candidate_.at_rest(); };
  session_.poller().run_until([&] { return hurried_ || done(); });
  if (done()) {
    if (!hurried_) services_->finish();
    return memory_ran_out() ? 1 : 0;
  }
  log_.warn(
      "stopped before the lock was released: it may name this process until the lease expires");
  return 1;
}

void Sidecar::on_report(const core::Report& report) {
  using Kind = core::Report::Kind;
  services_->on_report(report);
  switch (report.kind) {
    case Kind::kLeaderChanged:
      output_.write(leader_line(report.name));
      break;
    case Kind::kElected:
      led_ = true;
      log_.info("became leader", {{"election", options_.election}, {"fencingToken", report.token}});
      break;
    case Kind::kRenewed:
      log_.debug("renewed");
      break;
    case Kind::kStopWork:
      log_resign(log_, report);
      // The cause is a signal, `resign`, or an election of the same name on another lock kind. The
      // last does not wait for the release delay.
      if (options_.release_delay <= core::Duration::zero() ||
          (signals_ == 0 && report.stop != core::StopReason::kRequest)) {
        stop_work();
      } else {
        release_timer_ =
            session_.poller().start_timer(options_.release_delay, [this] { stop_work(); });
      }
      break;
    case Kind::kLost:
      session_.poller().cancel_timer(std::exchange(release_timer_, 0));
      log_.warn("stopped leading: " + describe_loss(report, options_.id));
      services_->work_stopped();
      break;
    case Kind::kReleased:
      if (std::exchange(led_, false))
        log_.info("released the lock", {{"election", options_.election}});
      break;
    case Kind::kReleaseFailed:
      log_.warn("could not release the lock: it may name this process until the lease expires");
      break;
    case Kind::kRequestFailed:
    case Kind::kNotice:
      break;  // Candidate has logged it
  }
}

std::string Sidecar::leader_line(const std::string& leader) const {
  if (options_.output == LogFormat::kText) {
    return (leader.empty() ? "nobody" : escaped(leader)) + " is the leader";
  }
  return Log::format_line(LogFormat::kJson, "info", "leader changed",
                          {{"election", options_.election},
                           {"namespace", session_.connection().namespace_},
                           {"id", options_.id},
                           {"leader", leader}});
}

void Sidecar::stop_work() {
  release_timer_ = 0;
  services_->work_stopped();
}

void Sidecar::on_signal(int signal) {
  log_.info("stopping on " + kube::signal_name(signal));
  ++signals_;
  if (signals_ == 1) {
    candidate_.stand(false);
  } else if (release_timer_ != 0) {
    session_.poller().cancel_timer(release_timer_);
    stop_work();
  } else {
    // Some send the first signal twice in a row: timeout(1), to the process and to its group.
    hurried_ = signals_ > 2;
  }
}

}  // namespace

int run(const RunOptions& options) {
  if (options.print_rbac) {
    return print_rbac("run", options, options.election, candidate_rules(options));
  }
  const Log log(options.log.format, options.log.verbosity);
  for (const std::string& warning : options.warnings) log.warn(warning);
  for (const std::string& note : options.notes) log.debug(note);
  auto session = kube::Session::open(options.connection, options.lock.kinds, session_lines(log));
  if (!session) return complain("run", session.error(), options);
  return Sidecar(**session, log, options).run();
}

}  // namespace elector::cmd
