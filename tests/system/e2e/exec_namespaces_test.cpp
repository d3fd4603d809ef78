// SPDX-License-Identifier: Apache-2.0
// `elector exec` in PID namespaces, beside every kind of /proc, and in sandboxes that refuse what
// it rests on: it ends all that the command started, or it refuses to start anything.
#include <doctest/doctest.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/contains.h"
#include "tests/support/relay.h"
#include "tests/system/e2e/exec_fixture.h"
#include "tests/system/e2e/namespace_fixture.h"

namespace elector::tests {
namespace {

constexpr const char* kForeign = "/proc shows another PID namespace";
constexpr const char* kNoProc = "cannot see the guard process in /proc";
constexpr const char* kNoSubreaper =
    "cannot become the parent of processes that the command leaves behind";
constexpr const char* kNoTimer = "the guard process cannot set its deadline timer";

const Api& api() {
  return Cluster::get().api();
}

// With one line that gives the reason and the remedy.
void check_refusal(const Ended& ended, const std::string& why, const ElectionName& election) {
  CHECK_MESSAGE(ended.code == 125, ended.err);
  CHECK(ended.out.empty());
  CHECK_MESSAGE(has(ended.err, why), ended.err);
  CHECK_MESSAGE(std::count(ended.err.begin(), ended.err.end(), '\n') == 1, ended.err);
  CHECK_FALSE(api().record(election.lease()));
}

Words hiding(const std::string& options) {
  return {"--pid", "--proc=" + options, std::string("--user=") + kOtherUser};
}

// ---- Below a /proc that hides elector and its guard from each other ----------------------------

const Words kHidings{"hidepid=1", "hidepid=2", "hidepid=4"};

// A leader in such namespaces, and one outside that takes over. Both beat into one file.
struct Pair {
  Pair(const SharedFiles& shared, const std::string& proc, const Words& words,
       const std::string& program = "beat")
      : election(api(), "hidden"),
        relay(Cluster::get().kubeconfig()),
        beats(shared.path(election.text())) {
    ExecSetup setup{.election = election.text(),
                    .id = "a",
                    .more = relay.flags(),
                    .command = beats.command("a", words)};
    setup.command[0] = shared.path(program);
    setup.more.emplace_back("--grace=500ms");
    a = std::make_unique<Contender>(within(hiding(proc), shared.exec_command(setup)));
    REQUIRE_MESSAGE(beats.begins("a"), a->log());
    elector = elector_below(a->process());
    guard = process_below(elector, "lease-guard");
    b = std::make_unique<Contender>(ExecSetup{.election = election.text(),
                                              .id = "b",
                                              .more = {"--grace=500ms"},
                                              .command = beats.command("b")});
    // A command that ends by itself may have ended before this one looks.
    REQUIRE_MESSAGE(eventually([&] {
                      return b->logs("leader=a", Milliseconds(0)) ||
                             b->logs("became leader", Milliseconds(0));
                    }),
                    b->log());
  }

  // The first process of the namespace ends when no other is left in it.
  void check_end(std::optional<int> code) const {
    REQUIRE_MESSAGE(beats.begins("b"), (a->log() + b->log()));
    CHECK_MESSAGE(a->process().wait_exit() == code, a->log());
    CHECK(throughout(Milliseconds(200), [&] { return beats.turns() == "ab"; }));
  }

