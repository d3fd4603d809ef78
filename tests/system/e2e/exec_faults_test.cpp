// SPDX-License-Identifier: Apache-2.0
// What must never happen: two guarded commands alive at once. Each fault at the leader, with
// commands that end when asked, that do not, and that leave daemons behind.
#include <doctest/doctest.h>

#include <algorithm>
#include <csignal>
#include <functional>
#include <string>
#include <vector>

#include "tests/support/relay.h"
#include "tests/support/temp_dir.h"
#include "tests/system/e2e/exec_fixture.h"

namespace elector::tests {
namespace {

enum class Fault { kTerm, kKill, kStop, kGuardKilled, kGuardStopped, kKilledByName, kCut };

std::string name_of(Fault fault) {
  const Words names{"SIGTERM",       "SIGKILL",        "SIGSTOP", "guard killed",
                    "guard stopped", "killed by name", "cut off"};
  return names.at(static_cast<std::size_t>(fault));
}

bool contains(const Words& words, const std::string& word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

void inflict(Fault fault, Contender& leader, Relay& relay) {
  switch (fault) {
    case Fault::kTerm:
      return leader.signal(SIGTERM);
    case Fault::kKill:
      return leader.signal(SIGKILL);
    case Fault::kStop:
      return leader.signal(SIGSTOP);
    case Fault::kGuardKilled:
      ::kill(leader.guard(), SIGKILL);
      return;
    case Fault::kGuardStopped:
      ::kill(leader.guard(), SIGSTOP);
      return;
    case Fault::kKilledByName: {  // as pkill -9 elector would, if no other elector ran
      std::vector<pid_t> pids = descendants_of(leader.pid());
      std::erase_if(pids, [](pid_t pid) { return process_name(pid) != "elector"; });
      for (const pid_t pid : pids) ::kill(pid, SIGKILL);
      return leader.signal(SIGKILL);
    }
    case Fault::kCut:
      return relay.hold();
  }
}

// What elector exits with after the fault.
int expected_code(Fault fault, const Words& words) {
  if (fault == Fault::kTerm) return contains(words, "ignore") ? 137 : 143;
  return fault == Fault::kGuardKilled || fault == Fault::kGuardStopped ? 125 : 137;
}

// After SIGSTOP and a cut connection elector lives, and stands again.
void check_that_it_stands_again(Fault fault, Contender& leader, Relay& relay, Contender& other,
                                const Beats& beats) {
  if (fault == Fault::kStop) {
    // Stopped for three leases altogether; nothing of it moves meanwhile.
    const std::int64_t stopped_beats = beats.last("a");
    CHECK(throughout(std::chrono::seconds(6), [&] { return beats.last("a") == stopped_beats; }));
    leader.signal(SIGCONT);
  } else {
    relay.restore();
  }
  CHECK_MESSAGE(leader.logs("stopped leading"), leader.log());
  CHECK(other.terminate().has_value());
  CHECK_MESSAGE(beats.begins("a", beats.last("b")), leader.log());
  CHECK(beats.turns() == "aba");
  CHECK(leader.terminate().has_value());
}

void scenario(Fault fault, const Words& words) {
  const ElectionName election(Cluster::get().api(), "fault");
  const TempDir dir;
  const Beats beats(dir.path("beats"));
  Relay relay(Cluster::get().kubeconfig());
  ExecSetup setup{.election = election.text(),
                  .id = "a",
                  .more = relay.flags(),
                  .command = beats.command("a", words)};
  setup.more.emplace_back("--grace=1s");
  // Waiting for this lease would be noticed.
  if (fault == Fault::kTerm) setup.ttl = "60s";
  Contender a(setup);
  REQUIRE_MESSAGE(beats.begins("a"), a.log());
  if (contains(words, "daemon")) REQUIRE(beats.has_processes("a", 2));
  setup.id = "b";
  setup.more = {"--grace=1s"};
  setup.command = beats.command("b");
  Contender b(setup);
  REQUIRE_MESSAGE(b.logs("leader=a"), b.log());

  inflict(fault, a, relay);
  REQUIRE_MESSAGE(beats.begins("b"), (a.log() + b.log()));
  CHECK(beats.alive("a").empty());
  if (fault == Fault::kStop || fault == Fault::kCut) {
    check_that_it_stands_again(fault, a, relay, b, beats);
  } else {
    CHECK_MESSAGE(a.process().wait_exit() == expected_code(fault, words), a.log());
    if (fault == Fault::kKill) {  // the guard logs what elector no longer can
      CHECK_MESSAGE(a.logs("warn elector ended while its command was running"), a.log());
      const bool kills = contains(words, "ignore");
      CHECK_MESSAGE(
          a.logs("killed the rest of the command", kills ? kLimit : Milliseconds(0)) == kills,
          a.log());
    }
    CHECK(throughout(Milliseconds(200), [&] { return beats.turns() == "ab"; }));
    CHECK(b.terminate().has_value());
  }
  CHECK(beats.alive("a").empty());
  CHECK(eventually([&] { return beats.alive("b").empty(); }));
}

// One that ends when asked, one that does not, and each with daemons.
void with_every_child(const std::vector<Fault>& faults) {
  const std::vector<Words> children{{}, {"ignore"}, {"daemon"}, {"ignore", "daemon"}};
  std::vector<std::function<void()>> scenarios;
  for (const Fault fault : faults) {
    for (const Words& child : children) {
      scenarios.emplace_back([fault, child] {
        std::string what = name_of(fault);
        for (const std::string& word : child) what += " " + word;
        CAPTURE(what);
        scenario(fault, child);
      });
    }
  }
  together(scenarios);
}

}  // namespace

TEST_SUITE("elector exec: never two at once") {
  TEST_CASE("after SIGTERM the next begins when the last process of the first is gone") {
    with_every_child({Fault::kTerm});
  }

  TEST_CASE("after SIGKILL to elector, by pid or by name, nothing is left before the next begins") {
    with_every_child({Fault::kKill, Fault::kKilledByName});
  }

  TEST_CASE("after SIGKILL or SIGSTOP to the guard nothing is left before the next begins") {
    with_every_child({Fault::kGuardKilled, Fault::kGuardStopped});
  }

  TEST_CASE(
      "while elector is stopped, or cut off the API without a reset, its command is gone before "
      "the next begins; afterwards it stands again") {
    with_every_child({Fault::kStop, Fault::kCut});
  }

  TEST_CASE("a guard that is stopped after the lead was lost keeps nothing alive past the lease") {
    const ElectionName election(Cluster::get().api(), "silent");
    Contender one(
        {.election = election.text(),
         .ttl = "4s",
         .more = {"--grace=60s"},
         .command = {"sh", "-c", "trap 'echo asked' TERM; echo up; while :; do sleep 0.1; done"}});
    REQUIRE_MESSAGE(one.says("up"), one.log());
    const pid_t child = one.child();
    Cluster::get().api().patch(election.lease(), R"({"spec":{"holderIdentity":"stranger"}})");
    REQUIRE_MESSAGE(one.says("asked"), one.log());
    // The guard has answered by then, or does so now; it gets no further message.
    ::kill(one.guard(), SIGSTOP);
    CHECK_MESSAGE(eventually([&] {
                    const char state = process_state(child);
                    return state != 'S' && state != 'R' && state != 'D';
                  }),
                  one.log());
    CHECK(one.process().wait_exit() == 125);
  }

  TEST_CASE("a child that is stopped when elector gets SIGTERM is gone within the grace") {
    const auto with = [](const Words& words, int code) {
      const ElectionName election(Cluster::get().api(), "stopped");
      const TempDir dir;
      const Beats beats(dir.path("beats"));
      Contender a({.election = election.text(),
                   .ttl = "60s",
                   .more = {"--grace=1s"},
                   .command = beats.command("a", words)});
      REQUIRE_MESSAGE(beats.begins("a"), a.log());
      Contender b(
          {.election = election.text(), .id = "b", .ttl = "60s", .command = beats.command("b")});
      REQUIRE_MESSAGE(b.logs("leader=a"), b.log());
      ::kill(a.child(), SIGSTOP);
      REQUIRE(eventually([&] { return process_state(a.child()) == 'T'; }));
      CHECK(a.terminate() == code);
      CHECK_MESSAGE(beats.begins("b"), b.log());
      CHECK(beats.turns() == "ab");
      CHECK(beats.alive("a").empty());
    };
    together({[&] { with({}, 143); }, [&] { with({"ignore"}, 137); }});
  }

  TEST_CASE("a background job that the child leaves is gone before the lock is released") {
    const auto with = [](const Words& words) {
      const ElectionName election(Cluster::get().api(), "left");
      const TempDir dir;
      const Beats beats(dir.path("beats"));
      Words child = beats.command("a", words);
      child.emplace_back("daemon");
      child.emplace_back("leave");
      ExecSetup setup{
          .election = election.text(), .ttl = "60s", .more = {"--grace=2s"}, .command = child};
      Contender a(setup);
      REQUIRE(beats.begins("a"));
      setup.id = "b";
      setup.command = beats.command("b");
      Contender b(setup);
      REQUIRE_MESSAGE(beats.begins("b"), (a.log() + b.log()));
      CHECK(beats.turns() == "ab");
      CHECK(a.process().wait_exit() == 0);
      CHECK(beats.alive("a").empty());
    };
    together({[&] { with({}); }, [&] { with({"ignore"}); }, [&] { with({"ignore", "close"}); }});
  }

  TEST_CASE("processes that fork and end faster than they can be listed are gone too") {
    const auto with = [](const Words& words) {
      const ElectionName election(Cluster::get().api(), "comet");
      const TempDir dir;
      const Beats beats(dir.path("beats"));
      Contender a({.election = election.text(),
                   .ttl = "60s",
                   .more = {"--grace=500ms"},
                   .command = beats.command("a", words)});
      REQUIRE(beats.has_processes("a", 20));
      a.signal(SIGTERM);
      CHECK_MESSAGE(a.process().wait_exit() == 137, a.log());
      const std::int64_t end = boot_nanoseconds();
      CHECK(throughout(Milliseconds(300), [&] { return beats.last("a") < end; }));
    };
    together({[&] { with({"ignore", "comet"}); }, [&] { with({"ignore", "daemon", "comet"}); }});
  }
}

}  // namespace elector::tests
