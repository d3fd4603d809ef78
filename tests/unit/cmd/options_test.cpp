// SPDX-License-Identifier: Apache-2.0
// The command line: tables of good ones, the variables, and what surrounds them.
#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "cmd/cli/command_line.h"
#include "cmd/output/duration.h"
#include "tests/unit/cmd/command_line.h"

namespace elector::tests {
namespace {

using std::chrono::seconds;

// What a line gives, in short: only what differs from the defaults.
std::string summary(const RunOptions& options) {
  std::string text = options.election;
  const auto add = [&](const std::string& key, const std::string& value) {
    if (!value.empty()) text.append(" ").append(key).append("=").append(value);
  };
  add("id", options.id == "node-7" ? "" : options.id);
  if (options.lock.is_explicit || options.lock.name != "leases") {
    add(options.lock.is_explicit ? "lock" : "implied-lock", options.lock.name);
  }
  const core::Timing usual = core::Timing::from_lease_duration(options.timing.lease_duration);
  if (options.timing.lease_duration != seconds(10)) {
    add("L", cmd::format_duration(options.timing.lease_duration));
  }
  if (options.timing.renew_deadline != usual.renew_deadline) {
    add("D", cmd::format_duration(options.timing.renew_deadline));
  }
  if (options.timing.retry_period != usual.retry_period) {
    add("R", cmd::format_duration(options.timing.retry_period));
  }
  if (options.http) add("http", to_string(*options.http));
  if (options.release_delay != core::Duration::zero()) {
    add("delay", cmd::format_duration(options.release_delay));
  }
  add("namespace", options.connection.namespace_);
  add("kubeconfig", options.connection.kubeconfig);
  add("context", options.connection.context);
  add("cluster", options.connection.cluster);
  add("user", options.connection.user);
  add("server", options.connection.server);
  add("token", options.connection.token);
  add("username", options.connection.username);
  add("password", options.connection.password);
  add("ca", options.connection.certificate_authority);
  add("cert", options.connection.client_certificate);
  add("key", options.connection.client_key);
  add("sni", options.connection.tls_server_name);
  add("insecure", options.connection.insecure_skip_tls_verify ? "yes" : "");
  add("as", options.connection.as);
  add("uid", options.connection.as_uid);
  for (const std::string& group : options.connection.as_groups) add("group", group);
  if (const auto timeout = options.connection.request_timeout) {
    add("timeout", std::to_string(timeout->count()) + "ms");
  }
  add("in-cluster", options.connection.use_cluster_credentials ? "yes" : "");
  add("log", options.log.format == cmd::LogFormat::kJson ? "json" : "");
  if (options.log.verbosity != 0) add("v", std::to_string(options.log.verbosity));
  if (options.output != options.log.format) {
    add("output", options.output == cmd::LogFormat::kJson ? "json" : "text");
  }
  add("2016", options.legacy ? "yes" : "");
  return text;
}

TEST_CASE("every spelling of a flag has its meaning") {
  const std::vector<std::pair<Arguments, std::string>> table{
      {{"run", "--election=example"}, "example"},
      {{"run", "--election", "example"}, "example"},
      {{"run", "example"}, "example"},
      {{"run", "--", "example"}, "example"},
      {{"run", "example", "--election=example"}, "example"},
      {{"run", "x", "--id=me"}, "x id=me"},
      {{"run", "--id", "-", "x"}, "x id=-"},
      {{"run", "--id", "-v", "x"}, "x id=-v"},
      {{"run", "--id=--", "x"}, "x id=--"},
      {{"run", "--id=a=b", "x"}, "x id=a=b"},
      {{"run", "--id=Zoë 1", "x"}, "x id=Zoë 1"},
      {{"run", "x", "--lock=leases"}, "x lock=leases"},
      {{"run", "x", "--lock=configmapsleases"}, "x lock=configmapsleases"},
      {{"run", "x", "--ttl=6s"}, "x L=6s"},
      {{"run", "x", "--ttl=6"}, "x L=6s"},
      {{"run", "x", "--ttl", "1m30s"}, "x L=1m30s"},
      {{"run", "x", "--lease-duration=2s"}, "x L=2s"},
      {{"run", "x", "--ttl=1m", "--lease-duration=60"}, "x L=1m"},
      {{"run", "x", "--ttl=6s", "--ttl=6s"}, "x L=6s"},
      {{"run", "x", "--renew-deadline=9s"}, "x D=9s"},
      {{"run", "x", "--retry-period=500ms"}, "x R=500ms"},
      {{"run", "x", "--ttl=15s", "--renew-deadline=10s", "--retry-period=2s"}, "x L=15s R=2s"},
      {{"run", "x", "--http=0.0.0.0:4040"}, "x http=0.0.0.0:4040"},
      {{"run", "x", "--http="}, "x"},
      {{"run", "x", "--release-delay=5s"}, "x delay=5s"},
      {{"run", "x", "-n", "prod"}, "x namespace=prod"},
      {{"run", "x", "-nprod"}, "x namespace=prod"},
      {{"run", "x", "-n=prod"}, "x namespace=prod"},
      {{"run", "x", "--namespace=prod"}, "x namespace=prod"},
      {{"run", "x", "--election-namespace=prod"}, "x namespace=prod"},
      {{"run", "x", "-n="}, "x"},
      {{"run", "x", "--kubeconfig=/k", "--context=c", "--cluster=d", "--user=u"},
       "x kubeconfig=/k context=c cluster=d user=u"},
      {{"run", "x", "-s", "https://a:1", "--token=t"}, "x server=https://a:1 token=t"},
      {{"run", "x", "--certificate-authority=a", "--client-certificate=b", "--client-key=c"},
       "x ca=a cert=b key=c"},
      {{"run", "x", "--tls-server-name=n"}, "x sni=n"},
      {{"run", "x", "--insecure-skip-tls-verify"}, "x insecure=yes"},
      {{"run", "--insecure-skip-tls-verify", "x"}, "x insecure=yes"},
      {{"run", "x", "--insecure-skip-tls-verify=T"}, "x insecure=yes"},
      {{"run", "x", "--insecure-skip-tls-verify=0"}, "x"},
      {{"run", "x", "--as=u", "--as-uid=7", "--as-group=a,b", "--as-group=c"},
       "x as=u uid=7 group=a,b group=c"},
      {{"run", "x", "--request-timeout=0"}, "x timeout=0ms"},
      {{"run", "x", "--request-timeout=1"}, "x timeout=1000ms"},
      {{"run", "x", "--request-timeout=1ns"}, "x timeout=1ms"},
      {{"run", "x", "--use-cluster-credentials=true"}, "x in-cluster=yes"},
      {{"run", "x", "--use-cluster-credentials=1", "--use-cluster-credentials"},
       "x in-cluster=yes"},
      {{"run", "x", "--log-format=json"}, "x log=json"},
      {{"run", "x", "--log-format=text"}, "x"},
      {{"run", "x", "-ojson"}, "x output=json"},
      {{"run", "x", "--log-format=json", "--output=text"}, "x log=json output=text"},
      {{"run", "x", "-v"}, "x v=1"},
      {{"run", "-v", "x", "-vv"}, "x v=3"},
      {{"run", "x", "--verbose", "--verbose"}, "x v=2"},
      {{"run", "x", "-v=4"}, "x v=4"},
      {{"run", "x", "-v4"}, "x v=4"},
      {{"run", "x", "--v=4"}, "x v=4"},
      {{"run", "-v", "3"}, "3 v=1"},
      {{"run", "a.b-c.1"}, "a.b-c.1"},
      {{"run", std::string(253, 'a')}, std::string(253, 'a')},
  };
  for (const auto& [arguments, expected] : table) {
    const auto& given = arguments;  // clang 14 captures no structured binding
    CAPTURE(given);
    CHECK(summary(run(arguments)) == expected);
  }
}

TEST_CASE("the command line of 2016 means a run on endpoints in the namespace default") {
  const std::string start = "x implied-lock=endpoints";
  const std::string end = " namespace=default 2016=yes";
  const std::vector<std::pair<Arguments, std::string>> table{
      {{"--election=x"}, start + end},
      {{"-election=x"}, start + end},
      {{"-election", "x"}, start + end},
      {{"--election=x", "--http=0.0.0.0:4040"}, start + " http=0.0.0.0:4040" + end},
      {{"-http=localhost:4040", "-election", "x"}, start + " http=localhost:4040" + end},
      {{"--http=", "--election=x"}, start + end},
      {{"--id=me", "--election=x", "-ttl=5s"}, "x id=me implied-lock=endpoints L=5s" + end},
      {{"--election=x", "--election-namespace=a"}, start + " namespace=a 2016=yes"},
      {{"--election=x", "--election_namespace", "a"}, start + " namespace=a 2016=yes"},
      {{"--election=x", "-election-namespace=a", "--namespace=b"}, start + " namespace=a 2016=yes"},
      {{"--election=x", "-n", "a"}, start + end},
      {{"--election=x", "--namespace=a"}, start + end},
      {{"--election=x", "-namespace", "No Name"}, start + end},
      {{"--election=x", "--election=y", "--ttl=3s", "-ttl=4s"},
       "y implied-lock=endpoints L=4s" + end},
      {{"--use-cluster-credentials", "true", "--election=x"},
       start + " namespace=default in-cluster=yes 2016=yes"},
      {{"-use-cluster-credentials=false", "--election=x"}, start + end},
      {{"--election=x", "--", "y"}, start + end},
      {{"--election=x", "--kubeconfig=/k", "--context=c", "--cluster=l", "--user=u"},
       start + " namespace=default kubeconfig=/k context=c cluster=l user=u 2016=yes"},
      {{"--election=x", "-s", "http://h:1", "--token=t", "--as=a"},
       start + " namespace=default server=http://h:1 token=t as=a 2016=yes"},
      {{"--election=x", "--certificate-authority=a", "--client-certificate=b", "--client-key=c",
        "--insecure-skip-tls-verify"},
       start + " namespace=default ca=a cert=b key=c insecure=yes 2016=yes"},
      {{"--election=x", "--request-timeout=5s", "--api-version=v1"},
       start + " namespace=default timeout=5000ms 2016=yes"},
      {{"--election=x", "--username=u", "-password", "p"},
       start + " namespace=default username=u password=p 2016=yes"},
      {{"--election=x", "--election-namespace="}, start + end},
      {{"--election=x", "-use-cluster-credentials"},
       start + " namespace=default in-cluster=yes 2016=yes"},
      {{"--election=x", "--use-cluster-credentials=true"},
       start + " namespace=default in-cluster=yes 2016=yes"},
      {{"-v", "2", "--election=x"}, start + " namespace=default v=2 2016=yes"},
      {{"-v=2", "--election=x"}, start + " namespace=default v=2 2016=yes"},
      {{"--v", "2", "--election=x"}, start + " namespace=default v=2 2016=yes"},
      {{"-v", "--election=x"}, start + " namespace=default v=1 2016=yes"},
      {{"--election=x", "-vv"}, start + " namespace=default v=2 2016=yes"},
      {{"--election=x", "--lock=leases"}, "x lock=leases" + end},
      {{"--election=x", "--release-delay=1s"}, start + " delay=1s" + end},
      {{"--logtostderr", "--election=x"}, start + end},
      {{"-logtostderr=true", "-stderrthreshold", "2", "-log_dir=/tmp", "--vmodule=a=1",
        "--election=x"},
       start + end},
  };
  for (const auto& [arguments, expected] : table) {
    const auto& given = arguments;  // clang 14 captures no structured binding
    CAPTURE(given);
    CHECK(summary(run(arguments)) == expected);
  }
}

TEST_CASE("a ttl of 2016 that a lease cannot keep is rounded up, with a warning") {
  const std::vector<std::pair<std::string, std::string>> table{
      {"2s", ""},
      {"10s", ""},
      {"1m0.0s", ""},
      {"1ns", "2s"},
      {"1s", "2s"},
      {"0.5s", "2s"},
      {"1500ms", "2s"},
      {"1999999999ns", "2s"},
      {"2500ms", "3s"},
      {"2000000001ns", "3s"},
      {"1m0.5s", "1m1s"},
      {"876000h", "596523h14m7s"},
      {"876001h", "596523h14m7s"},
      {"2562047h47m16.854775807s", "596523h14m7s"},
  };
  for (const auto& [ttl, taken] : table) {
    CAPTURE(ttl);
    for (const std::string flag : {"--ttl=", "-ttl="}) {
      const RunOptions options = run({"--election=x", flag + ttl});
      if (taken.empty()) {
        CHECK(options.warnings.empty());
      } else {
        CHECK(cmd::format_duration(options.timing.lease_duration) == taken);
        CHECK(options.warnings ==
              std::vector<std::string>{
                  flag + ttl + " is rounded to " + taken +
                  ": a lease lasts a whole number of seconds, from 2s to 596523h14m7s"});
      }
    }
    CHECK(run({"--election=x"}, {{"ELECTOR_TTL", ttl}}).warnings.size() == (taken.empty() ? 0 : 1));
  }
  CHECK(usage_error({"run", "x", "--ttl=1500ms"}).find("whole number") != std::string::npos);
  // What Go did not take either, and other commands, is one line.
  for (const std::string ttl : {"2562047h47m16.854775808s", "2562048h", "-876001h", "-1s", "0"}) {
    CAPTURE(ttl);
    CHECK(usage_error({"--election=x", "--ttl=" + ttl}).find("--ttl") != std::string::npos);
  }
  CHECK(usage_error({"run", "x", "--ttl=876001h"}).find("the limit is 876000h") !=
        std::string::npos);
}

TEST_CASE("what has no effect in the command line of 2016 is warned about, without secrets") {
  const std::string place = "the election is in namespace ";
  const std::string moves = "; use --election-namespace=NAME to change it";
  const std::vector<std::pair<Arguments, std::string>> table{
      {{"--namespace=a"},
       "--namespace=a has no effect, as in 2016: " + place + "\"default\"" + moves},
      {{"-n", "a", "--election-namespace=b"},
       "-n=a has no effect, as in 2016: " + place + "\"b\"" + moves},
      {{"--namespace=default"}, ""},
      {{"--namespace="}, ""},
      {{"--namespace=a", "--election-namespace=a"}, ""},
      {{"--api-version=v1"}, "--api-version has no effect: current API servers do not support it"},
      {{"--username", "u", "-password=S3CRET"}, ""},
      {{"-password=S3CRET", "--password=T"},
       "-password is given more than once: the last value is used, as in 2016"},
      {{"--use-cluster-credentials", "false"},
       "the argument \"false\" has no effect, as in 2016; give the value of a boolean flag with "
       "\"=\""},
      {{"--ttl=5s", "--ttl=6s"},
       "--ttl is given more than once: the last value is used, as in 2016"},
      {{"--token=S3CRET", "-token=T"},
       "--token is given more than once: the last value is used, as in 2016"},
      {{"--ttl=5s", "--ttl=5s"}, ""},
      {{"--as-group=a", "--as-group=b"}, ""},
      {{"-v", "-v"}, ""},
  };
  for (const auto& [arguments, expected] : table) {
    Arguments line{"--election=x"};
    line.insert(line.end(), arguments.begin(), arguments.end());
    CAPTURE(line);
    const auto warnings = run(line).warnings;
    CHECK(warnings == (expected.empty() ? std::vector<std::string>{} : std::vector{expected}));
  }
}

TEST_CASE("a log flag of 2016 is noted as without effect, and only in the command line of 2016") {
  const RunOptions options = run({"--election=x", "-log_dir=/tmp", "--alsologtostderr", "-v", "1"});
  CHECK(options.notes ==
        std::vector<std::string>{
            "-log_dir has no effect: elector logs to standard error; use --log-format and -v",
            "--alsologtostderr has no effect: elector logs to standard error; use --log-format and "
            "-v"});
  CHECK(run({"--election=x"}).notes.empty());
  CHECK(usage_error({"run", "x", "--alsologtostderr"}) ==
        "elector run: unknown flag \"--alsologtostderr\"; see 'elector run --help'\n");
}

TEST_CASE("variables set the flags of the connection, the identity, the lock and the timing") {
  const Variables variables{{"ELECTOR_ELECTION", "x"},
                            {"ELECTOR_ID", "me"},
                            {"ELECTOR_LOCK", "endpoints"},
                            {"ELECTOR_TTL", "6"},
                            {"ELECTOR_RENEW_DEADLINE", "5s"},
                            {"ELECTOR_RETRY_PERIOD", "1s"},
                            {"ELECTOR_NAMESPACE", "a"},
                            {"ELECTOR_KUBECONFIG", "/k"},
                            {"ELECTOR_TOKEN", "t"},
                            {"ELECTOR_INSECURE_SKIP_TLS_VERIFY", "1"},
                            {"ELECTOR_AS_GROUP", "g,,h"},
                            {"ELECTOR_REQUEST_TIMEOUT", "5s"},
                            {"ELECTOR_HTTP", "nonsense"},
                            {"ELECTOR_RELEASE_DELAY", "nonsense"},
                            {"ELECTOR_VERBOSE", "nonsense"},
                            {"ELECTOR_LOG_FORMAT", "nonsense"},
                            {"ELECTOR_HELP", "true"},
                            {"ELECTOR_SERVICE_HOST", "10.0.0.1"},
                            {"ELECTOR_PORT", "tcp://10.0.0.1:80"},
                            {"ELECTOR_CONTEXT", ""}};
  CHECK(summary(run({"run"}, variables)) ==
        "x id=me lock=endpoints L=6s D=5s R=1s namespace=a kubeconfig=/k token=t insecure=yes "
        "group=g group=h timeout=5000ms");
  CHECK(summary(run({"run", "y", "--id=you", "--ttl=8s", "-n=", "--lock=leases",
                     "--insecure-skip-tls-verify=false", "--as-group=i"},
                    variables)) ==
        "y id=you lock=leases L=8s D=5s R=1s kubeconfig=/k token=t group=i timeout=5000ms");
  CHECK(summary(run({"--election=y"}, {{"ELECTOR_NAMESPACE", "a"}, {"ELECTOR_TTL", ""}})) ==
        "y implied-lock=endpoints namespace=default 2016=yes");
  const Variables of_2016{{"ELECTOR_ELECTION_NAMESPACE", "a"}};
  CHECK(summary(run({"--election=y"}, of_2016)) == "y implied-lock=endpoints namespace=a 2016=yes");
  CHECK(run({"--election=y"}, of_2016).strays.empty());
  CHECK(run({"run", "y"}, of_2016).strays.size() == 1);
}

TEST_CASE("a bad variable is named, and a flag in its place makes it harmless") {
  const std::vector<std::pair<Variables, std::string>> table{
      {{{"ELECTOR_TTL", "abc"}},
       "ELECTOR_TTL: \"abc\" is not a duration; write 10s, 1m30s or 500ms, for example"},
      {{{"ELECTOR_TTL", "1s"}}, "ELECTOR_TTL=1s: the lease duration must be at least 2s"},
      {{{"ELECTOR_INSECURE_SKIP_TLS_VERIFY", "yes"}},
       "ELECTOR_INSECURE_SKIP_TLS_VERIFY: \"yes\" is neither true nor false"},
      {{{"ELECTOR_ID", "\x01"}}, "ELECTOR_ID: \"\\x01\" contains a control character"},
      {{{"ELECTOR_LOCK", "x"}},
       "ELECTOR_LOCK: \"x\" is not one of leases, endpoints, configmaps, "
       "endpointsleases and configmapsleases"},
  };
  for (const auto& [variables, expected] : table) {
    CHECK(usage_error({"run", "x"}, variables) ==
          "elector run: " + expected + "; see 'elector run --help'\n");
  }
  CHECK(usage_error({"run", "x", "--ttl=4s"}, {{"ELECTOR_RENEW_DEADLINE", "8s"}}) ==
        "elector run: --ttl=4s, ELECTOR_RENEW_DEADLINE=8s: the renew deadline must be at least 1s "
        "below the lease duration (lease duration 4s, renew deadline 8s, retry period 800ms); see "
        "'elector run --help'\n");
  CHECK(summary(run({"run", "x", "--ttl=4s"}, {{"ELECTOR_TTL", "abc"}})) == "x L=4s");
  CHECK(summary(run({"run", "x", "--id=me"}, {{"ELECTOR_ID", "\x01"}})) == "x id=me");
}

TEST_CASE("a message of kube/ about a flag names the variable that set it") {
  const RunOptions options =
      run({"run", "x", "--as-group=g"}, {{"ELECTOR_SERVER", "h"}, {"ELECTOR_AS", "u"}});
  CHECK(options.from_environment == std::vector<std::string>{"--server", "--as"});
  CHECK(cmd::name_variables("--server \"h\" has no scheme", options.from_environment) ==
        "ELECTOR_SERVER \"h\" has no scheme");
  CHECK(cmd::name_variables("--as-group, --as: no; give --as", options.from_environment) ==
        "--as-group, ELECTOR_AS: no; give ELECTOR_AS");
  CHECK(cmd::name_variables("--server is bad", {}) == "--server is bad");
}

TEST_CASE("the host name is the identity, and an unusable one is an error") {
  CHECK(run({"run", "x"}).id == "node-7");
  const Arguments line{"run", "x"};
  const ParseResult result = cmd::parse(line, surroundings({}, ""));
  REQUIRE(std::holds_alternative<UsageError>(result));
  CHECK(std::get<UsageError>(result).text ==
        "elector run: --id: not given, and the host name must not be empty; give --id=NAME; see "
        "'elector run --help'\n");
  const Arguments with_id{"run", "x", "--id=me"};
  CHECK(std::holds_alternative<RunOptions>(cmd::parse(with_id, surroundings({}, ""))));
}

TEST_CASE("kubectl's plugin is called what its user types") {
  CHECK(cmd::Surroundings::of_process("/usr/bin/kubectl-elector").program == "kubectl elector");
  CHECK(cmd::Surroundings::of_process("./elector").program == "elector");
  cmd::Surroundings around = surroundings();
  around.program = "kubectl elector";
  const Arguments line{"run", "--bogus"};
  CHECK(std::get<UsageError>(cmd::parse(line, around)).text ==
        "kubectl elector run: unknown flag \"--bogus\"; see 'kubectl elector run --help'\n");
}

TEST_CASE("--lock offers the known kinds of lock, wherever it is given") {
  std::string kinds;
  for (const std::string_view kind : kube::kLockValues) {
    kinds.append(kinds.empty() ? "" : " ").append(kind);
  }
  for (const cmd::Command* command : cmd::commands()) {
    CHECK(line_of(*command)->flags["lock"].values() == kinds);
  }
}

}  // namespace
}  // namespace elector::tests
