#include "cmd/run.h"

#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "cmd/candidate.h"
#include "cmd/http_server.h"
#include "cmd/line_writer.h"
#include "cmd/log.h"
#include "cmd/session.h"
#include "cmd/signals.h"

namespace elector::cmd {
namespace {

// The sidecar: a candidate whose only work is to say who leads.
class Sidecar {
 public:
  Sidecar(Session& session, const Log& log, const RunOptions& options)
      : session_(session),
        log_(log),
        release_delay_(options.release_delay),
        output_(session.poller(), STDOUT_FILENO),
        candidate_(session.poller(), session.client(), log, candidate_options(session, options),
                   [this](const core::Report& report) { on_report(report); }) {}

  kube::Failure serve(const std::optional<HttpAddress>& address);
  int run_until_stopped();

 private:
  static CandidateOptions candidate_options(const Session& session, const RunOptions& options);
  void on_report(const core::Report& report);
  void on_signal(int signal);
  void stop_work();

  Session& session_;
  const Log& log_;
  const core::Duration release_delay_;
  LineWriter output_;
  Candidate candidate_;
  std::unique_ptr<HttpServer> http_;
  kube::Poller::TimerId release_timer_ = 0;
  bool led_ = false;  // since the lock was last given back
  bool ending_ = false;
  bool hurried_ = false;  // a second signal: out, whatever is in the lock
};

CandidateOptions Sidecar::candidate_options(const Session& session, const RunOptions& options) {
  return {.election = options.election,
          .name_space = session.connection().namespace_,
          .identity = options.id,
          .lock_kinds = options.lock.kinds,
          .lock_kind_given = options.lock.is_explicit,
          .timing = options.timing};
}

kube::Failure Sidecar::serve(const std::optional<HttpAddress>& address) {
  if (!address) return std::nullopt;
  HttpServer::Routes routes;
  routes["/"] = [this] {
    return HttpReply{200, "application/json",
                     "{\"name\":" + json_string(candidate_.view().leader) + "}"};
  };
  // It is alive as long as the loop that would renew the lease answers.
  routes["/healthz"] = [] { return HttpReply{200, "text/plain; charset=utf-8", "ok"}; };
  auto server = HttpServer::create(session_.poller(), *address, std::move(routes));
  if (!server) return server.error();
  http_ = std::move(*server);
  for (const std::string& at : http_->addresses()) {
    log_.info("serving http", {{"address", at}});
  }
  return std::nullopt;
}

int Sidecar::run_until_stopped() {
  auto signals = Signals::create(session_.poller(), {SIGTERM, SIGINT},
                                 [this](int signal) { on_signal(signal); });
  if (!signals) return complain("run", signals.error());
  candidate_.start();
  candidate_.stand(true);
  while (!hurried_ && !(ending_ && candidate_.at_rest())) session_.poller().wait(std::nullopt);
  if (!hurried_) return 0;
  log_.warn("stopped before the lock was given back: it may name this process for one lease");
  return 1;
}

void Sidecar::on_report(const core::Report& report) {
  using Kind = core::Report::Kind;
  switch (report.kind) {
    case Kind::kLeaderChanged:
      output_.write((report.name.empty() ? "nobody" : report.name) + " is the leader");
      break;
    case Kind::kElected:
      led_ = true;
      log_.info("became leader", {{"fencingToken", report.token}});
      break;
    case Kind::kRenewed:
      log_.debug("renewed");
      break;
    case Kind::kStopWork:
      // What asked for this was a signal, or an election of the same name on another lock kind.
      if (!ending_ || release_delay_ <= core::Duration::zero()) {
        stop_work();
      } else {
        release_timer_ = session_.poller().start_timer(release_delay_, [this] { stop_work(); });
      }
      break;
    case Kind::kLost:
      session_.poller().cancel_timer(release_timer_);
      log_.warn("stopped leading: " + describe_loss(report));
      candidate_.work_stopped();
      break;
    case Kind::kReleased:
      if (std::exchange(led_, false)) log_.info("gave the lock back");
      break;
    case Kind::kReleaseFailed:
      log_.warn("could not give the lock back: it may name this process for one lease");
      break;
    case Kind::kRequestFailed:
    case Kind::kNotice:
      break;  // Candidate has logged it
  }
}

void Sidecar::stop_work() {
  release_timer_ = 0;
  candidate_.work_stopped();
}

void Sidecar::on_signal(int signal) {
  log_.info(std::string("stopping on SIG") + ::sigabbrev_np(signal));
  if (!ending_) {
    ending_ = true;
    candidate_.stand(false);
  } else if (release_timer_ != 0) {
    session_.poller().cancel_timer(release_timer_);
    stop_work();
  } else {
    hurried_ = true;
  }
}

// The error in the user's own words: a flag that a variable stood in for bears the variable's name.
kube::Error name_in(kube::Error error, const RunOptions& options) {
  error.message = name_variables(error.message, options.from_environment);
  return error;
}

}  // namespace

int run(const RunOptions& options) {
  const Log log(options.log.format, options.log.verbosity);
  for (const std::string& note : options.notes) log.debug(note);
  auto session = Session::open(options.connection, log);
  if (!session) return complain("run", name_in(session.error(), options));
  Sidecar sidecar(**session, log, options);
  if (const auto failure = sidecar.serve(options.http)) return complain("run", *failure);
  log.info("standing", {{"election", options.election},
                        {"id", options.id},
                        {"lock", options.lock.name},
                        {"namespace", (*session)->connection().namespace_},
                        {"server", (*session)->connection().server}});
  return sidecar.run_until_stopped();
}

}  // namespace elector::cmd
