// SPDX-License-Identifier: Apache-2.0
// `elector exec` while the API freezes, restarts, goes away and comes back, and what the child has
// of it: nothing while the lease can be kept, the end in time when it cannot.
#include <doctest/doctest.h>

#include <chrono>
#include <csignal>
#include <string>
#include <vector>

#include "tests/support/relay.h"
#include "tests/support/temp_dir.h"
#include "tests/system/e2e/exec_fixture.h"

namespace elector::tests {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;

const Api& api() {
  return Cluster::get().api();
}

Words joined(Words words, const Words& more) {
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

// Waits for a renewal, so that as much of the hold as can be is still ahead.
bool renews(const ElectionName& election, const Api& seen_by = api()) {
  const std::string before = seen_by.record(election.lease())->renew_time;
  return eventually([&] { return seen_by.record(election.lease())->renew_time != before; });
}

}  // namespace

TEST_SUITE("elector exec: when the API is away") {
  TEST_CASE("an outage shorter than D - 1.5 R leaves the child undisturbed") {
    const ElectionName election(api(), "outage");
    const TempDir dir;
    const Beats beats(dir.path("beats"));
    Relay relay(Cluster::get().kubeconfig());
    // D = 16 s, R = 1 s: a silence of 6.5 s, and time to spare for a busy machine.
    Contender one({.election = election.text(),
                   .ttl = "24s",
                   .more = joined(relay.flags(), {"--retry-period=1s"}),
                   .command = beats.command("a")});
    REQUIRE_MESSAGE(beats.begins("a"), one.log());
    const pid_t child = one.child();
    REQUIRE(renews(election));
    relay.hold();
    const std::int64_t cut = boot_nanoseconds();
    CHECK(beats.begins("a", cut + 13 * kSecond / 2));
    relay.restore();
    REQUIRE_MESSAGE(renews(election), one.log());
    CHECK(beats.begins("a", boot_nanoseconds()));
    CHECK(one.child() == child);
    CHECK(one.terminate() == 143);
  }

  TEST_CASE("a server that is killed and restarted leaves the child undisturbed") {
    ApiServer server;
    const ElectionName election(server.api(), "restart");
    const TempDir dir;
    const Beats beats(dir.path("beats"));
    Contender one({.election = election.text(),
                   .ttl = "15s",
                   .command = beats.command("a"),
                   .kubeconfig = server.kubeconfig()});
    REQUIRE_MESSAGE(beats.begins("a"), one.log());
    const pid_t child = one.child();
    server.stop();
    server.start();
    REQUIRE_MESSAGE(renews(election, server.api()), one.log());
    CHECK(one.child() == child);
    CHECK(one.terminate() == 143);
    CHECK(server.api().holder(election.lease()) == "");
  }

  TEST_CASE("an outage longer than D stops the child before L, and it runs again afterwards") {
    const auto with = [](const Words& words) {
      const ElectionName election(api(), "long-outage");
      const TempDir dir;
      const Beats beats(dir.path("beats"));
      Relay relay(Cluster::get().kubeconfig());
      Contender one({.election = election.text(),
                     .more = relay.flags(),
                     .command = beats.command("a", words)});
      REQUIRE_MESSAGE(beats.begins("a"), one.log());
      const pid_t first = one.child();
      relay.hold();
      const std::int64_t cut = boot_nanoseconds();
      REQUIRE_MESSAGE(one.logs("stopped leading"), one.log());
      REQUIRE(eventually([&] { return beats.alive("a").empty(); }));
      // The last write was sent before the cut, and L is 3 s.
      CHECK(beats.last("a") < cut + 3 * kSecond);
      // Nothing runs while it is away, however long.
      const std::int64_t last = beats.last("a");
      CHECK(throughout(std::chrono::seconds(3), [&] { return beats.last("a") == last; }));
      CHECK(one.process().running());
      relay.restore();
      CHECK_MESSAGE(beats.begins("a", last), one.log());
      CHECK(one.child() != first);
      const bool ignores = !words.empty() && words[0] == "ignore";
      CHECK(one.logs("before --grace was over", Milliseconds(0)) == ignores);
      one.signal(SIGTERM);
      REQUIRE(one.logs("stopping on SIGTERM"));  // two that are pending are one
      if (ignores) one.signal(SIGTERM);
      CHECK(one.process().wait_exit() == (ignores ? 137 : 143));
    };
    together({[&] { with({}); }, [&] { with({"ignore"}); }, [&] { with({"ignore", "daemon"}); }});
  }

  TEST_CASE("with --on-loss=exit a lost term ends elector with 125, whatever the child returns") {
    const auto with = [](const std::string& script) {
      CAPTURE(script);
      const ElectionName election(api(), "loss");
      Relay relay(Cluster::get().kubeconfig());
      Contender one(
          {.election = election.text(),
           .more = joined(relay.flags(), {"--on-loss=exit", "--request-timeout=1s"}),
           .command = {"bash", "-c", script + "; echo ready; while :; do sleep 0.05; done"}});
      REQUIRE_MESSAGE(one.says("ready"), one.log());
      relay.hold();
      CHECK_MESSAGE(one.process().wait_exit() == 125, one.log());
    };
    together({[&] { with("trap 'exit 0' TERM"); }, [&] { with("trap 'exit 9' TERM"); },
              [&] { with("trap '' TERM"); }, [&] { with("true"); }});
  }

  TEST_CASE("a grace that is longer than the lost lease permits is cut short, and this is logged") {
    const ElectionName election(api(), "cut-grace");
    const TempDir dir;
    const Beats beats(dir.path("beats"));
    Relay relay(Cluster::get().kubeconfig());
    Contender one({.election = election.text(),
                   .more = joined(relay.flags(), {"--grace=10m", "--request-timeout=1s"}),
                   .command = beats.command("a", {"ignore"})});
    REQUIRE_MESSAGE(beats.begins("a"), one.log());
    one.signal(SIGTERM);  // the orderly end has begun, with all the time that it may need
    REQUIRE(one.logs("stopping on SIGTERM"));
    relay.hold();
    CHECK_MESSAGE(one.logs("before --grace was over"), one.log());
    CHECK_MESSAGE(one.process().wait_exit() == 137, one.log());
    CHECK(beats.alive("a").empty());
    CHECK(one.logs("could not release the lock", Milliseconds(0)));
  }

  TEST_CASE("a lock that another takes by force ends the child at once") {
    const ElectionName election(api(), "taken");
    const TempDir dir;
    const Beats beats(dir.path("beats"));
    Contender one({.election = election.text(), .ttl = "60s", .command = beats.command("a")});
    REQUIRE_MESSAGE(beats.begins("a"), one.log());
    api().patch(election.lease(), R"({"spec":{"holderIdentity":"robber"}})");
    REQUIRE_MESSAGE(one.logs("the lock is held by robber"), one.log());
    CHECK(eventually([&] { return beats.alive("a").empty(); }));
    CHECK(one.process().running());
    one.signal(SIGTERM);
    CHECK(one.process().wait_exit() == 143);
    CHECK(api().holder(election.lease()) == "robber");
  }

  TEST_CASE(
      "a guard that learns of a renewal too late ends the child, and the child starts again") {
    const ElectionName election(api(), "late");
    const TempDir dir;
    const Beats beats(dir.path("beats"));
    Relay relay(Cluster::get().kubeconfig());
    // D = 4 s, R = 1.2 s. The renewal comes half a second before the end of the hold, and the
    // guard sleeps over that. However the race goes, one child is alive at its end, and beats.
    Contender one({.election = election.text(),
                   .ttl = "6s",
                   .more = relay.flags(),
                   .command = beats.command("a")});
    REQUIRE_MESSAGE(beats.begins("a"), one.log());
    const pid_t guard = one.guard();
    REQUIRE(renews(election));
    relay.hold();
    const std::int64_t cut = boot_nanoseconds();
    CHECK(eventually([&] { return boot_nanoseconds() > cut + 33 * kSecond / 10; }));
    ::kill(guard, SIGSTOP);
    relay.restore();
    CHECK(eventually([&] { return boot_nanoseconds() > cut + 42 * kSecond / 10; }));
    ::kill(guard, SIGCONT);
    if (one.process().wait_exit(Milliseconds(500))) return;  // the guard slept for too long
    const std::int64_t moment = boot_nanoseconds();
    CHECK_MESSAGE(beats.begins("a", moment), one.log());
    CHECK(one.terminate() == 143);
  }
}

}  // namespace elector::tests
