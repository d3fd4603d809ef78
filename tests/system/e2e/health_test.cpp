// SPDX-License-Identifier: Apache-2.0
// --health-url: an unhealthy candidate does not compete, and an unhealthy leader resigns in order.
#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <csignal>
#include <thread>

#include "tests/support/candidate.h"
#include "tests/support/cluster.h"
#include "tests/system/e2e/exec_fixture.h"

namespace elector::tests {
namespace {

// An application that answers every request with a status and `length` bytes, or not at all while
// the status is 0.
class Application {
 public:
  explicit Application(int status, std::size_t length = 0) : status_(status), body_(length, 'x') {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = ::htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    REQUIRE(::bind(listener_, generic, size) == 0);
    REQUIRE(::listen(listener_, 8) == 0);
    REQUIRE(::getsockname(listener_, generic, &size) == 0);
    port_ = ::ntohs(address.sin_port);
    thread_ = std::thread([this] { serve(); });
  }
  ~Application() {
    over_ = true;
    thread_.join();
    ::close(listener_);
  }
  Application(const Application&) = delete;
  Application& operator=(const Application&) = delete;

  void answers(int status) { status_ = status; }
  std::string url() const {
    return "http://me:hush@127.0.0.1:" + std::to_string(port_) + "/healthz?x=1";
  }

 private:
  void serve() {
    while (!over_) {
      pollfd readable{.fd = listener_, .events = POLLIN, .revents = 0};
      if (::poll(&readable, 1, 50) <= 0) continue;
      const int fd = ::accept(listener_, nullptr, nullptr);
      std::array<char, 4096> request{};
      const ssize_t size = ::recv(fd, request.data(), request.size(), 0);
      const bool asked = size > 0 && std::string(request.data(), static_cast<std::size_t>(size))
                                         .starts_with("GET /healthz?x=1 HTTP/1.1\r\n");
      const int status = asked ? status_.load() : 400;
      while (status == 0 && !over_ && status_ == 0) {
        std::this_thread::sleep_for(Milliseconds(20));
      }
      const std::string answer = "HTTP/1.1 " + std::to_string(status) +
                                 " X\r\nLocation: http://elsewhere.invalid/\r\nContent-Length: " +
                                 std::to_string(body_.size()) + "\r\nConnection: close\r\n\r\n" +
                                 body_;
      ::send(fd, answer.data(), answer.size(), MSG_NOSIGNAL);
      ::close(fd);
    }
  }