  ElectionName election;
  Relay relay;
  Beats beats;
  std::unique_ptr<Contender> a;
  std::unique_ptr<Contender> b;
  pid_t elector = 0;
  pid_t guard = 0;
};

using Scenario = std::function<void(const SharedFiles& shared, const std::string& proc)>;

void with_every_hiding(const Scenario& scenario) {
  if (!namespaces_can_be_made()) return;
  const SharedFiles shared;
  std::vector<std::function<void()>> scenarios;
  for (const std::string& proc : kHidings) {
    scenarios.emplace_back([&scenario, &shared, proc] {
      CAPTURE(proc);
      scenario(shared, proc);
    });
  }
  together(scenarios);
}

uid_t owner_of_environment(pid_t pid) {
  struct stat found {};
  const std::string environment = "/proc/" + std::to_string(pid) + "/environ";
  REQUIRE(::stat(environment.c_str(), &found) == 0);
  return found.st_uid;
}

}  // namespace

TEST_SUITE("elector exec: namespaces and sandboxes") {
  TEST_CASE("where /proc is not that of elector and its guard nothing is started") {
    if (!namespaces_can_be_made()) return;
    const std::vector<std::pair<Words, std::string>> table{
        {{"--pid"}, kForeign},
        {{"--pid-of-children"}, kForeign},
        {{"--user-namespace", "--pid"}, kForeign},
        {{"--pid", "--no-proc"}, kNoProc},
        {{"--no-proc"}, kNoProc},
        {{"--empty-proc"}, kNoProc},
        {{"--pid", "--empty-proc"}, kNoProc},
    };
    for (const auto& [options, why] : table) {
      const auto& given = options;  // clang 14 captures no structured binding
      CAPTURE(given);
      const ElectionName election(api(), "proc");
      check_refusal(run_to_end(within(options, exec_command({.election = election.text(),
                                                             .command = {"echo", "never"}}))),
                    why, election);
    }
  }

  TEST_CASE("in the PID namespace, or with the /proc, of other processes nothing is started" *
            doctest::skip(::geteuid() != 0)) {
    if (!namespaces_can_be_made()) return;
    Process others(within({"--pid", "--proc="}, {.arguments = {"sleep", "1000"}}));
    const std::string pid = std::to_string(process_below(others.pid(), "sleep"));
    for (const std::string& option : {"--enter-pid=" + pid, "--enter-mount=" + pid}) {
      CAPTURE(option);
      const ElectionName election(api(), "proc");
      check_refusal(run_to_end(within({option}, exec_command({.election = election.text(),
                                                              .command = {"echo", "never"}}))),
                    kForeign, election);
    }
  }

  TEST_CASE("with the /proc of its own PID namespace the command runs, whatever that hides") {
    if (!namespaces_can_be_made()) return;
    const SharedFiles shared;
    for (const Words& options : std::vector<Words>{{"--pid", "--proc="},
                                                   {"--user-namespace", "--pid", "--proc="},
                                                   hiding("subset=pid"),
                                                   hiding("hidepid=1"),
                                                   hiding("hidepid=2"),
                                                   hiding("hidepid=4"),
                                                   hiding("hidepid=4,subset=pid")}) {
      CAPTURE(options);
      const ElectionName election(api(), "own");
      const Ended ended = run_to_end(
          within(options, shared.exec_command({.election = election.text(),
                                               .command = {"sh", "-c", "echo ran; exit 7"}})));
      CHECK_MESSAGE(ended.code == 7, ended.err);
      CHECK(ended.out == "ran\n");
      CHECK(api().holder(election.lease()) == "");
    }
  }

  TEST_CASE("below hidepid what the command leaves behind is ended before the next begins") {
    with_every_hiding([](const SharedFiles& shared, const std::string& proc) {
      const Pair pair(shared, proc, {"ignore", "daemon", "leave"});
      pair.check_end(0);
    });
  }

  TEST_CASE("below hidepid neither the death nor the stop of elector or guard leaves anything") {
    struct Fault {
      const char* name;
      int signal;
      bool at_guard;
      int code;
    };
    const std::vector<Fault> faults{{"guard killed", SIGKILL, true, 125},
                                    {"guard stopped", SIGSTOP, true, 125},
                                    {"elector killed", SIGKILL, false, 137}};
    for (const Fault& fault : faults) {
      // A set-user-ID program is itself hidden from the user that started it.
      for (const std::string program : {"beat", "root-beat"}) {
        CAPTURE(fault.name);
        CAPTURE(program);
        with_every_hiding([&](const SharedFiles& shared, const std::string& proc) {
          const Pair pair(shared, proc, {"ignore", "daemon"}, program);
          ::kill(fault.at_guard ? pair.guard : pair.elector, fault.signal);
          pair.check_end(fault.code);
        });
      }
    }
  }

  TEST_CASE(
      "below hidepid a guard that is stopped while the API is away leaves nothing at the end") {
    for (const std::string program : {"beat", "root-beat"}) {
      CAPTURE(program);
      with_every_hiding([&](const SharedFiles& shared, const std::string& proc) {
        Pair pair(shared, proc, {"ignore", "daemon"}, program);
        pair.relay.hold();
        ::kill(pair.guard, SIGSTOP);
        REQUIRE(pair.beats.begins("b"));
        CHECK(throughout(Milliseconds(200), [&] { return pair.beats.turns() == "ab"; }));
        pair.relay.restore();
        pair.check_end(125);
      });
    }
  }

  TEST_CASE("below hidepid an elector below elector, and what that runs, is ended too") {
    with_every_hiding([](const SharedFiles& shared, const std::string& proc) {
      const ElectionName outer(api(), "outer");
      const ElectionName inner(api(), "inner");
      const Beats beats(shared.path(inner.text()));
      ExecSetup inside{.election = inner.text(),
                       .more = {"--grace=1000s"},
                       .command = beats.command("a", {"ignore", "daemon"}),
                       .kubeconfig = shared.path("config")};
      inside.command[0] = shared.path("beat");
      Words command = exec_words(inside);
      command[0] = shared.path("elector");
      Contender one(within(hiding(proc), shared.exec_command({.election = outer.text(),
                                                              .more = {"--grace=300ms"},
                                                              .command = command})));
      REQUIRE_MESSAGE(beats.begins("a"), one.log());
      one.signal(SIGTERM);
      CHECK_MESSAGE(one.process().wait_exit() == 137, one.log());
    });
  }

  TEST_CASE("below hidepid the memory of elector and guard is closed to their own user") {
    with_every_hiding([](const SharedFiles& shared, const std::string& proc) {
      const Pair pair(shared, proc, {});
      const uid_t other =
          ::geteuid() == 0 ? static_cast<uid_t>(std::stoul(kOtherUser)) : ::geteuid();
      // The kernel gives the entries of a process that leaves no core dump to root.
      CHECK(owner_of_environment(pair.elector) == 0);
      CHECK(owner_of_environment(pair.guard) == 0);
      CHECK(owner_of_environment(process_below(pair.guard, "beat")) == other);
    });
  }

  TEST_CASE("where a system call that the promise rests on is refused nothing is started") {
    const std::vector<std::pair<Denial, std::string>> table{
        {{.call = SYS_prctl, .first_argument = PR_SET_CHILD_SUBREAPER, .error = EPERM},
         kNoSubreaper},
        {{.call = SYS_prctl, .first_argument = PR_SET_CHILD_SUBREAPER, .error = EINVAL},
         kNoSubreaper},
        {{.call = SYS_prctl, .first_argument = PR_SET_CHILD_SUBREAPER, .error = 0}, kNoSubreaper},
        {{.call = SYS_prctl, .first_argument = PR_GET_CHILD_SUBREAPER, .error = EPERM},
         kNoSubreaper},
        {{.call = SYS_timerfd_settime, .error = EPERM}, kNoTimer},
        {{.call = SYS_timerfd_create, .error = EPERM}, kNoTimer},
        {{.call = SYS_signalfd4, .error = ENOSYS}, kNoTimer},
    };
    for (const auto& [denial, why] : table) {
      CAPTURE(denial.call);
      CAPTURE(denial.error);
      const ElectionName election(api(), "denied");
      Command command = exec_command({.election = election.text(), .command = {"echo", "never"}});
      command.denied = {denial};
      check_refusal(run_to_end(command), why, election);
    }
  }

  TEST_CASE("where pidfds are refused the command runs, and what it leaves behind is ended") {
    const std::vector<std::vector<long>> calls{
        {SYS_pidfd_open}, {SYS_pidfd_send_signal}, {SYS_pidfd_open, SYS_pidfd_send_signal}};
    for (const int error : {EPERM, ENOSYS}) {
      for (const std::vector<long>& refused : calls) {
        CAPTURE(error);
        CAPTURE(refused.front());
        const ElectionName election(api(), "no-pidfd");
        Command command =
            exec_command({.election = election.text(),
                          .more = {"--grace=100ms"},
                          .command = {"sh", "-c", "trap '' TERM; sleep 1000 & echo $!; exit 7"}});
        for (const long call : refused) command.denied.push_back({.call = call, .error = error});
        const Ended ended = run_to_end(command);
        CHECK_MESSAGE(ended.code == 7, ended.err);
        REQUIRE(!ended.out.empty());
        CHECK(::kill(std::stoi(ended.out), 0) != 0);
        CHECK(api().holder(election.lease()) == "");
      }
    }
  }
}

}  // namespace elector::tests
