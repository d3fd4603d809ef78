// SPDX-License-Identifier: Apache-2.0
// Crowds of clients at `--http`: a request that has arrived is answered, whatever other clients
// there are, and the memory stays within what the manifests allow.
#include <doctest/doctest.h>

#include <atomic>
#include <functional>
#include <thread>
#include <vector>

#include "tests/support/candidate.h"
#include "tests/support/cluster.h"
#include "tests/support/observer.h"
#include "tests/support/proc.h"
#include "tests/support/skipped.h"

namespace elector::tests {
namespace {

#ifdef __SANITIZE_ADDRESS__
constexpr long kMostMemory = 1024L * 1024;  // its shadow and its quarantine
#else
constexpr long kMostMemory = 64L * 1024;  // KiB: the manifests' limit
#endif

const std::string kWatch = "GET /watch HTTP/1.1\r\nHost: localhost\r\n\r\n";

CandidateOptions options_for(const ElectionName& election) {
  return {.kubeconfig = Cluster::get().kubeconfig(),
          .election = election.text(),
          .id = "",
          .ttl = "10s",
          .more = {"--lock=leases"}};
}

std::vector<OpenConnection> streams_to(const Address& address, int count) {
  std::vector<OpenConnection> streams;
  for (int i = 0; i < count; ++i) {
    streams.emplace_back(address);
    streams.back().send(kWatch);
    REQUIRE(streams.back().receives("data: "));
  }
  return streams;
}

// A figure of /proc/PID/status in KiB.
long kib_of(const Candidate& one, const std::string& figure) {
  const std::string status = proc(one.process().pid(), "status");
  const std::size_t at = status.find(figure + ":");
  REQUIRE(at != std::string::npos);
  return std::stol(status.substr(at + figure.size() + 1));
}

// Keeps 300 connections that have sent `text` and wait, and replaces them all every 0.3 s.
class Renewing {
 public:
  Renewing(const Address& address, const std::string& text)
      : thread_([this, address, text] {
          while (!over_) {
            std::vector<OpenConnection> idle;
            for (int i = 0; i < 300 && !over_; ++i) {
              try {
                idle.emplace_back(address);
              } catch (const std::runtime_error&) {
                continue;
              }
              idle.back().send(text);
            }
            ++rounds_;
            std::this_thread::sleep_for(Milliseconds(300));
          }
        }) {}
  ~Renewing() {
    over_ = true;
    thread_.join();
  }
  Renewing(const Renewing&) = delete;
  Renewing& operator=(const Renewing&) = delete;

  int rounds() const { return rounds_; }

 private:
  std::atomic<bool> over_ = false;
  std::atomic<int> rounds_ = 0;
  std::thread thread_;
};

}  // namespace

TEST_SUITE("elector run --http: crowds") {
  TEST_CASE("probes are answered beside 192 streams and 300 idle connections that are renewed") {
    const ElectionName election(Cluster::get().api(), "crowd");
    Candidates one(1, options_for(election));
    REQUIRE_MESSAGE(one.leader() != nullptr, one.logs());
    const Address address = one[0].http_address();
    std::vector<OpenConnection> streams = streams_to(address, 192);
    for (const std::string silent :
         {"", "GET / HTTP/1.1\r\nX: ", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nx",
          "GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n"}) {
      CAPTURE(silent);
      const Renewing crowd(address, silent);
      REQUIRE(eventually([&] { return crowd.rounds() > 0; }));
      int answered = 0;
      for (int i = 0; i < 40; ++i) {
        answered += http_get(address, "/livez").status == 200 ? 1 : 0;
        std::this_thread::sleep_for(Milliseconds(20));
      }
      CHECK(answered == 40);
    }
    // No stream gave way for that.
    for (OpenConnection& stream : streams) CHECK_FALSE(stream.ends(Milliseconds(0)));
  }

  TEST_CASE("when streams run out, the address with the most gives way, and no other") {
    const ElectionName election(Cluster::get().api(), "share");
    Candidates one(1, options_for(election));
    REQUIRE_MESSAGE(one.leader() != nullptr, one.logs());
    Address address = one[0].http_address();
    std::vector<OpenConnection> many = streams_to(address, 192);
    CHECK(http_get(address, "/watch").status == 503);
    address.from = "127.0.0.2";
    std::vector<OpenConnection> few = streams_to(address, 2);
    CHECK(many[0].ends());
    CHECK(many[1].ends());
    CHECK_FALSE(many[2].ends(Milliseconds(0)));
    address.from = "127.0.0.1";
    CHECK(http_get(address, "/watch").status == 503);
    address.from = "127.0.0.3";
    std::vector<OpenConnection> others = streams_to(address, 1);
    CHECK(many[2].ends());
    for (OpenConnection& stream : few) CHECK_FALSE(stream.ends(Milliseconds(0)));
  }

  TEST_CASE("many slow clients of a large name cost less memory than the manifests allow") {
    const ElectionName election(Cluster::get().api(), "large");
    const std::string name(600'000, '<');
    if (!stores_holder_of(name.size()) && skipped_by_server("objects of etcd's largest size"))
      return;
    Cluster::get().api().create(
        election.lease(),
        R"({"apiVersion":"coordination.k8s.io/v1","kind":"Lease","metadata":{"name":")" +
            election.text() + R"("},"spec":{"holderIdentity":")" + name +
            R"(","leaseDurationSeconds":2000000000,"renewTime":"2026-01-01T00:00:00.000000Z"}})");
    Candidates one(1, options_for(election));
    const Address address = one[0].http_address();
    REQUIRE(eventually([&] { return http_get(address, "/").body.size() > name.size(); }));
    const long before = kib_of(one[0], "VmRSS");
    std::vector<OpenConnection> slow;
    const auto crowd_of = [&](int count, const std::string& path) {
      for (int i = 0; i < count; ++i) {
        slow.emplace_back(address);
        slow.back().send("GET " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
        if (i % 20 == 0) CHECK(http_get(address, "/livez").status == 200);
      }
    };
    crowd_of(200, "/");
    crowd_of(200, "/leader");
    crowd_of(190, "/watch");
    crowd_of(60, "/leader");
    // What reads is answered in full, and the process is as large as it may be in its container.
    CHECK(http_get(address, "/").body.size() > name.size());
    CHECK(http_get(address, "/livez").status == 200);
    const long most = kib_of(one[0], "VmHWM");
    MESSAGE("resident before ", before, " KiB, at most ", most, " KiB");
    CHECK(most < kMostMemory);
  }
}

}  // namespace elector::tests
