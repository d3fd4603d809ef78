// SPDX-License-Identifier: Apache-2.0
// Commands of many processes: they end in time, too, and one that has too many is warned of.
#include <doctest/doctest.h>

#include <csignal>
#include <functional>
#include <string>

#include "tests/support/contains.h"
#include "tests/support/relay.h"
#include "tests/support/temp_dir.h"
#include "tests/system/e2e/exec_fixture.h"

namespace elector::tests {
namespace {

// All have ended when nothing in them holds the lock that they share (tests/support/beat).
void never_two(const std::function<void(Contender& leader, Relay& relay)>& inflict) {
  const ElectionName election(Cluster::get().api(), "many");
  const TempDir dir;
  const Beats beats(dir.path("beats"));
  Relay relay(Cluster::get().kubeconfig());
  ExecSetup setup{.election = election.text(),
                  .id = "a",
                  .more = relay.flags(),
                  .command = beats.command("a", {"alone", "ignore", "many=2000"})};
  setup.more.insert(setup.more.end(), {"--grace=1s", "-v", "--cgroup=never"});
  Contender a(setup);
  REQUIRE_MESSAGE(beats.begins("a"), a.log());
  REQUIRE_MESSAGE(a.logs("counted the command's processes processes=2001"), a.log());
  setup.id = "b";
  setup.more = {"--grace=1s"};
  setup.command = beats.command("b", {"alone"});
  Contender b(setup);
  REQUIRE_MESSAGE(b.logs("leader=a"), b.log());
  inflict(a, relay);
  REQUIRE_MESSAGE(beats.begins("b"), (a.log() + b.log()));
  CHECK(beats.turns() == "ab");  // and no "overlap"
  CHECK(beats.alive("a").empty());
  a.signal(SIGCONT);
  a.signal(SIGTERM);
  CHECK(b.terminate().has_value());
  CHECK(a.process().wait_exit().has_value());
}

}  // namespace

TEST_SUITE("elector exec: many processes") {
  TEST_CASE("2,000 stubborn processes are gone before the next begins, after SIGTERM") {
    never_two([](Contender& leader, Relay&) { leader.signal(SIGTERM); });
  }

  TEST_CASE("2,000 stubborn processes are gone before the next begins, after SIGKILL to elector") {
    never_two([](Contender& leader, Relay&) { leader.signal(SIGKILL); });
  }

  TEST_CASE("2,000 stubborn processes are gone before the next begins, with elector stopped") {
    never_two([](Contender& leader, Relay&) { leader.signal(SIGSTOP); });
  }

  TEST_CASE("2,000 stubborn processes are gone before the next begins, with the API cut off") {
    never_two([](Contender&, Relay& relay) { relay.hold(); });
  }

  TEST_CASE("2,000 stubborn processes are gone before the next begins, with the guard stopped") {
    never_two([](Contender& leader, Relay& relay) {
      ::kill(leader.guard(), SIGSTOP);
      relay.hold();
    });
  }

  TEST_CASE("a command that is too large for its timing is warned of once") {
    const ElectionName election(Cluster::get().api(), "large");
    const TempDir dir;
    const Beats beats(dir.path("beats"));
    Contender one({.election = election.text(),
                   .more = {"-v", "--grace=0"},
                   .command = beats.command("a", {"many=2600"})});
    REQUIRE_MESSAGE(beats.begins("a"), one.log());
    const std::string warning = "more processes than can be killed in time";
    REQUIRE_MESSAGE(one.logs(warning), one.log());
    CHECK(has(one.log(), "processes=2601 most=2500"));
    // Two more counts of the same number log nothing more.
    for (int i = 0; i < 2; ++i) {
      REQUIRE(one.logs("counted the command's processes", kLimit, one.logged()));
    }
    const std::string log = one.log();
    CHECK(log.find(warning) == log.rfind(warning));
    CHECK(one.terminate() == 143);
  }
}

}  // namespace elector::tests
