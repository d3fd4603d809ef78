// SPDX-License-Identifier: Apache-2.0
// What the child of `elector exec` is given: environment, descriptors, signals, and nothing of
// elector's; and what it must not notice.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/observer.h"
#include "tests/support/temp_dir.h"
#include "tests/system/e2e/exec_fixture.h"

namespace elector::tests {
namespace {

const Api& api() {
  return Cluster::get().api();
}

Words shell(const std::string& script) {
  return {"sh", "-c", script};
}

// A word for sh.
std::string quoted(const std::string& word) {
  std::string text = "'";
  for (const char c : word) text += c == '\'' ? "'\\''" : std::string(1, c);
  return text + "'";
}

// The command line of elector for sh.
std::string line_of(const ExecSetup& setup) {
  std::string line;
  for (const std::string& word : exec_words(setup)) line += quoted(word) + " ";
  return line;
}

Ended run_in_shell(const std::string& script) {
  return run_to_end({.arguments = shell(script), .environment = clean_environment()});
}

}  // namespace

TEST_SUITE("elector exec: the child") {
  TEST_CASE(
      "its variables describe the election, with names that a nested elector does not read as "
      "flags") {
    const ElectionName election(api(), "environment");
    Command command =
        exec_command({.election = election.text(), .id = "me, myself", .command = {"env"}});
    command.environment["LEADER_IDENTITY"] = "another";
    command.environment["OTHER"] = "stays";
    command.environment["ELECTOR_TOKEN"] = "admin-token";  // both servers know it
    const Ended ended = run_to_end(command);
    REQUIRE_MESSAGE(ended.code == 0, ended.err);
    std::istringstream lines(ended.out);
    std::vector<std::string> variables;
    for (std::string line; std::getline(lines, line);) variables.push_back(line);
    const auto has = [&](const std::string& variable) {
      return std::find(variables.begin(), variables.end(), variable) != variables.end();
    };
    CHECK(has("LEADER_ELECTION=" + election.text()));
    CHECK(has("LEADER_NAMESPACE=default"));
    CHECK(has("LEADER_IDENTITY=me, myself"));
    CHECK(has("OTHER=stays"));
    CHECK(std::any_of(variables.begin(), variables.end(), [](const std::string& variable) {
      return variable.starts_with("LEADER_FENCING_TOKEN=") && variable.back() >= '0' &&
             variable.back() <= '9';
    }));
    for (const std::string& variable : variables) {
      CHECK_FALSE(variable.starts_with("ELECTOR_"));
    }
  }

  TEST_CASE("the fencing token grows from term to term") {
    const ElectionName election(api(), "token");
    long before = 0;
    for (int round = 0; round < 3; ++round) {
      const Ended ended =
          run_to_end({.election = election.text(), .command = shell("echo $LEADER_FENCING_TOKEN")});
      REQUIRE_MESSAGE(ended.code == 0, ended.err);
      const long token = std::stol(ended.out);
      CHECK(token > before);
      before = token;
    }
  }

  TEST_CASE("standard input, output and error, working directory and umask pass through") {
    const ElectionName election(api(), "streams");
    const TempDir dir;
    const std::string input = dir.write("input", std::string(200000, 'x'));
    const std::string line =
        line_of({.election = election.text(),
                 .command = shell("wc -c; pwd -P; umask; echo to-err >&2; echo last")});
    const Ended ended =
        run_in_shell("cd " + quoted(dir.path()) + " && umask 027 && " + line + " < input 2> error");
    REQUIRE_MESSAGE(ended.code == 0, dir.read("error"));
    CHECK(ended.out == "200000\n" + dir.path() + "\n0027\nlast\n");
    CHECK(dir.read("error").find("to-err\n") != std::string::npos);
  }

  TEST_CASE("it has the descriptors that elector was given, and no others") {
    const ElectionName election(api(), "descriptors");
    const std::string beat = beat_binary() + " --descriptors";
    const std::string line =
        line_of({.election = election.text(), .command = {beat_binary(), "--descriptors"}});
    // Descriptors that were closed stay closed, and none of elector's takes their place. Others may
    // come from the environment of the tests.
    for (const std::string given : {"", " 7</dev/null", " 0<&- 2>&-", " 0<&-"}) {
      CAPTURE(given);
      const std::string expected = run_in_shell(beat + given).out;
      CHECK_FALSE(expected.empty());
      CHECK(run_in_shell(line + given).out == expected);
    }
  }

  TEST_CASE("nothing but the child writes to standard output") {
    const ElectionName election(api(), "stdout");
    const Ended ended = run_to_end(
        {.election = election.text(), .more = {"-v=2"}, .command = shell("echo one; exit 3")});
    CHECK(ended.code == 3);
    CHECK(ended.out == "one\n");
  }

  TEST_CASE("every signal that can be forwarded is, and none of them ends elector") {
    const ElectionName election(api(), "signals");
    Contender one(
        {.election = election.text(), .ttl = "60s", .command = {beat_binary(), "--signals"}});
    REQUIRE_MESSAGE(one.says("ready"), one.log());
    std::vector<int> signals{SIGHUP,  SIGQUIT, SIGUSR1,   SIGUSR2,      SIGALRM, SIGWINCH, SIGTSTP,
                             SIGTTIN, SIGTTOU, SIGVTALRM, SIGPROF,      SIGXCPU, SIGXFSZ,  SIGIO,
                             SIGPWR,  SIGURG,  SIGRTMIN,  SIGRTMIN + 1, SIGRTMAX};
    for (const int signal : signals) {
      CAPTURE(signal);
      one.signal(signal);
      CHECK_MESSAGE(one.says(std::to_string(signal)), one.log());
    }
    // SIGCONT is what follows a SIGINT and SIGTERM too.
    one.signal(SIGINT);
    CHECK(one.says(std::to_string(SIGINT)));
    CHECK(one.says(std::to_string(SIGCONT)));
    CHECK(one.process().running());
    // A second signal of that kind leaves no grace; the child had the first.
    CHECK(one.terminate() == 137);
  }

  TEST_CASE("the signal mask and the ignored signals are those that elector was given") {
    const ElectionName election(api(), "mask");
    const std::string grep = "grep -E '^Sig(Blk|Ign)' /proc/self/status";
    const std::string line =
        line_of({.election = election.text(),
                 .command = {"grep", "-E", "^Sig(Blk|Ign)", "/proc/self/status"}});
    // Compared with what the same shell gives: the environment of the tests may ignore some
    // already.
    for (const std::string given : {"", "trap '' HUP; ", "trap '' INT USR1; "}) {
      CAPTURE(given);
      const std::string expected = run_in_shell(given + grep).out;
      CHECK_FALSE(expected.empty());
      CHECK(run_in_shell(given + line).out == expected);
    }
  }

  TEST_CASE("what ignores the ends of its children may run it, too: the job runs once") {
    const ElectionName election(api(), "chld");
    Words words = exec_words({.election = election.text(), .command = shell("echo once; exit 7")});
    words.insert(words.begin(), {"env", "--ignore-signal=CHLD"});
    const Ended ended = run_to_end(Command{.arguments = words, .environment = clean_environment()});
    CHECK_MESSAGE(ended.code == 7, ended.err);
    CHECK(ended.out == "once\n");
    CHECK_FALSE(contains(ended.err, " warn "));
  }

  TEST_CASE("Ctrl-C ends no job that was started in the background without job control") {
    const ElectionName election(api(), "background");
    Words words =
        exec_words({.election = election.text(), .command = shell("echo up; sleep 1000")});
    words.insert(words.begin(), {"env", "--ignore-signal=INT", "--ignore-signal=QUIT"});
    Contender one(Command{.arguments = words, .environment = clean_environment()});
    REQUIRE_MESSAGE(one.says("up"), one.log());
    one.signal(SIGINT);
    one.signal(SIGQUIT);
    one.signal(SIGTERM);  // comes after them
    CHECK_MESSAGE(one.process().wait_exit() == 143, one.log());
    CHECK_FALSE(one.logs("SIGINT", Milliseconds(0)));
  }

  TEST_CASE("a nested elector holds another election inside the first") {
    const ElectionName outer(api(), "outer");
    const ElectionName inner(api(), "inner");
    const Words nested = exec_words(
        {.election = inner.text(), .id = "i", .command = shell("echo $LEADER_ELECTION; exit 5")});
    const Ended ended = run_to_end({.election = outer.text(), .id = "o", .command = nested});
    CHECK_MESSAGE(ended.code == 5, ended.err);
    CHECK(ended.out == inner.text() + "\n");
    CHECK(api().holder(outer.lease()) == "");
    CHECK(api().holder(inner.lease()) == "");
  }

  TEST_CASE("SIGTERM to the outer of two nested ends the inner in good order") {
    const ElectionName outer(api(), "outer");
    const ElectionName inner(api(), "inner");
    const TempDir dir;
    const Beats beats(dir.path("beats"));
    Contender one({.election = outer.text(),
                   .ttl = "60s",
                   .command = exec_words(
                       {.election = inner.text(), .ttl = "60s", .command = beats.command("a")})});
    REQUIRE_MESSAGE(beats.begins("a"), one.log());
    CHECK_MESSAGE(one.terminate() == 143, one.log());
    CHECK(api().holder(outer.lease()) == "");
    CHECK(api().holder(inner.lease()) == "");
    CHECK(beats.alive("a").empty());
  }

  TEST_CASE("orphans of the child are reaped while it runs on") {
    const ElectionName election(api(), "orphans");
    Contender one({.election = election.text(),
                   .ttl = "60s",
                   .command = shell("for i in 1 2 3 4 5 6 7 8 9; do (sh -c 'true &' &) ; done; "
                                    "echo ready; sleep 1000")});
    REQUIRE_MESSAGE(one.says("ready"), one.log());
    CHECK(eventually([&] { return descendants_of(one.pid()).size() == 3; }));
    CHECK(one.terminate() == 143);
  }

  TEST_CASE("SIGCONT continues all of a command, as what has stopped it from the keyboard did") {
    const ElectionName election(api(), "continued");
    const TempDir dir;
    const Beats beats(dir.path("beats"));
    // The beating process is not the child itself, but in its process group.
    const std::string beat = beats.command("a")[0] + " " + beats.path() + " a";
    Contender one({.election = election.text(),
                   .ttl = "60s",
                   .command = shell("echo ready; " + beat + "; true")});
    REQUIRE_MESSAGE(beats.begins("a"), one.log());
    const pid_t beating = beats.all().back().pid;
    REQUIRE(::killpg(::getpgid(beating), SIGSTOP) == 0);
    REQUIRE(eventually([&] { return process_state(beating) == 'T'; }));
    one.signal(SIGCONT);
    CHECK_MESSAGE(beats.begins("a", boot_nanoseconds()), one.log());
    CHECK(one.terminate() == 143);
  }

  TEST_CASE("as PID 1 it reaps orphans, passes signals, and leaves nothing" *
            doctest::skip(::geteuid() != 0 || !have_command("unshare"))) {
    const ElectionName election(api(), "pid1");
    const TempDir dir;
    const Beats beats(dir.path("beats"));
    Command command = exec_command(
        {.election = election.text(), .ttl = "60s", .command = beats.command("a", {"daemon"})});
    command.arguments.insert(command.arguments.begin(),
                             {"unshare", "--pid", "--fork", "--mount-proc", "--"});
    Contender unshare(command);
    REQUIRE_MESSAGE(beats.has_processes("a", 2), unshare.log());
    REQUIRE(children_of(unshare.pid()).size() == 1);
    const pid_t elector = children_of(unshare.pid()).front();
    // One that comes in from outside, forks, and leaves an orphan to PID 1.
    const std::string enter = "nsenter --target " + std::to_string(elector) + " --pid --mount ";
    CHECK(run_in_shell(enter + "sh -c 'sh -c \"sleep 0.3\" & true'").code == 0);
    const auto count_zombies = [&] {
      const std::vector<pid_t> all = descendants_of(elector);
      return std::count_if(all.begin(), all.end(),
                           [](pid_t pid) { return process_state(pid) == 'Z'; });
    };
    CHECK(eventually([&] { return children_of(elector).size() == 1 && count_zombies() == 0; }));
    ::kill(elector, SIGTERM);
    CHECK_MESSAGE(unshare.process().wait_exit() == 143, unshare.log());
    CHECK(api().holder(election.lease()) == "");
    const std::int64_t end = boot_nanoseconds();
    CHECK(throughout(Milliseconds(200), [&] { return beats.last("a") < end; }));
  }

  TEST_CASE("as PID 1 it loses no signal that comes before it is ready for one" *
            doctest::skip(::geteuid() != 0 || !have_command("unshare"))) {
    std::ostringstream kubeconfig;
    kubeconfig << std::ifstream(Cluster::get().kubeconfig()).rdbuf();
    const std::string content = kubeconfig.str();
    for (const bool exec : {false, true}) {
      CAPTURE(exec);
      const ElectionName election(api(), "early");
      const TempDir dir;
      // Its beginning takes as long as the kubeconfig is not there to be read.
      REQUIRE(::mkfifo(dir.path("kubeconfig").c_str(), 0600) == 0);
      Command command = exec_command({.election = election.text(),
                                      .command = {"sleep", "1000"},
                                      .kubeconfig = dir.path("kubeconfig")});
      if (!exec) {
        command.arguments = {elector_binary(), "run", "--election=" + election.text(),
                             "--kubeconfig=" + dir.path("kubeconfig")};
      }
      command.arguments.insert(command.arguments.begin(),
                               {"unshare", "--pid", "--fork", "--mount-proc", "--"});
      Process unshare(command);
      int pipe = -1;
      REQUIRE(eventually([&] {
        pipe = ::open(dir.path("kubeconfig").c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC);
        return pipe >= 0;  // it is being opened for reading, too
      }));
      const auto started = children_of(unshare.pid());
      REQUIRE(started.size() == 1);
      ::kill(started.front(), SIGTERM);
      CHECK(::write(pipe, content.data(), content.size()) == static_cast<ssize_t>(content.size()));
      ::close(pipe);
      CHECK(unshare.wait_exit() == (exec ? 128 + SIGTERM : 0));
      CHECK(api().holder(election.lease()) == "");
    }
  }

  TEST_CASE("read, add one, write: from eight shells at once no increment is lost") {
    // 1,000 of them on a real cluster or when asked for; the eighth part in every run.
    const bool all = Cluster::get().is_real() || std::getenv("ELECTOR_TEST_LONG") != nullptr;
    const int rounds = all ? 125 : 16;
    const ElectionName election(api(), "count");
    const TempDir dir;
    dir.write("f", "0\n");
    std::vector<std::unique_ptr<Process>> shells;
    for (int i = 0; i < 8; ++i) {
      const std::string line = line_of({.election = election.text(),
                                        .id = "shell-" + std::to_string(i),
                                        .ttl = "10s",
                                        .command = shell("read n < f; echo $((n+1)) > f")});
      shells.push_back(std::make_unique<Process>(
          Command{.arguments = {"sh", "-c",
                                "cd \"$0\"; for i in $(seq $1); do " + line + " || exit 1; done",
                                dir.path(), std::to_string(rounds)},
                  .environment = clean_environment()}));
    }
    for (auto& one : shells) {
      CHECK_MESSAGE(one->wait_exit(std::chrono::minutes(5)) == 0, one->text(Process::Stream::kErr));
    }
    CHECK(dir.read("f") == std::to_string(8 * rounds) + "\n");
  }
}

}  // namespace elector::tests
