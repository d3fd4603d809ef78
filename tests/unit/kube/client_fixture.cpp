// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/kube/client_fixture.h"

#include <doctest/doctest.h>

#include <csignal>
#include <optional>
#include <utility>

namespace elector::tests {

void serve_all(RawServer::Peer& peer) {
  while (!peer.request().empty()) peer.answer(200, "{}");
}

ClientFixture::ClientFixture(const std::string& server)
    : ClientFixture(server, [](kube::Connection&) {}) {}

ClientFixture::ClientFixture(const std::string& server,
                             const std::function<void(kube::Connection&)>& change,
                             const kube::Credentials::Reload& reload) {
  std::signal(SIGPIPE, SIG_IGN);
  auto poller = kube::Poller::create();
  REQUIRE(poller);
  poller_ = std::move(*poller);
  kube::Connection connection;
  connection.server = server;
  connection.credentials.token = "secret-token";
  connection.namespace_ = "default";
  change(connection);
  kube::Credentials::Limits limits;
  limits.certificate_age = std::chrono::milliseconds(0);
  credentials_ =
      std::make_unique<kube::Credentials>(*poller_, connection.credentials, reload, limits);
  auto client =
      kube::Client::create(*poller_, connection, *credentials_, {.user_agent = "elector/test"});
  REQUIRE(client);
  client_ = std::move(*client);
}

bool run_until(kube::Poller& poller, const std::function<bool()>& condition,
               std::chrono::milliseconds limit) {
  const auto end = std::chrono::steady_clock::now() + limit;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) return false;
    poller.wait(std::chrono::milliseconds(20));
  }
  return true;
}

void ClientFixture::run_for(std::chrono::milliseconds span) {
  run_until([] { return false; }, span);
}

kube::HttpResponse ClientFixture::fetch(kube::HttpRequest request) {
  std::optional<kube::HttpResponse> answer;
  client_->send(std::move(request),
                [&](kube::HttpResponse response) { answer = std::move(response); });
  CHECK_FALSE(answer);  // never from within send()
  REQUIRE(run_until([&] { return answer.has_value(); }));
  return std::move(*answer);
}

kube::HttpResponse ClientFixture::get(const std::string& path, core::Duration timeout) {
  kube::HttpRequest request;
  request.path = path;
  request.timeout = timeout;
  return fetch(std::move(request));
}

kube::HttpResponse ClientFixture::put(const std::string& path, const std::string& body,
                                      core::Duration timeout) {
  kube::HttpRequest request;
  request.method = "PUT";
  request.path = path;
  request.body = body;
  request.timeout = timeout;
  return fetch(std::move(request));
}

}  // namespace elector::tests