  int listener_ = -1;
  std::uint16_t port_ = 0;
  std::atomic<int> status_;
  const std::string body_;
  std::atomic<bool> over_ = false;
  std::thread thread_;
};

std::vector<std::string> health_flags(const Application& application) {
  return {"--lock=leases", "--health-url=" + application.url(), "--health-interval=100ms",
          "--health-timeout=500ms", "--health-threshold=2"};
}

CandidateOptions options_for(const ElectionName& election, const std::string& id,
                             const Application& application) {
  return {.kubeconfig = Cluster::get().kubeconfig(),
          .election = election.text(),
          .id = id,
          .ttl = "60s",  // waiting for the lease would be noticed
          .more = health_flags(application)};
}

void check_resignation() {
  const ElectionName election(Cluster::get().api(), "health");
  // The status decides, whatever else an application answers.
  Application good(200, std::size_t{8} << 20U);
  Application bad(503);
  Candidate one(options_for(election, "one", good));
  REQUIRE_MESSAGE(one.says("one"), one.log());
  Candidate two(options_for(election, "two", bad));
  REQUIRE(two.logs("health check failed"));
  CHECK(two.says("one"));
  // No candidate is healthy: the lock is released, and not acquired.
  good.answers(500);
  CHECK_MESSAGE(one.prints("nobody"), one.log());
  CHECK(eventually([&] { return Cluster::get().api().holder(election.lease()).empty(); }));
  CHECK(one.logs("released the lock"));
  // A candidate that becomes healthy leads at once; a redirect to another host is a success.
  bad.answers(302);
  CHECK_MESSAGE(two.says("two"), two.log());
  good.answers(200);
  CHECK(one.logs("info health check passed", kLimit, one.logged()));
  CHECK(one.says("two"));
  // An application that hangs is not healthy.
  bad.answers(0);
  CHECK_MESSAGE(one.says("one"), (one.log() + two.log()));
  CHECK(eventually([&] { return two.count_logged("health check failed") == 2; }));
  CHECK(one.count_logged("hush") + two.count_logged("hush") == 0);
  CHECK(one.terminate() == 0);
}

void check_exec() {
  const ElectionName election(Cluster::get().api(), "health");
  Application sick(503);
  Words flags = health_flags(sick);
  flags.emplace_back("--wait=0");
  const Ended ended =
      run_to_end({.election = election.text(), .more = flags, .command = {"echo", "ran"}});
  CHECK(ended.code == 125);
  CHECK(ended.out == "");
  CHECK(ended.err.find("not elected in time: the health check fails") != std::string::npos);

  Application application(200);
  Contender one({.election = election.text(),
                 .ttl = "60s",
                 .more = health_flags(application),
                 .command = {"sh", "-c", "echo up; exec sleep 1000"}});
  REQUIRE_MESSAGE(one.says("up"), one.log());
  application.answers(503);
  REQUIRE_MESSAGE(one.logs("health check failed"), one.log());
  CHECK(eventually([&] { return Cluster::get().api().holder(election.lease()).empty(); }));
  CHECK(one.process().running());
  application.answers(200);
  CHECK_MESSAGE(eventually([&] { return one.output() == "up\nup\n"; }), one.log());
  CHECK(one.terminate() == 143);
}

// The lock is kept for --hold after the command's end; a leader that has to give it up then has
// nothing more to do.
void check_hold() {
  const ElectionName election(Cluster::get().api(), "health");
  Application application(200);
  Words flags = health_flags(application);
  flags.emplace_back("--hold=10m");
  Contender one({.election = election.text(), .more = flags, .command = {"sh", "-c", "echo ran"}});
  REQUIRE_MESSAGE(one.says("ran"), one.log());
  REQUIRE(eventually([&] { return children_of(one.guard()).empty(); }));
  application.answers(503);
  CHECK_MESSAGE(one.process().wait_exit() == 0, one.log());
  CHECK(one.output() == "ran\n");
  CHECK(Cluster::get().api().holder(election.lease()).empty());
}

// Without a fit candidate the lock does not change; a watch is as good as a read.
void check_ready() {
  const ElectionName election(Cluster::get().api(), "health");
  Application sick(503);
  CandidateOptions options = options_for(election, "one", sick);
  options.ttl = "2s";
  Candidate one(options);
  REQUIRE_MESSAGE(one.logs("health check failed"), one.log());
  const Address address = one.http_address();
  const auto seconds_unseen = [&] {
    const std::string text = http_get(address, "/metrics").body;
    const std::string name = "\nelector_lock_observed_age_seconds ";
    const std::size_t at = text.find(name);
    return at == std::string::npos ? 0 : std::stod(text.substr(at + name.size()));
  };
  REQUIRE(eventually([&] { return seconds_unseen() > 3; }));
  CHECK(http_get(address, "/readyz").status == 200);
}

}  // namespace

TEST_SUITE("--health-url") {
  TEST_CASE("an unhealthy candidate does not compete, and an unhealthy leader resigns in order") {
    together({check_resignation, check_exec, check_hold, check_ready});
  }
}

TEST_CASE("status --probe asks a URL once, as a kubelet does, and needs no cluster") {
  const auto probe = [](const Words& words) {
    Words all{elector_binary(), "status"};
    all.insert(all.end(), words.begin(), words.end());
    return Command{.arguments = all, .environment = clean_environment()};
  };
  struct Row {
    int status;
    int code;
    std::string said;
  };
  for (const Row& row : std::vector<Row>{{200, 0, ""},
                                         {302, 0, ""},
                                         {399, 0, ""},
                                         {404, 1, " answers with 404\n"},
                                         {503, 1, " answers with 503\n"},
                                         {0, 1, "within 300ms"}}) {
    CAPTURE(row.status);
    const Application application(row.status);
    Process asked(probe({"--probe=" + application.url(),
                         row.status == 0 ? "--request-timeout=300ms" : "--request-timeout=20s"}));
    CHECK(asked.wait_exit() == row.code);
    const std::string said = asked.text(Process::Stream::kErr);
    CHECK_MESSAGE((row.said.empty() ? said.empty() : said.find(row.said) != std::string::npos),
                  said);
    CHECK(said.find("hush") == std::string::npos);
  }
  Process quiet(probe({"-q", "--probe=http://127.0.0.1:1/"}));
  CHECK(quiet.wait_exit() == 1);
  CHECK(quiet.text(Process::Stream::kErr).empty());
  Process wrong(probe({"--probe=ftp://127.0.0.1/"}));
  CHECK(wrong.wait_exit() == 2);
}

}  // namespace elector::tests
