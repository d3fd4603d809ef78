// SPDX-License-Identifier: Apache-2.0
// `elector exec` in trouble: commands that cannot be started, processes that cannot be killed, and
// invalid command lines. Each is reported in one clear line, leaves nothing running, and releases
// the lock if it may.
#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/cgroup.h"
#include "tests/support/contains.h"
#include "tests/support/relay.h"
#include "tests/support/temp_dir.h"
#include "tests/system/e2e/exec_fixture.h"
#include "tests/system/e2e/namespace_fixture.h"

namespace elector::tests {
namespace {

const Api& api() {
  return Cluster::get().api();
}

Ended run_exec(const Words& words) {
  Command command{.arguments = {elector_binary(), "exec"}, .environment = clean_environment()};
  command.arguments.insert(command.arguments.end(), words.begin(), words.end());
  return run_to_end(command);
}

bool can_be_another_user() {
  return ::geteuid() == 0 && have_command("setpriv") && have_command("prlimit");
}

// elector as the other user, with these words of prlimit's before it.
Command as_other_user(const SharedFiles& shared, const ExecSetup& setup, const Words& limits = {}) {
  Command command = shared.exec_command(setup);
  Words before{"setpriv", "--reuid", kOtherUser, "--regid", kOtherUser, "--clear-groups"};
  before.insert(before.end(), limits.begin(), limits.end());
  command.arguments.insert(command.arguments.begin(), before.begin(), before.end());
  if (!limits.empty()) spare_instruments(command);
  return command;
}

}  // namespace

TEST_SUITE("elector exec: trouble") {
  TEST_CASE("a command line that cannot be meant is refused with 125 and one line") {
    const std::vector<std::pair<Words, std::string>> table{
        {{}, "no command"},
        {{"--election=x"}, "no command"},
        {{"--election=x", "--"}, "no command"},
        {{"--", "sh", "-c", "true"}, "give --election=NAME"},
        {{"python3", "x.py"}, "give --election=NAME"},
        {{"--wait=abc", "--", "job"}, "--wait: \"abc\" is not a duration"},
        {{"--wait=-1s", "--", "job"}, "--wait: \"-1s\" is negative"},
        {{"--grace=soon", "--", "job"}, "--grace"},
        {{"--hold=-1", "--", "job"}, "--hold"},
        {{"--signal=FOO", "--", "job"}, "--signal: \"FOO\" is not a signal"},
        {{"--signal=0", "--", "job"}, "--signal: \"0\" is not a signal"},
        {{"--on-loss=panic", "--", "job"}, "--on-loss"},
        {{"-E", "256", "--", "job"}, "-E"},
        {{"--election=Foo", "--", "job"}, "--election: \"Foo\""},
        {{"--frobnicate", "--", "job"}, "unknown flag \"--frobnicate\""},
    };
    for (const auto& [words, message] : table) {
      const auto& given = words;  // clang 14 captures no structured binding
      CAPTURE(given);
      const Ended ended = run_exec(words);
      CHECK(ended.code == 125);
      CHECK(ended.out.empty());
      CHECK_MESSAGE(has(ended.err, message), ended.err);
      CHECK(std::count(ended.err.begin(), ended.err.end(), '\n') == 1);
    }
  }

  TEST_CASE("a configuration that cannot be used ends it with 125, and runs nothing") {
    const TempDir dir;
    const std::string empty = dir.write("empty", "");
    for (const Words& flags : std::vector<Words>{{"--kubeconfig=/nonexistent"},
                                                 {"--kubeconfig=" + empty, "--context=no-such"},
                                                 {"--server=ftp://127.0.0.1"}}) {
      CAPTURE(flags);
      Words words = flags;
      words.insert(words.end(), {"--election=x", "--", "echo", "never"});
      const Ended ended = run_exec(words);
      CHECK_MESSAGE(ended.code == 125, ended.err);
      CHECK(ended.out.empty());
      CHECK_FALSE(ended.err.empty());
    }
  }

  TEST_CASE("an address for --http that is taken ends it with 125, and runs nothing") {
    const ElectionName election(api(), "http");
    Candidate other(
        {.kubeconfig = Cluster::get().kubeconfig(), .election = election.text(), .id = "other"});
    const std::string port = std::to_string(other.http_address().port);
    const Ended ended = run_to_end({.election = election.text(),
                                    .more = {"--http=127.0.0.1:" + port},
                                    .command = {"echo", "never"}});
    CHECK_MESSAGE(ended.code == 125, ended.err);
    CHECK(ended.out.empty());
    CHECK(has(ended.err, port));
  }

  TEST_CASE("with --http it serves the leader while the command runs") {
    const ElectionName election(api(), "serve");
    Contender one({.election = election.text(),
                   .more = {"--http=127.0.0.1:0"},
                   .command = {"sleep", "1000"}});
    const auto line =
        one.process().wait_for_line(Process::Stream::kErr, containing("serving http"));
    REQUIRE(line);
    const Address address{.port = static_cast<std::uint16_t>(
                              std::stoi(line->text.substr(line->text.rfind(':') + 1)))};
    CHECK(eventually([&] { return http_get(address, "/").body == "{\"name\":\"a\"}"; }));
    CHECK(one.terminate() == 143);
  }

  TEST_CASE(
      "when the command cannot be forked it logs this, releases the lock, and exits with 125" *
      doctest::skip(!can_be_another_user())) {
    const ElectionName election(api(), "fork");
    const SharedFiles shared;
    // elector and its guard are two; the third process is one too many.
    const Ended ended = run_to_end(
        as_other_user(shared, {.election = election.text(), .command = {"echo", "never"}},
                      {"prlimit", "--nproc=2", "--"}));
    CHECK_MESSAGE(ended.code == 125, ended.err);
    CHECK(ended.out.empty());
    CHECK_MESSAGE(has(ended.err, "cannot fork for echo"), ended.err);
    CHECK(api().holder(election.lease()) == "");
    const auto record = api().record(election.lease());
    REQUIRE(record);
    CHECK(record->lease_duration == 1);
    const Ended none = run_to_end(
        as_other_user(shared, {.election = election.text(), .command = {"echo", "never"}},
                      {"prlimit", "--nproc=1", "--"}));
    CHECK_MESSAGE(none.code == 125, none.err);
    CHECK_MESSAGE(has(none.err, "cannot start the guard process"), none.err);
  }

#ifndef __SANITIZE_ADDRESS__  // which needs /proc itself
  TEST_CASE("where /proc is not to be seen nothing is run, for nothing could be found and ended" *
            doctest::skip(::geteuid() != 0 || !have_command("unshare"))) {
    const ElectionName election(api(), "proc");
    Command command = exec_command({.election = election.text(), .command = {"echo", "never"}});
    command.arguments.insert(command.arguments.begin(),
                             {"unshare", "-m", "sh", "-c", "umount -l /proc && exec \"$@\"", "sh"});
    const Ended ended = run_to_end(command);
    CHECK_MESSAGE(ended.code == 125, ended.err);
    CHECK(ended.out.empty());
    CHECK_MESSAGE(has(ended.err, "cannot see the guard process in /proc"), ended.err);
    CHECK(api().holder(election.lease()) == "");
  }
#endif

  TEST_CASE("while a process of the command cannot be killed the lock is kept, and that is logged" *
            doctest::skip(!can_be_another_user())) {
    const ElectionName election(api(), "unkillable");
    const SharedFiles shared;
    const Beats beats(shared.path("beats"));
    Words command = beats.command("a", {"root"});
    command[0] = shared.path("root-beat");
    Contender one(as_other_user(
        shared, {.election = election.text(), .more = {"--grace=100ms"}, .command = command}));
    REQUIRE_MESSAGE(beats.begins("a"), one.log());
    const pid_t child = beats.all().front().pid;
    one.signal(SIGTERM);
    CHECK_MESSAGE(one.logs("process " + std::to_string(child) + " cannot be killed"), one.log());
    // Kept, and renewed, for longer than a lease.
    const auto before = *api().record(election.lease());
    const std::int64_t asked = boot_nanoseconds();
    CHECK(beats.begins("a", asked + 4'000'000'000));
    CHECK(api().holder(election.lease()) == "a");
    CHECK(api().record(election.lease())->renew_time > before.renew_time);
    CHECK(one.process().running());
    // Once it is gone, so is elector.
    ::kill(child, SIGKILL);
    CHECK_MESSAGE(one.process().wait_exit() == 137, one.log());
    CHECK(api().holder(election.lease()) == "");
  }

  TEST_CASE("a process of another user's is warned of once, while there is time to do something" *
            doctest::skip(!can_be_another_user())) {
    const ElectionName election(api(), "refused");
    const SharedFiles shared;
    const Beats beats(shared.path("beats"));
    Words command = beats.command("a", {"root"});
    command[0] = shared.path("root-beat");
    Contender one(
        as_other_user(shared, {.election = election.text(), .more = {"-v"}, .command = command}));
    REQUIRE_MESSAGE(beats.begins("a"), one.log());
    const pid_t child = beats.all().front().pid;
    const std::string warning = "no permission to signal a process of the command";
    REQUIRE_MESSAGE(one.logs(warning), one.log());
    CHECK_MESSAGE(has(one.log(), "pid=" + std::to_string(child) + " uid=0"), one.log());
    // Two more counts log nothing more.
    for (int i = 0; i < 2; ++i) {
      REQUIRE(one.logs("counted the command's processes", kLimit, one.logged()));
    }
    const std::string log = one.log();
    CHECK(log.find(warning) == log.rfind(warning));
    ::kill(child, SIGKILL);
    CHECK(one.process().wait_exit() == 137);
  }

  TEST_CASE("in a cgroup of its own another user's process ends with the lease, API or not" *
            doctest::skip(!can_be_another_user() || !can_make_cgroups())) {
    const ElectionName election(api(), "reached");
    const SharedFiles shared;
    const TestCgroup group;
    group.give_to(static_cast<uid_t>(std::stoul(kOtherUser)));
    Relay relay(shared.path("config"));
    const Beats beats(shared.path("beats"));
    Words words = beats.command("a", {"root", "ignore", "daemon"});
    words[0] = shared.path("root-beat");
    ExecSetup setup{.election = election.text(), .more = relay.flags(), .command = words};
    setup.more.insert(setup.more.end(), {"-v", "--grace=1s"});
    Command command = as_other_user(shared, setup);
    const Words enter = group.enter();
    command.arguments.insert(command.arguments.begin(), enter.begin(), enter.end());
    Contender one(command);
    REQUIRE_MESSAGE(beats.has_processes("a", 2), one.log());
    REQUIRE_MESSAGE(one.logs("counted the command's processes"), one.log());
    Contender other({.election = election.text(), .id = "b", .command = beats.command("b")});
    REQUIRE_MESSAGE(other.logs("leader=a"), other.log());
    relay.hold();
    REQUIRE_MESSAGE(beats.begins("b"), (one.log() + other.log()));
    CHECK(beats.turns() == "ab");
    CHECK(beats.alive("a").empty());
    CHECK_FALSE(has(one.log(), "no permission to signal"));
    CHECK(other.terminate().has_value());
    CHECK(one.terminate().has_value());
  }
}

}  // namespace elector::tests
