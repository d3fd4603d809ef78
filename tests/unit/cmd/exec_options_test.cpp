// SPDX-License-Identifier: Apache-2.0
// The command line of `elector exec`: where its own options end, and what they mean.
#include <doctest/doctest.h>

#include <chrono>
#include <csignal>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "tests/support/contains.h"
#include "tests/unit/cmd/command_line.h"

namespace elector::tests {
namespace {

using cmd::ExecOptions;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

Arguments exec_line(const Arguments& arguments) {
  Arguments line{"exec"};
  line.insert(line.end(), arguments.begin(), arguments.end());
  return line;
}

ExecOptions exec(const Arguments& arguments, const Variables& variables = {}) {
  ParseResult result = parse(exec_line(arguments), variables);
  if (const auto* error = std::get_if<UsageError>(&result)) FAIL(error->text);
  REQUIRE(std::holds_alternative<ExecOptions>(result));
  return std::get<ExecOptions>(std::move(result));
}

}  // namespace

TEST_CASE("exec without options waits for ever, and gives the command 20 s to stop") {
  const ExecOptions options = exec({"./job"});
  CHECK(options.election == "job");
  CHECK(options.election_from_command);
  CHECK(options.command == Arguments{"./job"});
  CHECK(options.id == "node-7");
  CHECK(options.lock.name == "leases");
  CHECK_FALSE(options.lock.is_explicit);
  CHECK_FALSE(options.wait);
  CHECK(options.conflict_exit_code == 124);
  CHECK(options.hold == core::Duration::zero());
  CHECK(options.grace == seconds(20));
  CHECK(options.signal == SIGTERM);
  CHECK_FALSE(options.exit_on_loss);
  CHECK_FALSE(options.http);
}

TEST_CASE("exec's options end at the first argument that is not an option, or at --") {
  const std::vector<std::pair<Arguments, Arguments>> table{
      {{"job"}, {"job"}},
      {{"job", "--election=y", "-v"}, {"job", "--election=y", "-v"}},
      {{"--", "job"}, {"job"}},
      {{"--", "--job"}, {"--job"}},
      {{"--", "--", "x"}, {"--", "x"}},
      {{"job", "--", "x"}, {"job", "--", "x"}},
      {{"--ttl=5s", "job", "--ttl=6s"}, {"job", "--ttl=6s"}},
      {{"--ttl", "5s", "job"}, {"job"}},
      {{"-n", "prod", "job", "-n"}, {"job", "-n"}},
      {{"-v", "job", "x"}, {"job", "x"}},
      {{"job", ""}, {"job", ""}},
      {{"-", "x"}, {"-", "x"}},
  };
  for (const auto& [arguments, command] : table) {
    const auto& given = arguments;  // clang 14 captures no structured binding
    CAPTURE(given);
    Arguments line{"--election=x"};
    line.insert(line.end(), arguments.begin(), arguments.end());
    CHECK(exec(line).command == command);
  }
}

TEST_CASE("one word before -- is exec's election, unless it must be the command") {
  struct Row {
    Arguments line;
    std::string election;
    Arguments command;
  };
  const std::vector<Row> rows{
      {{"example", "--", "./job"}, "example", {"./job"}},
      {{"--hold=1m", "example", "--", "job", "-x", "--"}, "example", {"job", "-x", "--"}},
      {{"example", "--", "example", "--", "x"}, "example", {"example", "--", "x"}},
      {{"example", "--", "sh", "-c", "true"}, "example", {"sh", "-c", "true"}},
      {{"--id=a", "--election=x", "job", "--", "y"}, "x", {"job", "--", "y"}},
      {{"./job", "--", "x"}, "job", {"./job", "--", "x"}},
      {{"/bin/job", "--", "x"}, "job", {"/bin/job", "--", "x"}},
      {{"--", "job", "--", "x"}, "job", {"job", "--", "x"}},
      {{"job", "y", "--", "x"}, "job", {"job", "y", "--", "x"}},
      {{"job", "-y", "--", "x"}, "job", {"job", "-y", "--", "x"}},
      {{"--election=x", "sudo", "--", "job"}, "x", {"sudo", "--", "job"}},
  };
  for (const Row& row : rows) {
    CAPTURE(row.line);
    const ExecOptions options = exec(row.line);
    CHECK(options.election == row.election);
    CHECK(options.command == row.command);
  }
  CHECK(exec({"example", "--", "job"}, {{"ELECTOR_ELECTION", "x"}}).election == "example");
  CHECK_FALSE(exec({"example", "--", "job"}).election_from_command);
}

TEST_CASE("exec refuses a line that could mean two commands") {
  const std::vector<std::pair<Arguments, std::string>> table{
      {{"example", "--"}, "no command given after --"},
      {{"run_job", "--", "x"}, "if \"run_job\" is the command, write -- before it"},
      {{"sudo", "--", "job"}, "\"sudo\" is a shell, interpreter or wrapper"},
      {{"python3.11", "--", "job"}, "is a shell, interpreter or wrapper"},
      {{"--election=a", "a", "--", "job"}, "name the election twice"},
  };
  for (const auto& [line, problem] : table) {
    const auto& given = line;
    CAPTURE(given);
    CHECK_CONTAINS(usage_error(exec_line(line)), problem);
  }
}

TEST_CASE("exec's options set what their names say") {
  CHECK(exec({"--wait=5s", "job"}).wait == seconds(5));
  CHECK(exec({"--wait=0", "job"}).wait == core::Duration::zero());
  CHECK(exec({"--wait", "1m30s", "job"}).wait == seconds(90));
  CHECK(exec({"-E", "0", "job"}).conflict_exit_code == 0);
  CHECK(exec({"-E=75", "job"}).conflict_exit_code == 75);
  CHECK(exec({"--conflict-exit-code=255", "job"}).conflict_exit_code == 255);
  CHECK(exec({"--hold=30s", "job"}).hold == seconds(30));
  CHECK(exec({"--grace=500ms", "job"}).grace == milliseconds(500));
  CHECK(exec({"--grace=0", "job"}).grace == core::Duration::zero());
  CHECK(exec({"--grace=2m", "job"}).grace == minutes(2));
  CHECK(exec({"--signal=INT", "job"}).signal == SIGINT);
  CHECK(exec({"--signal=RTMIN+1", "job"}).signal == SIGRTMIN + 1);
  for (int signal = 1; signal <= SIGRTMAX; ++signal) {
    const bool reserved = signal > SIGSYS && signal < SIGRTMIN;
    if (reserved || signal == SIGKILL || signal == SIGSTOP || signal == SIGCHLD) continue;
    CHECK(exec({"--signal=" + std::to_string(signal), "job"}).signal == signal);
  }
  CHECK(exec({"--on-loss=exit", "job"}).exit_on_loss);
  CHECK_FALSE(exec({"--on-loss=rejoin", "job"}).exit_on_loss);
  CHECK(exec({"-q", "job"}).log.quiet);
  CHECK(exec({"--quiet", "job", "-v"}).log.quiet);
  CHECK_FALSE(exec({"job"}).log.quiet);
  CHECK_CONTAINS(usage_error({"exec", "-qv", "job"}), "contradict each other");
  CHECK(exec({"job"}).cgroup);
  CHECK(exec({"--cgroup=auto", "job"}).cgroup);
  CHECK_FALSE(exec({"--cgroup=never", "job"}).cgroup);
  CHECK(exec({"--ttl=6s", "job"}).timing.lease_duration == seconds(6));
  CHECK(exec({"--lock=configmaps", "job"}).lock.is_explicit);
  CHECK(exec({"--http=:4040", "job"}).http);
  CHECK(exec({"-n", "prod", "job"}).connection.namespace_ == "prod");
  CHECK(exec({"--election=other", "job"}).election == "other");
  CHECK_FALSE(exec({"--election=other", "job"}).election_from_command);
}

TEST_CASE("the election, the identity, the timing and the connection may come from variables") {
  const ExecOptions options = exec({"sh", "-c", "true"}, {{"ELECTOR_ELECTION", "named"},
                                                          {"ELECTOR_ID", "me"},
                                                          {"ELECTOR_TTL", "30s"},
                                                          {"ELECTOR_NAMESPACE", "prod"}});
  CHECK(options.election == "named");
  CHECK_FALSE(options.election_from_command);
  CHECK(options.id == "me");
  CHECK(options.timing.lease_duration == seconds(30));
  CHECK(options.connection.namespace_ == "prod");
  // The job's own flags have none.
  CHECK_FALSE(exec({"job"}, {{"ELECTOR_WAIT", "5s"}}).wait);
  CHECK(exec({"job"}, {{"ELECTOR_GRACE", "5s"}}).grace == seconds(20));
  CHECK(exec({"job"}, {{"ELECTOR_CGROUP", "never"}}).cgroup);
}

TEST_CASE("a bad command line of exec exits with 125 and names the faulty argument") {
  const std::string no_duration = " is not a duration; write 10s, 1m30s or 500ms, for example";
  const std::vector<std::pair<Arguments, std::string>> table{
      {{}, "no command given; write it after --, as in: exec -- ./job"},
      {{"--"}, "no command given; write it after --, as in: exec -- ./job"},
      {{"--election=x", "--"}, "no command given; write it after --, as in: exec -- ./job"},
      {{"--wait=abc", "job"}, "--wait: \"abc\"" + no_duration},
      {{"--wait=-1s", "job"}, "--wait: \"-1s\" is negative"},
      {{"--wait", "job"}, "no command given; write it after --, as in: exec -- ./job"},
      {{"--wait", "job", "x"}, "--wait: \"job\"" + no_duration},
      {{"--hold=-1s", "job"}, "--hold: \"-1s\" is negative"},
      {{"--grace=x", "job"}, "--grace: \"x\"" + no_duration},
      {{"--grace=-1", "job"}, "--grace: \"-1\" is negative"},
      {{"-E", "256", "job"}, "-E: \"256\" is not an exit code from 0 to 255"},
      {{"-E=-1", "job"}, "-E: \"-1\" is not an exit code from 0 to 255"},
      {{"-E=", "job"}, "-E: \"\" is not an exit code from 0 to 255"},
      {{"--signal=FOO", "job"},
       "--signal: \"FOO\" is not a signal; write TERM, INT, USR1 or RTMIN+1, for example"},
      {{"--signal=KILL", "job"},
       "--signal: \"KILL\" cannot be the stop signal; write TERM, INT, USR1 or RTMIN+1, for "
       "example"},
      {{"--signal=19", "job"},
       "--signal: \"19\" cannot be the stop signal; write TERM, INT, USR1 or RTMIN+1, for example"},
      {{"--signal=SIGCHLD", "job"},
       "--signal: \"SIGCHLD\" cannot be the stop signal; write TERM, INT, USR1 or RTMIN+1, for "
       "example"},
      {{"--signal=cld", "job"},
       "--signal: \"cld\" cannot be the stop signal; write TERM, INT, USR1 or RTMIN+1, for "
       "example"},
      {{"--signal=32", "job"},
       "--signal: \"32\" cannot be the stop signal; write TERM, INT, USR1 or RTMIN+1, for example"},
      {{"--signal=33", "job"},
       "--signal: \"33\" cannot be the stop signal; write TERM, INT, USR1 or RTMIN+1, for example"},
      {{"--signal=65", "job"},
       "--signal: \"65\" is not a signal; write TERM, INT, USR1 or RTMIN+1, for example"},
      {{"--on-loss=die", "job"}, "--on-loss: \"die\" is not one of rejoin and exit"},
      {{"--cgroup=always", "job"}, "--cgroup: \"always\" is not one of auto and never"},
      {{"--cgroup=", "job"}, "--cgroup: \"\" is not one of auto and never"},
      {{"--election=Foo", "job"},
       "--election: \"Foo\" is not a valid object name: a lowercase RFC 1123 subdomain must "
       "consist "
       "of lower case alphanumeric characters, '-' or '.', and must start and end with an "
       "alphanumeric character (e.g. 'example.com')"},
      {{"--elction=x", "job"}, "unknown flag \"--elction\" (did you mean --election?)"},
      {{"--ttl=1s", "job"}, "--ttl=1s: the lease duration must be at least 2s"},
      {{"sh", "-c", "true"},
       "give --election=NAME: \"sh\" is a shell, interpreter or wrapper, which does not name the "
       "job"},
      {{""}, "give --election=NAME: the command's name \"\" cannot be used as the election's name"},
  };
  for (const auto& [arguments, expected] : table) {
    const auto& given = arguments;  // clang 14 captures no structured binding
    CAPTURE(given);
    const ParseResult result = parse(exec_line(arguments));
    const auto* error = std::get_if<UsageError>(&result);
    REQUIRE(error != nullptr);
    CHECK(error->text == "elector exec: " + expected + "; see 'elector exec --help'\n");
    CHECK(error->exit_code == 125);
  }
}

TEST_CASE("exec's help is shown for its own --help, and not for its command's") {
  CHECK(shown({"exec", "--help"}).find("--grace") != std::string::npos);
  CHECK(shown({"exec", "-h"}) == shown({"exec", "--help"}));
  CHECK(shown({"help", "exec"}) == shown({"exec", "--help"}));
  CHECK(exec({"job", "--help"}).command == Arguments{"job", "--help"});
}

}  // namespace elector::tests
