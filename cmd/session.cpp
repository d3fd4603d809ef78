#include "cmd/session.h"

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

// Each warning once, as kubectl; of a server that makes up ever new ones, some.
kube::Client::Warner warner(const Log& log) {
  constexpr std::size_t kMost = 64;
  return [&log, said = std::set<std::string>()](const std::string& text) mutable {
    if (said.size() < kMost && said.insert(text).second) log.warn("the API server warns: " + text);
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
  session->client_->warn(warner(log));
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
