// SPDX-License-Identifier: Apache-2.0
#include "kube/session.h"

#include <algorithm>
#include <set>
#include <utility>

#include "kube/config/resolve.h"

namespace elector::kube {
namespace {

// Wraps `reload` so that each distinct failure to read the credentials again is logged once.
Credentials::Reload with_words(Credentials::Reload reload,
                               std::function<void(const std::string& text)> warn) {
  return [reload = std::move(reload), warn = std::move(warn), said = std::string()]() mutable {
    auto reread = reload();
    if (!reread && std::exchange(said, reread.error().message) != reread.error().message) {
      warn("the credentials or a certificate were refused, and reading them again failed: " + said);
    }
    return reread;
  };
}

// Logs each warning once, as kubectl does, and at most kMost different ones, in case a server keeps
// inventing new ones. Warnings about lock kinds that are not among `chosen` are for debugging.
Client::Warner warner(std::vector<LockKind> chosen, Session::Lines lines) {
  constexpr std::size_t kMost = 64;
  return [chosen = std::move(chosen), lines = std::move(lines), said = std::set<std::string>()](
             const HttpRequest& request, const std::string& text) mutable {
    if (said.size() >= kMost || !said.insert(text).second) return;
    const auto kind = lock_kind_at(request.path);
    const bool matters = !kind || std::find(chosen.begin(), chosen.end(), *kind) != chosen.end();
    (matters ? lines.warn : lines.debug)("the API server warns: " + text);
  };
}

}  // namespace

Expected<std::unique_ptr<Session>> Session::open(const Overrides& overrides,
                                                 std::vector<LockKind> chosen, Lines lines) {
  const Environment environment = Environment::of_process();
  auto connection = resolve(overrides, environment);
  if (!connection) return connection.error();
  for (const std::string& warning : connection->warnings) lines.warn(warning);
  for (const std::string& note : connection->notes) lines.debug(note);
  std::unique_ptr<Session> session(new Session());
  auto poller = Poller::create();
  if (!poller) return poller.error();
  session->poller_ = std::move(*poller);
  session->credentials_ = std::make_unique<Credentials>(
      *session->poller_, connection->credentials,
      with_words(reload_of(overrides, environment, *connection), lines.warn));
  auto client = Client::create(*session->poller_, std::move(*connection), *session->credentials_,
                               {.user_agent = "elector/" ELECTOR_VERSION});
  if (!client) return client.error();
  session->client_ = std::move(*client);
  session->client_->trace(lines.trace);
  session->client_->warn(warner(std::move(chosen), std::move(lines)));
  return session;
}

}  // namespace elector::kube
