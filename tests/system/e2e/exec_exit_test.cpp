// SPDX-License-Identifier: Apache-2.0
// How `elector exec` ends: exit codes, --wait, --hold, --grace, signals before and after the
// election, and what the lock object looks like afterwards.
#include <doctest/doctest.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/contains.h"
#include "tests/support/observer.h"
#include "tests/support/temp_dir.h"
#include "tests/system/e2e/exec_fixture.h"

namespace elector::tests {
namespace {

const Api& api() {
  return Cluster::get().api();
}

// Without a lock that names anyone: it was given back, or never taken.
bool is_free(const ElectionName& election) {
  const auto record = api().record(election.lease());
  return !record || record->holder.empty();
}

Words shell(const std::string& script) {
  return {"sh", "-c", script};
}

}  // namespace

TEST_SUITE("elector exec: how it ends") {
  TEST_CASE("the log tells the command's life: its pid, who asked it to stop, how it ended") {
    const ElectionName election(api(), "life");
    const auto in_order = [](const std::string& log, const std::vector<std::string>& parts) {
      std::size_t from = 0;
      for (const std::string& part : parts) {
        CAPTURE(part);
        from = log.find(part, from);
        REQUIRE_MESSAGE(from != std::string::npos, log);
      }
    };
    const Ended ended =
        run_to_end({.election = election.text(), .command = shell("echo $$; exit 3")});
    const std::string pid = ended.out.substr(0, ended.out.find('\n'));
    in_order(
        ended.err,
        {"info joined the election", "info became leader election=" + election.text(),
         "info started the command pid=" + pid + "\n", "info the command ended exitCode=3 after=",
         "info released the lock election=" + election.text()});
    Contender one({.election = election.text(), .command = {"sleep", "1000"}});
    REQUIRE_MESSAGE(one.logs("started the command"), one.log());
    CHECK(one.terminate() == 128 + SIGTERM);
    in_order(one.log(),
             {"info stopping on SIGTERM", "info asked the command to stop signal=SIGTERM",
              "info the command ended signal=SIGTERM after=", "info released the lock"});
  }

  TEST_CASE(
      "SIGHUP and SIGQUIT end a waiting exec, because there is no command to forward them to") {
    const ElectionName election(api(), "hangup");
    Contender one({.election = election.text(), .ttl = "60s", .command = shell("sleep 1000")});
    REQUIRE_MESSAGE(one.logs("became leader"), one.log());
    for (const int signal : {SIGHUP, SIGQUIT}) {
      Contender two({.election = election.text(), .id = "b", .command = shell("echo never")});
      REQUIRE_MESSAGE(two.logs("leader=a"), two.log());
      two.signal(signal);
      CHECK(two.process().wait_exit() == 128 + signal);
      CHECK(two.output().empty());
    }
  }

  TEST_CASE("the signal of --signal ends a waiting exec, whatever it does by default") {
    const ElectionName election(api(), "stop-signal");
    write(election.lease(), {.holder = "h", .duration = 3600});
    std::vector<std::pair<int, std::unique_ptr<Contender>>> all;
    const auto end_all = [&] {
      for (const auto& [signal, one] : all) {
        CAPTURE(signal);
        REQUIRE_MESSAGE(one->logs("leader=h"), one->log());
        one->signal(signal);
        CHECK_MESSAGE(one->process().wait_exit() == 128 + signal, one->log());
      }
      all.clear();
    };
    for (int signal = 1; signal <= SIGRTMAX; ++signal) {
      const bool reserved = signal > SIGSYS && signal < SIGRTMIN;
      if (reserved || signal == SIGKILL || signal == SIGSTOP || signal == SIGCHLD) continue;
      const std::string number = std::to_string(signal);
      all.emplace_back(signal,
                       std::make_unique<Contender>(ExecSetup{.election = election.text(),
                                                             .id = "c" + number,
                                                             .more = {"--signal=" + number},
                                                             .command = shell("echo never")}));
      if (all.size() == 12) end_all();
    }
    end_all();
  }

  TEST_CASE("a signal that --signal does not name, and that ends nothing, leaves a standby alone") {
    const ElectionName election(api(), "other-signal");
    write(election.lease(), {.holder = "h", .duration = 3600});
    Contender one(
        {.election = election.text(), .more = {"--signal=USR1"}, .command = shell("echo never")});
    REQUIRE_MESSAGE(one.logs("leader=h"), one.log());
    one.signal(SIGWINCH);
    one.signal(SIGUSR2);
    one.signal(SIGUSR1);  // comes after them
    CHECK_MESSAGE(one.process().wait_exit() == 128 + SIGUSR1, one.log());
  }

  TEST_CASE("the signal of --signal stops a running command in order, and is sent to it once") {
    const ElectionName election(api(), "stop-running");
    Contender one({.election = election.text(),
                   .ttl = "60s",
                   .more = {"--signal=WINCH"},
                   .command = {"bash", "-c",
                               "trap 'echo got; stop=1' WINCH; echo ready; "
                               "until [ \"$stop\" ]; do sleep 0.05; done; sleep 0.3; exit 7"}});
    REQUIRE_MESSAGE(one.says("ready"), one.log());
    one.signal(SIGWINCH);
    CHECK_MESSAGE(one.process().wait_exit() == 7, one.log());
    CHECK(one.output() == "ready\ngot\n");
    CHECK(one.logs("stopping on SIGWINCH", Milliseconds(0)));
    CHECK(is_free(election));
    Contender deaf({.election = election.text(),
                    .ttl = "60s",
                    .more = {"--signal=USR1", "--grace=200ms"},
                    .command = {"bash", "-c", "trap '' USR1; echo ready; sleep 1000"}});
    REQUIRE_MESSAGE(deaf.says("ready"), deaf.log());
    deaf.signal(SIGUSR1);
    CHECK_MESSAGE(deaf.process().wait_exit() == 137, deaf.log());
    CHECK(is_free(election));
  }

  TEST_CASE("a stop signal that comes while a lost term is ended is not lost with the command") {
    const auto with = [](int signal, const std::string& flag, int code) {
      CAPTURE(signal);
      const ElectionName election(api(), "between");
      Contender one({.election = election.text(),
                     .more = {flag, "--grace=1500ms"},
                     .command = {"bash", "-c",
                                 "trap 'echo asked' USR2 TERM; trap '' HUP; echo ready; "
                                 "while :; do sleep 0.05; done"}});
      REQUIRE_MESSAGE(one.says("ready"), one.log());
      rewrite(election.lease(), {.holder = "h", .duration = 2});
      REQUIRE_MESSAGE(one.says("asked"), one.log());
      one.signal(signal);
      CHECK_MESSAGE(one.process().wait_exit() == code, one.log());
      CHECK(api().holder(election.lease()) == "h");
    };
    together({[&] { with(SIGUSR2, "--signal=USR2", 137); },
              [&] { with(SIGHUP, "--signal=TERM", 128 + SIGHUP); }});
  }

  TEST_CASE("SIGHUP ends a job that is stopped, too") {
    const ElectionName election(api(), "stopped");
    Contender one({.election = election.text(),
                   .ttl = "60s",
                   .command = shell("echo ready; kill -STOP $$; echo woken")});
    REQUIRE_MESSAGE(one.says("ready"), one.log());
    REQUIRE(eventually([&] { return process_state(one.child()) == 'T'; }));
    one.signal(SIGHUP);
    CHECK(one.process().wait_exit() == 129);
    CHECK(one.output() == "ready\n");
  }

  TEST_CASE("the exit code is that of the command, and the lock is released") {
    const TempDir dir;
    const std::string not_executable = dir.write("not-executable", "#!/bin/sh\n");
    // Found and executable, but not to be executed: seen only when the lock is held.
    const std::string no_interpreter = dir.write("no-interpreter", "#!/nonexistent/interpreter\n");
    std::filesystem::permissions(no_interpreter, std::filesystem::perms::owner_all);
    const std::vector<std::pair<Words, int>> table{
        {{"true"}, 0},
        {{"false"}, 1},
        {shell("exit 42"), 42},
        {shell("exit 255"), 255},
        {shell("kill -9 $$"), 137},
        {shell("kill -TERM $$"), 143},
        {shell("kill -HUP $$"), 129},
        {{"/nonexistent/command"}, 127},
        {{"no-such-command-anywhere"}, 127},
        {{not_executable}, 126},
        {{dir.path()}, 126},
        {{no_interpreter}, 127},
    };
    const ElectionName election(api(), "codes");
    for (const auto& [command, code] : table) {
      const auto& given = command;  // clang 14 captures no structured binding
      CAPTURE(given);
      const Ended ended = run_to_end({.election = election.text(), .command = command});
      CHECK_MESSAGE(ended.code == code, ended.err);
      CHECK(ended.out.empty());
      CHECK(is_free(election));
      if (code == 126 || code == 127) CHECK(has(ended.err, "cannot execute " + command[0]));
    }
  }

  TEST_CASE("without --election the command's name is the election's, and that is logged") {
    const TempDir dir;
    const ElectionName election(api(), "named");
    std::string name = election.text();
    name[0] = 'E';
    const std::string job = dir.write(name, "#!/bin/sh\necho $LEADER_ELECTION\n");
    std::filesystem::permissions(job, std::filesystem::perms::owner_all);
    const Ended ended =
        run_to_end({.arguments = {elector_binary(), "exec",
                                  "--kubeconfig=" + Cluster::get().kubeconfig(), "--", job},
                    .environment = clean_environment()});
    CHECK_MESSAGE(ended.code == 0, ended.err);
    CHECK(ended.out == election.text() + "\n");
    CHECK(has(ended.err, "using the command's name"));
  }

  TEST_CASE("exec NAME -- COMMAND runs COMMAND, and says so if NAME is a program, too") {
    const ElectionName election(api(), "word");
    const auto ran = [](Words words) {
      words.insert(words.begin(), {"exec", "--id=a"});
      return run_elector(Cluster::get().kubeconfig(), words);
    };
    const Ran named = ran({election.text(), "--", "sh", "-c", "echo $LEADER_ELECTION"});
    CHECK(named.exit_code == 0);
    CHECK(named.out == election.text() + "\n");
    CHECK(named.err.find("warn") == std::string::npos);
    const Ran late = ran({election.text(), "--wait=0", "--", "true"});
    CHECK(late.exit_code == 127);
    CHECK_CONTAINS(late.err, "if it is the election, write the flags before it");

    const Ran program = ran({"--wait=0", "sleep", "--", "echo", "ran"});
    CHECK(program.out == "ran\n");
    CHECK_CONTAINS(program.err, "and also that of a program, which is not run");
    api().remove({.resource = "leases", .name = "sleep"});
  }

  TEST_CASE("--wait ends with 124 or the code asked for when another holds the lock throughout") {
    const ElectionName election(api(), "wait");
    const TempDir dir;
    const Beats beats(dir.path("beats"));
    Contender holder({.election = election.text(), .command = beats.command("a")});
    REQUIRE_MESSAGE(beats.begins("a"), holder.log());
    const auto with = [&](const Words& more, int code) {
      CAPTURE(more);
      const Ended ended = run_to_end(
          {.election = election.text(), .id = "b", .more = more, .command = beats.command("b")});
      CHECK_MESSAGE(ended.code == code, ended.err);
      CHECK(ended.out.empty());
      CHECK(has(ended.err, "not elected in time"));
    };
    with({"--wait=0"}, 124);
    with({"--wait=2s"}, 124);
    with({"--wait=4s"}, 124);  // longer than a lease
    with({"--wait=0", "-E", "0"}, 0);
    with({"--wait=0", "--conflict-exit-code=75"}, 75);
    CHECK(beats.turns() == "a");
    CHECK(api().holder(election.lease()) == "a");
    CHECK(api().record(election.lease())->transitions == 0);
  }

  TEST_CASE("with -q exec is silent unless elector fails or the command loses leadership") {
    const ElectionName election(api(), "quiet");
    const auto with = [&](const Words& more, const Words& command, const std::string& id = "a") {
      ExecSetup setup{.election = election.text(), .id = id, .more = more, .command = command};
      setup.more.emplace_back("-q");
      Command line = exec_command(setup);
      line.environment["ELECTOR_HTTP"] = ":4040";  // without effect, of which others warn
      return line;
    };
    const Ended ran = run_to_end(with({}, shell("echo out; echo err >&2; exit 7")));
    CHECK(ran.code == 7);
    CHECK(ran.out == "out\n");
    CHECK(ran.err == "err\n");
    const Ended unreachable =
        run_to_end(with({"--wait=0", "--server=https://127.0.0.1:1"}, {"true"}));
    CHECK(unreachable.code == 125);
    CHECK(has(unreachable.err, " error "));

    Contender leader(with({"--on-loss=exit"}, shell("echo runs; exec sleep 1000")));
    REQUIRE_MESSAGE(leader.says("runs"), leader.log());
    const Ended late = run_to_end(with({"--wait=0"}, {"true"}, "b"));
    CHECK(late.code == 124);
    CHECK(late.err.empty());
    CHECK(leader.log().empty());
    const Ran asked = run_elector(Cluster::get().kubeconfig(), {"resign", election.text()});
    CHECK(asked.exit_code == 0);
    CHECK(leader.process().wait_exit() == 125);
    CHECK_MESSAGE(has(leader.log(), "stopped leading while the command runs: asked to resign"),
                  leader.log());

    Contender robbed(with({"--on-loss=exit"}, shell("echo runs; exec sleep 1000")));
    REQUIRE_MESSAGE(robbed.says("runs"), robbed.log());
    api().patch(election.lease(), R"({"spec":{"holderIdentity":"robber"}})");
    CHECK(robbed.process().wait_exit() == 125);
    CHECK_MESSAGE(has(robbed.log(), "stopped leading: the lock is held by robber"), robbed.log());
  }

  TEST_CASE("--wait=0 takes a lock that is free, and one that was released") {
    const ElectionName election(api(), "try");
    for (int round = 0; round < 3; ++round) {
      const Ended ended = run_to_end({.election = election.text(),
                                      .more = {"--wait=0"},
                                      .command = shell("echo $LEADER_FENCING_TOKEN")});
      CHECK_MESSAGE(ended.code == 0, ended.err);
      CHECK(ended.out.size() > 1);
    }
  }

  TEST_CASE("a dead holder is waited out, however short --wait is; a live one is not") {
    const ElectionName election(api(), "dead");
    const auto hold = [&](std::chrono::seconds renewed) {
      const std::string body =
          lock_body(election.lease(), {.holder = "ghost", .renewed = renewed, .duration = 2});
      if (!api().get(election.lease())) api().create(election.lease(), body);
      api().patch(election.lease(), body);  // forgets when the server wrote it
    };
    for (const std::string wait : {"--wait=0", "--wait=300ms"}) {
      CAPTURE(wait);
      hold(std::chrono::seconds(-60));
      const Ended ended =
          run_to_end({.election = election.text(), .more = {wait}, .command = {"echo", "ran"}});
      CHECK_MESSAGE(ended.code == 0, ended.err);
      CHECK(ended.out == "ran\n");
      CHECK(ended.err.find("leader=ghost") == std::string::npos);
    }
    hold(std::chrono::seconds(60));  // its clock is ahead
    const Ended ended =
        run_to_end({.election = election.text(), .more = {"--wait=0"}, .command = {"echo", "ran"}});
    CHECK_MESSAGE(ended.code == 124, ended.err);
    CHECK(ended.out.empty());
  }

  TEST_CASE("--wait ends with 125 when the API server is unreachable or denies access") {
    const ElectionName election(api(), "away");
    const auto with = [&](const std::string& wait, const Words& more, const std::string& cause) {
      CAPTURE(wait);
      CAPTURE(more);
      ExecSetup setup{.election = election.text(), .more = more, .command = {"echo", "never"}};
      setup.more.push_back(wait);
      const Ended ended = run_to_end(setup);
      CHECK_MESSAGE(ended.code == 125, ended.err);
      CHECK(ended.out.empty());
      // The cause is in the last line, too, for a reader of only that.
      CHECK_MESSAGE(has(ended.err, "error not elected in time: " + cause), ended.err);
    };
    for (const std::string wait : {"--wait=0", "--wait=300ms"}) {
      with(wait, {"--server=https://127.0.0.1:1"}, "cannot reach https://127.0.0.1:1: ");
      if (Cluster::get().has_context("nobody")) {
        with(wait, {"--context=nobody"}, "leases.coordination.k8s.io ");
      }
    }
    CHECK_FALSE(api().get(election.lease()));
  }

  TEST_CASE("--hold keeps the lock after a command that ended sooner, until a signal") {
    const ElectionName election(api(), "hold");
    ExecSetup setup{.election = election.text(), .more = {"--hold=4s"}, .command = {"true"}};
    const auto begin = std::chrono::steady_clock::now();
    Contender first(setup);
    REQUIRE(eventually([&] { return api().holder(election.lease()) == "a"; }));
    setup.id = "b";
    setup.more = {"--wait=0", "-E", "0"};
    setup.command = {"echo", "second"};
    const Ended second = run_to_end(setup);
    CHECK(second.code == 0);
    CHECK(second.out.empty());
    CHECK(first.process().wait_exit() == 0);
    CHECK(std::chrono::steady_clock::now() - begin >= std::chrono::seconds(4));
    CHECK(is_free(election));
    // A signal ends the hold, and with it the process.
    setup.id = "c";
    setup.more = {"--hold=10m"};
    setup.command = {"true"};
    Contender third(setup);
    CHECK(eventually([&] { return api().holder(election.lease()) == "c"; }));
    REQUIRE(eventually([&] { return children_of(third.guard()).empty(); }));
    CHECK(third.terminate().has_value());
    CHECK(is_free(election));
  }

  TEST_CASE(
      "before it is elected SIGTERM ends it with 143, SIGINT with 130, and it writes nothing") {
    const ElectionName election(api(), "early");
    Contender holder({.election = election.text(), .command = {"sleep", "1000"}});
    REQUIRE(eventually([&] { return api().holder(election.lease()) == "a"; }));
    for (const auto& [signal, code] : {std::pair{SIGTERM, 143}, std::pair{SIGINT, 130}}) {
      Contender waiting({.election = election.text(), .id = "b", .command = {"echo", "never"}});
      REQUIRE_MESSAGE(waiting.logs("leader=a"), waiting.log());
      waiting.signal(signal);
      CHECK_MESSAGE(waiting.process().wait_exit() == code, waiting.log());
      CHECK(waiting.output().empty());
    }
    CHECK(api().record(election.lease())->transitions == 0);
    CHECK(holder.terminate() == 143);
    CHECK(is_free(election));
  }

  TEST_CASE("SIGTERM asks the command by --signal, and its own exit code counts") {
    const ElectionName election(api(), "signal");
    const std::vector<std::pair<std::string, std::string>> table{
        {"--signal=TERM", "TERM"}, {"--signal=USR1", "USR1"}, {"--signal=sigint", "INT"}};
    for (const auto& [flag, name] : table) {
      const auto& given = flag;  // clang 14 captures no structured binding
      CAPTURE(given);
      Contender one({.election = election.text(),
                     .ttl = "60s",
                     .more = {flag},
                     .command = {"bash", "-c",
                                 "trap \"echo got $0; exit 7\" $0; echo ready; "
                                 "while :; do sleep 0.05; done",
                                 name}});
      REQUIRE_MESSAGE(one.says("ready"), one.log());
      CHECK_MESSAGE(one.terminate() == 7, one.log());
      CHECK(one.output() == "ready\ngot " + name + "\n");
    }
    CHECK(is_free(election));
  }

  TEST_CASE(
      "a command that does not end when asked is killed after the grace, or a second signal") {
    const ElectionName election(api(), "grace");
    const auto with = [&](const std::string& grace, bool twice) {
      const ElectionName own(api(), "grace");
      const TempDir dir;
      const Beats beats(dir.path("beats"));
      Contender one({.election = own.text(),
                     .more = {"--grace=" + grace},
                     .command = beats.command("a", {"ignore"})});
      REQUIRE_MESSAGE(beats.begins("a"), one.log());
      const auto before = *api().record(own.lease());
      const std::int64_t asked = boot_nanoseconds();
      one.signal(SIGTERM);
      // It keeps beating, and elector renewing, for longer than a lease.
      REQUIRE(beats.begins("a", asked + 4'000'000'000));
      CHECK(api().record(own.lease())->renew_time > before.renew_time);
      CHECK(api().holder(own.lease()) == "a");
      if (twice) one.signal(SIGINT);
      CHECK_MESSAGE(one.process().wait_exit() == 137, one.log());
      CHECK(beats.alive("a").empty());
      CHECK(is_free(own));
      const std::string cause = twice ? "at the second signal" : "it did not stop within --grace";
      CHECK_MESSAGE(one.logs("killed the rest of the command", Milliseconds(0)), one.log());
      CHECK_MESSAGE(one.logs(cause, Milliseconds(0)), one.log());
      CHECK(one.logs("stopping at once on SIGINT", Milliseconds(0)) == twice);
      // The second signal asks for nothing.
      const std::string asks = "asked the command to stop";
      CHECK_MESSAGE(one.logs(asks + " signal=SIGTERM", Milliseconds(0)), one.log());
      CHECK_MESSAGE(one.log().find(asks) == one.log().rfind(asks), one.log());
    };
    together({[&] { with("5s", false); }, [&] { with("10m", true); }});
  }

  TEST_CASE("nothing of elector's stays behind") {
    const ElectionName election(api(), "behind");
    Contender one({.election = election.text(), .command = {"sleep", "1000"}});
    const pid_t guard = one.guard();
    const pid_t child = one.child();
    CHECK(one.terminate() == 143);
    CHECK(process_state(child) == '-');
    CHECK(eventually([&] { return process_name(guard) != "lease-guard"; }));
  }

  TEST_CASE("a follower whose guard is killed logs it and exits, and does not touch the lock") {
    const ElectionName election(api(), "followers-guard");
    Contender holder({.election = election.text(), .command = {"sleep", "1000"}});
    REQUIRE(eventually([&] { return api().holder(election.lease()) == "a"; }));
    Contender waiting({.election = election.text(), .id = "b", .command = {"echo", "never"}});
    REQUIRE_MESSAGE(waiting.logs("leader=a"), waiting.log());
    ::kill(waiting.guard(), SIGKILL);
    CHECK_MESSAGE(waiting.process().wait_exit() == 125, waiting.log());
    CHECK(has(waiting.log(), "guard process has died"));
    CHECK(api().holder(election.lease()) == "a");
  }
}

}  // namespace elector::tests
