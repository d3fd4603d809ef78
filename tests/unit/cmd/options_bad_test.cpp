// SPDX-License-Identifier: Apache-2.0
// Tables of bad command lines, each with its message.
#include <doctest/doctest.h>

#include <string>
#include <utility>
#include <vector>

#include "tests/unit/cmd/command_line.h"

namespace elector::tests {
namespace {

TEST_CASE("a bad command line is refused in one line that names the faulty argument") {
  const std::string longest(254, 'a');
  const std::string subdomain =
      " is not a valid object name: a lowercase RFC 1123 subdomain must consist of lower case "
      "alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character "
      "(e.g. 'example.com')";
  const std::string label =
      " is not a valid namespace: a lowercase RFC 1123 label must consist of lower case "
      "alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. "
      "'my-name')";
  const std::string no_duration = " is not a duration; write 10s, 1m30s or 500ms, for example";
  const std::string locks =
      " is not one of leases, endpoints, configmaps, endpointsleases and configmapsleases";
  const std::vector<std::pair<Arguments, std::string>> table{
      {{}, "--election: missing; give the election's name as an argument or with --election=NAME"},
      {{"--election="}, "--election: must not be empty"},
      {{""}, "ELECTION: must not be empty"},
      {{"--election"}, "--election: needs a value (NAME)"},
      {{"Foo"}, "ELECTION: \"Foo\"" + subdomain},
      {{"--election=a_b"}, "--election: \"a_b\"" + subdomain},
      {{"--election=-a"}, "--election: \"-a\"" + subdomain},
      {{"--election=a..b"}, "--election: \"a..b\"" + subdomain},
      {{"--election=a."}, "--election: \"a.\"" + subdomain},
      {{"--election=a/../b"}, "--election: \"a/../b\"" + subdomain},
      {{"--election=a\nb"}, "--election: \"a\\x0ab\"" + subdomain},
      {{"--election=" + longest},
       "--election: \"" + std::string(101, 'a') +
           "…\" is too long: must be no more than 253 characters"},
      {{"a", "--election=b"},
       "--election=b and the argument \"a\" contradict each other; give one of them"},
      {{"a", "b"}, "unexpected argument \"b\""},
      {{"a", "--use-cluster-credentials", "true"}, "unexpected argument \"true\""},
      {{"x", "--id="}, "--id: must not be empty"},
      {{"--id=", "--election=x"}, "--id: must not be empty"},
      {{"x", "--id", ""}, "--id: must not be empty"},
      {{"x", "--id=a\tb"}, "--id: \"a\\x09b\" contains a control character"},
      {{"x", "--id=a\xc2\x85"}, "--id: \"a\\xc2\\x85\" contains a control character"},
      {{"x", "--id=a\xff"}, "--id: \"a\\xff\" is not valid UTF-8"},
      {{"x", "--id=\xc0\x80"}, "--id: \"\\xc0\\x80\" is not valid UTF-8"},
      {{"x", "--id=\xed\xa0\x80"}, "--id: \"\\xed\\xa0\\x80\" is not valid UTF-8"},
      {{"x", "--id=\xf4\x90\x80\x80"}, "--id: \"\\xf4\\x90\\x80\\x80\" is not valid UTF-8"},
      {{"x", "--id=\xe2\x82"}, "--id: \"\\xe2\\x82\" is not valid UTF-8"},
      {{"x", "--id=a", "--id=b"}, "--id=a and --id=b contradict each other; give one of them"},
      {{"x", "--ttl=0"}, "--ttl=0: the lease duration must be at least 2s"},
      {{"x", "--ttl=1s"}, "--ttl=1s: the lease duration must be at least 2s"},
      {{"x", "--ttl=1"}, "--ttl=1: the lease duration must be at least 2s"},
      {{"x", "--ttl=-3s"}, "--ttl=-3s: the lease duration must be at least 2s"},
      {{"x", "--ttl", "-3s"}, "--ttl=-3s: the lease duration must be at least 2s"},
      {{"x", "--ttl=2500ms"},
       "--ttl: \"2500ms\" is not a whole number of seconds, and a lease cannot record anything "
       "else"},
      {{"x", "--ttl=abc"}, "--ttl: \"abc\"" + no_duration},
      {{"x", "--ttl="}, "--ttl: \"\"" + no_duration},
      {{"x", "--lease-duration=abc"}, "--lease-duration: \"abc\"" + no_duration},
      {{"x", "--ttl=99999999999999999999"},
       "--ttl: \"99999999999999999999\" is too long a duration; the limit is 876000h"},
      {{"x", "--ttl=3000000000"},
       "--ttl=3000000000: the lease duration must fit in the 32 bits "
       "that the API keeps it in"},
      {{"x", "--ttl=5s", "--lease-duration=6s"},
       "--ttl=5s and --lease-duration=6s contradict each other; give one of them"},
      {{"x", "--ttl=5s", "--ttl=6s"},
       "--ttl=5s and --ttl=6s contradict each other; give one of them"},
      {{"x", "--renew-deadline=12s"},
       "--renew-deadline=12s: the renew deadline must be at least 1s below the lease duration "
       "(lease duration 10s, renew deadline 12s, retry period 2s)"},
      {{"x", "--ttl=6s", "--renew-deadline=5500ms"},
       "--ttl=6s, --renew-deadline=5500ms: the renew deadline must be at least 1s below the lease "
       "duration (lease duration 6s, renew deadline 5.5s, retry period 1.2s)"},
      {{"x", "--renew-deadline=2s"},
       "--renew-deadline=2s: the renew deadline must be above 1.2 times the retry period (lease "
       "duration 10s, renew deadline 2s, retry period 2s)"},
      {{"x", "--renew-deadline=-5s"},
       "--renew-deadline=-5s: the renew deadline must be above 1.2 times the retry period (lease "
       "duration 10s, renew deadline -5s, retry period 2s)"},
      {{"x", "--renew-deadline=876000h"},
       "--renew-deadline=876000h: the renew deadline must be at least 1s below the lease duration "
       "(lease duration 10s, renew deadline 876000h, retry period 2s)"},
      {{"x", "--retry-period=0"},
       "--retry-period=0: the retry period must be above 0 (lease duration 10s, renew deadline "
       "6.666666666s, retry period 0s)"},
      {{"x", "--retry-period=-1s"},
       "--retry-period=-1s: the retry period must be above 0 (lease duration 10s, renew deadline "
       "6.666666666s, retry period -1s)"},
      {{"x", "--retry-period=876000h"},
       "--retry-period=876000h: the renew deadline must be above 1.2 times the retry period "
       "(lease duration 10s, renew deadline 6.666666666s, retry period 876000h)"},
      {{"x", "--lock=lease"}, "--lock: \"lease\"" + locks + " (did you mean leases?)"},
      {{"x", "--lock=endpoint"}, "--lock: \"endpoint\"" + locks + " (did you mean endpoints?)"},
      {{"x", "--lock=zookeeper"}, "--lock: \"zookeeper\"" + locks},
      {{"x", "--lock="}, "--lock: \"\"" + locks},
      {{"x", "--http=nonsense"}, "--http: \"nonsense\" is not HOST:PORT, :PORT or unix:/PATH"},
      {{"x", "--http=4040"}, "--http: \"4040\" is only a port; write :4040 for every address"},
      {{"x", "--release-delay=-1s"}, "--release-delay: \"-1s\" is negative"},
      {{"x", "--release-delay=soon"}, "--release-delay: \"soon\"" + no_duration},
      {{"x", "--request-timeout=-1"}, "--request-timeout: \"-1\" is negative"},
      {{"x", "-n", "Prod"}, "-n: \"Prod\"" + label},
      {{"x", "--namespace=a.b"}, "--namespace: \"a.b\"" + label},
      {{"x", "--election-namespace=-"}, "--election-namespace: \"-\"" + label},
      {{"x", "--namespace=" + std::string(64, 'n')},
       "--namespace: \"" + std::string(64, 'n') +
           "\" is too long: must be no more than 63 characters"},
      {{"x", "--namespace=a", "-n", "b"},
       "--namespace=a and -n=b contradict each other; give one of them"},
      {{"x", "--health-url=http://u:geheim@h/", "--health-url=http://u:secret@h/"},
       "--health-url=http://h/ and --health-url=http://h/ contradict each other; give one of "
       "them"},
      {{"x", "--id=me@a", "--id=you@a"},
       "--id=me@a and --id=you@a contradict each other; give one of them"},
      {{"x", "--print-rbac=5", "--print-rbac=5s"},
       "--print-rbac=5 and --print-rbac=5s contradict each other; give one of them"},
      {{"x", "--token=geheim", "--token=secret"},
       "--token: given twice, with different values; give it once"},
      {{"x", "--insecure-skip-tls-verify=yes"},
       "--insecure-skip-tls-verify: \"yes\" is neither true nor false"},
      {{"x", "--use-cluster-credentials="},
       "--use-cluster-credentials: \"\" is neither true nor false"},
      {{"x", "--use-cluster-credentials", "--use-cluster-credentials=false"},
       "--use-cluster-credentials and --use-cluster-credentials=false contradict each other; give "
       "one of them"},
      {{"x", "--log-format=xml"}, "--log-format: \"xml\" is not one of text and json"},
      {{"x", "-v=abc"}, "-v: \"abc\" is not a number from 0 to 1000"},
      {{"x", "-v=-1"}, "-v: \"-1\" is not a number from 0 to 1000"},
      {{"x", "-v="}, "-v: \"\" is not a number from 0 to 1000"},
      {{"x", "--verbose=99999999999"}, "--verbose: \"99999999999\" is not a number from 0 to 1000"},
      {{"x", "-n"}, "-n: needs a value (NAME)"},
      {{"x", "--elction=y"}, "unknown flag \"--elction\" (did you mean --election?)"},
      {{"x", "--lease-duraton=5s"},
       "unknown flag \"--lease-duraton\" (did you mean "
       "--lease-duration?)"},
      {{"x", "--kube=f"}, "unknown flag \"--kube\" (did you mean --kubeconfig?)"},
      {{"x", "--frobnicate"}, "unknown flag \"--frobnicate\""},
      {{"x", "--"}, "(no usage error)"},
      {{"x", "--=5"}, "unknown flag \"--\""},
      {{"x", "-x"}, "unknown flag \"-x\""},
      {{"x", "-vx"}, "unknown flag \"-x\" in \"-vx\""},
      {{"-election=x"}, "unknown flag \"-e\" in \"-election\" (did you mean --election?)"},
      {{"x", "-token=geheim"}, "unknown flag \"-t\" in \"-token\" (did you mean --token?)"},
      {{"x", "--tokn=geheim"}, "unknown flag \"--tokn\" (did you mean --token?)"},
      {{"-ttl", "5s"}, "unknown flag \"-t\" in \"-ttl\" (did you mean --ttl?)"},
  };
  for (const auto& [arguments, expected] : table) {
    const auto& given = arguments;  // clang 14 captures no structured binding
    CAPTURE(given);
    Arguments line{"run"};
    line.insert(line.end(), arguments.begin(), arguments.end());
    const std::string wanted = expected.starts_with("(")
                                   ? expected
                                   : "elector run: " + expected + "; see 'elector run --help'\n";
    CHECK(usage_error(line) == wanted);
  }
}

TEST_CASE("a bad command line of 2016 is refused under the program's name") {
  const std::vector<std::pair<Arguments, std::string>> table{
      {{"--http=:4040"},
       "--election: missing; give the election's name as an argument or with --election=NAME"},
      {{"-election="}, "-election: must not be empty"},
      {{"--election=x", "-ttl", "0"}, "-ttl=0: the lease duration must be at least 2s"},
      {{"--election=x", "--ttl=-1s"}, "--ttl=-1s: the lease duration must be at least 2s"},
      {{"--election=x", "--election-namespace=A B"},
       "--election-namespace: \"A B\" is not a valid namespace: a lowercase RFC 1123 label must "
       "consist of lower case alphanumeric characters or '-', and must start and end with an "
       "alphanumeric character (e.g. 'my-name')"},
      {{"--electio=x"}, "unknown flag \"--electio\" (did you mean --election?)"},
      {{"--election=x", "y", "status"},
       "unexpected argument \"status\": give the command before all flags, as in 'elector status "
       "ELECTION'"},
      {{"-n", "prod", "run", "x"},
       "unexpected argument \"run\": give the command before all flags, as in 'elector run "
       "ELECTION'"},
  };
  for (const auto& [arguments, expected] : table) {
    const auto& given = arguments;  // clang 14 captures no structured binding
    CAPTURE(given);
    CHECK(usage_error(arguments) == "elector: " + expected + "; see 'elector run --help'\n");
  }
}

TEST_CASE("a wrong command gets the nearest one suggested") {
  CHECK(usage_error({"rum"}) ==
        "elector: unknown command \"rum\" (did you mean run?); see 'elector --help'\n");
  CHECK(usage_error({"elect"}) == "elector: unknown command \"elect\"; see 'elector --help'\n");
  CHECK(usage_error({"help", "rnu"}) ==
        "elector: unknown command \"rnu\" (did you mean run?); see 'elector --help'\n");
  CHECK(usage_error({"--"}) == "elector: unknown command \"--\"; see 'elector --help'\n");
  CHECK(usage_error({""}) == "elector: unknown command \"\"; see 'elector --help'\n");
}

}  // namespace
}  // namespace elector::tests
