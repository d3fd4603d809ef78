// SPDX-License-Identifier: Apache-2.0
// What --health-url makes of redirects and of a user in the URL: what the kubelet's probes do.
#include "cmd/candidate/health_checker.h"

#include <doctest/doctest.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tests/support/eventually.h"
#include "tests/support/raw_server.h"

namespace elector::tests {
namespace {

using Peer = RawServer::Peer;

std::string path_in(const std::string& request) {
  const std::size_t begin = request.find(' ') + 1;
  return request.substr(begin, request.find(' ', begin) - begin);
}

// Answers /STATUS with that status, and /STATUS/LOCATION with a redirect there, in which "~" stands
// for "/", and "^" for "#".
void answer(Peer& peer, const std::string& request) {
  const std::string path = path_in(request);
  const int status = std::stoi(path.substr(1));
  const std::size_t slash = path.find('/', 1);
  std::string location = slash == std::string::npos ? "" : path.substr(slash + 1);
  for (char& c : location) {
    if (c == '~') c = '/';
    if (c == '^') c = '#';
  }
  peer.answer(status, "", location.empty() ? "" : "Location: " + location + "\r\n");
}

struct Application {
  Notes requests;
  RawServer server{[this](Peer& peer) {
    for (std::string request = peer.request(); !request.empty(); request = peer.request()) {
      requests.add(request);
      answer(peer, request);
    }
  }};
};

// The first finding; `problem` gets its cause.
bool finds_healthy(const std::string& url, std::string* problem = nullptr) {
  auto poller = kube::Poller::create();
  REQUIRE(poller);
  std::optional<bool> found;
  const auto watch = cmd::HealthChecker::begin(**poller,
                                               {.url = url,
                                                .interval = std::chrono::hours(1),
                                                .timeout = std::chrono::seconds(20),
                                                .threshold = 1},
                                               [&](bool healthy, const std::string& cause) {
                                                 found = healthy;
                                                 if (problem != nullptr) *problem = cause;
                                               });
  REQUIRE(watch);
  const auto end = std::chrono::steady_clock::now() + kLimit;
  while (!found && std::chrono::steady_clock::now() < end) {
    (*poller)->wait(std::chrono::milliseconds(100));
  }
  REQUIRE(found);
  return *found;
}

TEST_CASE("of redirects on the same host the end counts, one to another host is a success") {
  Application application;
  const Application other;
  const std::string other_url = "http:~~127.0.0.1:" + std::to_string(other.server.port());
  struct Row {
    std::string path;
    bool healthy;
  };
  for (const Row& row :
       std::vector<Row>{{"/200", true},
                        {"/399", true},
                        {"/400", false},
                        {"/500", false},
                        {"/302/~200", true},
                        {"/302/~500", false},
                        {"/301/~200", true},
                        {"/303/~200", true},
                        {"/307/~500", false},
                        {"/308/~500", false},
                        {"/302", true},
                        {"/304", true},
                        {"/300/~500", true},
                        {"/302/200", false},  // relative: /302/200 redirects to 200 without end
                        {"/302/..~200", true},
                        {"/302/~301~~200", true},
                        {"/302/" + other_url + "~200", true},
                        {"/302/" + other_url + "~500", false},
                        {"/302/http:~~elsewhere.invalid~500", true},
                        {"/302/~~elsewhere.invalid~500", true},
                        {"/302/ftp:~~elsewhere.invalid~", true},
                        {"/302/ftp:~~127.0.0.1~", false},
                        {"/302/~200^part", true}}) {
    CAPTURE(row.path);
    CHECK(finds_healthy(application.server.url() + row.path) == row.healthy);
  }
}

TEST_CASE("ten redirects are too many, and a slash at the end of a path stays") {
  int left = 0;
  RawServer server([&](Peer& peer) {
    for (std::string request = peer.request(); !request.empty(); request = peer.request()) {
      if (path_in(request) == "/slash") {
        peer.answer(301, "", "Location: /slash/\r\n");
      } else if (path_in(request) == "/slash/" || left == 0) {
        peer.answer(200, "");
      } else {
        peer.answer(302, "", "Location: /" + std::to_string(--left) + "\r\n");
      }
    }
  });
  for (const int redirects : {9, 10}) {
    left = redirects;
    std::string problem;
    CHECK(finds_healthy(server.url(), &problem) == (redirects == 9));
    const std::string cause = redirects == 9 ? "" : "redirects more than 9 times";
    CHECK_MESSAGE(problem.ends_with(cause), problem);
  }
  CHECK(finds_healthy(server.url() + "/slash"));
}

TEST_CASE("the user and the password of the URL are sent to where they belong") {
  Application application;
  const std::string address = "127.0.0.1:" + std::to_string(application.server.port());
  const std::string basic = "Authorization: Basic bWU6cEBzcw==\r\n";  // me:p@ss
  CHECK(finds_healthy("http://me:p%40ss@" + address + "/302/~200"));
  CHECK(finds_healthy("http://me:p%40ss@" + address + "/302/http:~~" + address + "~200"));
  CHECK(finds_healthy("http://" + address + "/200"));
  const auto requests = application.requests.all();
  REQUIRE(requests.size() == 5);
  const std::vector<bool> with{true, true, true, false, false};
  for (std::size_t i = 0; i < with.size(); ++i) {
    CAPTURE(i);
    CHECK((requests[i].find(basic) != std::string::npos) == with[i]);
    CHECK((requests[i].find("Authorization") != std::string::npos) == with[i]);
  }
}

}  // namespace
}  // namespace elector::tests
