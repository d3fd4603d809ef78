#include "cmd/session.h"

#include <algorithm>
#include <set>
#include <utility>

namespace elector::cmd {
namespace {

// The credentials or a certificate were refused, and there is nothing else: why, in the log, once
// for each reason.
kube::Credentials::Reload with_words(kube::Credentials::Reload reload, const Log& log) {
  return [reload = std::move(reload), &log, said = std::string()]() mutable {
    auto reread = reload();
    if (!reread && std::exchange(said, reread.error().message) != reread.error().message) {
      log.warn("the credentials or a certificate were refused, and cannot be read again: " + said);
    }
    return reread;
  };
}

// Logs each warning once, as kubectl does; of a server that invents new ones without end, the first
// few. Warnings about lock kinds that are not among `chosen` are for debugging.
kube::Client::Warner warner(std::vector<kube::LockKind> chosen, const Log& log) {
  constexpr std::size_t kMost = 64;
  return [chosen = std::move(chosen), &log, said = std::set<std::string>()](
             const kube::HttpRequest& request, const std::string& text) mutable {
    if (said.size() >= kMost || !said.insert(text).second) return;
    const std::string line = "the API server warns: " + text;
    const auto kind = kube::lock_kind_at(request.path);
    if (!kind || std::find(chosen.begin(), chosen.end(), *kind) != chosen.end()) {
      log.warn(line);
    } else {
      log.debug(line);
    }
  };
}

kube::Client::Tracer tracer(const Log& log) {
  return [&log](const kube::Client::Trace& trace) {
    log.debug("request", {{"method", trace.method},
                          {"url", trace.url},
                          {"status", std::to_string(trace.status)},
                          {"ms", std::to_string(trace.time.count())}});
  };
}

}  // namespace

kube::Expected<std::unique_ptr<Session>> Session::open(const kube::Overrides& overrides,
                                                       std::vector<kube::LockKind> chosen,
                                                       const Log& log) {
  const kube::Environment environment = kube::Environment::of_process();
  auto connection = kube::resolve(overrides, environment);
  if (!connection) return connection.error();
  for (const std::string& warning : connection->warnings) log.warn(warning);
  for (const std::string& note : connection->notes) log.debug(note);
  std::unique_ptr<Session> session(new Session());
  auto poller = kube::Poller::create();
  if (!poller) return poller.error();
  session->poller_ = std::move(*poller);
  session->credentials_ = std::make_unique<kube::Credentials>(
      *session->poller_, connection->credentials,
      with_words(kube::reload_of(overrides, environment, *connection), log));
  auto client =
      kube::Client::create(*session->poller_, std::move(*connection), *session->credentials_,
                           {.user_agent = "elector/" ELECTOR_VERSION});
  if (!client) return client.error();
  session->client_ = std::move(*client);
  session->client_->warn(warner(std::move(chosen), log));
  session->client_->trace(tracer(log));
  return session;
}

void log_resign(const Log& log, const core::Report& stop) {
  if (stop.stop != core::StopReason::kRequest) return;
  log.info(stop.name.empty() ? std::string("asked to resign")
                             : "asked to resign in favour of " + stop.name);
}

std::string describe_loss(const core::Report& lost) {
  switch (lost.loss) {
    case core::LossReason::kDeadline:
      return "no renewal went through within the renew deadline";
    case core::LossReason::kTaken:
      return lost.name.empty() ? "the lock is held by another" : "the lock is held by " + lost.name;
    case core::LossReason::kForced:
      return "the lock was cleared by force";
    case core::LossReason::kClockJump:
      return "the clock jumped ahead: this machine was paused from outside";
  }
  return "";
}

}  // namespace elector::cmd
