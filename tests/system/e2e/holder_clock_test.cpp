// SPDX-License-Identifier: Apache-2.0
// A holder whose clock is off looks dead, or alive long after its end, to a program that trusts the
// times in its record. status, watch and run say that its clock is off, or that it may be.
#include <doctest/doctest.h>

#include <atomic>
#include <csignal>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/api_server.h"
#include "tests/support/candidate.h"
#include "tests/support/cluster.h"
#include "tests/support/observer.h"

namespace elector::tests {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

const ObjectName kLease{.resource = "leases", .name = "example"};

// A server with a Lease, and what elector says about it.
class Off {
 public:
  explicit Off(const HandRecord& record) { server.api().create(kLease, lock_body(kLease, record)); }
  Ran status(std::vector<std::string> words = {}) const {
    words.insert(words.begin(), {"status", "example"});
    return run_elector(server.kubeconfig(), words);
  }
  Process watch() const {
    auto environment = clean_environment();
    environment["KUBECONFIG"] = server.kubeconfig();
    return Process(
        {.arguments = {elector_binary(), "watch", "example"}, .environment = environment});
  }
  ApiServer server;
};

}  // namespace

TEST_SUITE("a holder whose clock is off") {
  TEST_CASE("is the leader for plain status where the server's time of its write shows it") {
    const Off slow({.holder = "slow",
                    .renewed = -hours(2),
                    .duration = 600,
                    .acquired = time_text(-hours(3)),
                    .written = seconds(0)});
    const Ran text = slow.status();
    CHECK(text.exit_code == 0);
    CHECK(contains(text.out, "Leader:      slow\nState:       held\n"));
    CHECK(contains(text.out, "Clock:       its holder's clock is 120m behind the API server's\n"));
    CHECK(contains(text.out, "Z (60m ago)\n"));
    const long before = slow.server.requests("", "");
    CHECK(slow.status({"--is-leader", "--id=slow"}).exit_code == 0);
    CHECK(slow.status({"-oname"}).exit_code == 0);
    CHECK(slow.server.requests("", "") == before + 2);
    Process watch = slow.watch();
    CHECK(watch.wait_for_line(Process::Stream::kErr, [](const std::string& line) {
      return contains(line, "the clock of slow, which leads example, is 120m behind");
    }));
  }

  TEST_CASE(
      "may be dead as well, says plain status where nothing shows which, and names --confirm") {
    const Off slow({.holder = "slow", .renewed = -hours(2), .duration = 2});
    const Ran text = slow.status();
    CHECK(text.exit_code == 3);
    CHECK(
        contains(text.out,
                 "State:       expired by its holder's clock: the holder is dead, or its clock is "
                 "behind (--confirm shows which)\n"));
    CHECK(contains(slow.status({"--confirm"}).out,
                   "State:       expired: its holder has not renewed it in time\n"));
  }

  TEST_CASE("is not renewed 0s ago if its clock is ahead, and dead if --confirm sees no renewal") {
    const Off fast({.holder = "fast", .renewed = hours(2), .duration = 2});
    const Ran text = fast.status();
    CHECK(text.exit_code == 0);
    CHECK(contains(text.out, "Clock:       its holder's clock is 1"));
    CHECK(contains(text.out, " ahead of the API server's\n"));
    CHECK(contains(text.out, "the holder may be dead (--confirm shows it)"));
    const Ran sure = fast.status({"--confirm"});
    CHECK(sure.exit_code == 3);
    CHECK(contains(sure.out, "expired: it did not change between two reads"));
  }

  // On a real server, which notes the time of each write.
  TEST_CASE("is not what a dead holder is taken for that was asked to resign") {
    const ElectionName election(Cluster::get().api(), "asked");
    const std::string kubeconfig = "--kubeconfig=" + Cluster::get().kubeconfig();
    const auto run = [&](std::vector<std::string> words) {
      words.insert(words.begin() + 1, {election.text(), "--namespace=default", kubeconfig});
      return run_elector(Cluster::get().kubeconfig(), words);
    };
    Candidate one({.kubeconfig = Cluster::get().kubeconfig(),
                   .election = election.text(),
                   .id = "one",
                   .ttl = "15s",
                   .more = {"--namespace=default"}});
    REQUIRE_MESSAGE(one.says("one"), one.log());
    one.process().signal(SIGKILL);
    one.process().wait_exit();
    const Ran asked = run({"resign"});
    CHECK_MESSAGE(contains(asked.err, "the lease of one has expired"), asked.err);
    // A record counts throughout the second in which it runs out, by the server's clock.
    const bool expired =
        eventually([&] { return run({"status"}).exit_code == 3; }, Milliseconds(5000));
    const Ran status = run({"status"});
    CHECK_MESSAGE(expired, status.out);
    CHECK_MESSAGE(contains(status.out, "Leader:      nobody (last held by one)\n"), status.out);
    CHECK_FALSE(contains(status.out, "Clock:"));
  }

  TEST_CASE("is reported by candidates and watch, which see it renew, once") {
    const Off slow({.holder = "slow", .renewed = -hours(2)});
    const Candidate one(
        {.kubeconfig = slow.server.kubeconfig(), .election = "example", .id = "one"});
    Process watch = slow.watch();
    std::atomic<bool> over{false};
    std::thread renewing([&] {
      while (!over) {
        slow.server.api().patch(kLease,
                                lock_body(kLease, {.holder = "slow", .renewed = -hours(2)}));
        std::this_thread::sleep_for(seconds(1));
      }
    });
    CHECK_MESSAGE(one.logs("the clock of slow, which leads, is 1"), one.log());
    CHECK(one.logs(" behind the API server's; until it is set right"));
    CHECK_MESSAGE(watch.wait_for_line(Process::Stream::kErr,
                                      [](const std::string& line) {
                                        return contains(line,
                                                        "the clock of slow, which leads example");
                                      }),
                  watch.text(Process::Stream::kErr));
    CHECK(one.says("slow"));
    over = true;
    renewing.join();
    CHECK(one.count_logged("the clock of slow") == 1);
  }
}

}  // namespace elector::tests
