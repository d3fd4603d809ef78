// SPDX-License-Identifier: Apache-2.0
// --events, --label-pod, --health-url and --print-rbac: tables of good values and bad ones.
#include <doctest/doctest.h>

#include <chrono>

#include "cmd/print_rbac.h"
#include "tests/unit/cmd/command_line.h"

namespace elector::tests {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST_CASE("events are recorded unless they were turned off") {
  CHECK(run({"run", "x"}).cluster.events);
  CHECK(run({"run", "x", "--events"}).cluster.events);
  CHECK_FALSE(run({"run", "x", "--events=false"}).cluster.events);
}

TEST_CASE("--label-pod is for the pod of POD_NAME, otherwise for that of the host name") {
  CHECK_FALSE(run({"run", "x"}).cluster.label);
  const auto label = run({"run", "x", "--label-pod=example.com/role=leader"}).cluster.label;
  REQUIRE(label);
  CHECK(label->key == "example.com/role");
  CHECK(label->value == "leader");
  CHECK(label->pod == "node-7");
  const auto named = run({"run", "x", "--label-pod=a=b"}, {{"POD_NAME", "pod-3"}}).cluster.label;
  CHECK(named->pod == "pod-3");
}

TEST_CASE("--health-url brings its interval, timeout and threshold") {
  const auto usual = run({"run", "x", "--health-url=http://localhost:8080/healthz?full=1"});
  REQUIRE(usual.cluster.health);
  CHECK(usual.cluster.health->url == "http://localhost:8080/healthz?full=1");
  CHECK(usual.cluster.health->interval == seconds(5));
  CHECK(usual.cluster.health->timeout == seconds(2));
  CHECK(usual.cluster.health->threshold == 3);
  CHECK_FALSE(run({"run", "x", "--health-url="}).cluster.health);
  const auto own = run({"run", "x", "--health-url=https://[::1]/", "--health-interval=500ms",
                        "--health-timeout=1", "--health-threshold=1"});
  CHECK(own.cluster.health->interval == milliseconds(500));
  CHECK(own.cluster.health->timeout == seconds(1));
  CHECK(own.cluster.health->threshold == 1);
}

TEST_CASE("an invalid label, URL or account is refused in one line") {
  const std::vector<std::pair<std::string, std::string>> table{
      {"--label-pod=leader", "--label-pod: \"leader\" is not KEY=VALUE"},
      {"--label-pod==x", "--label-pod: \"\" is not a label key"},
      {"--label-pod=-a=x", "--label-pod: \"-a\" is not a label key"},
      {"--label-pod=/a=x", "--label-pod: \"/a\" is not a label key"},
      {"--label-pod=A.b/=x", "--label-pod: \"A.b/\" is not a label key"},
      {"--label-pod=a=", "--label-pod: \"\" is not a label value"},
      {"--label-pod=a=b c", "--label-pod: \"b c\" is not a label value"},
      {"--label-pod=a=" + std::string(64, 'b'), "is not a label value"},
      {"--health-url=localhost", "--health-url: \"localhost\" has no scheme"},
      {"--health-url=ftp://x/", "--health-url: \"ftp://x/\""},
      {"--health-interval=1s", "--health-interval requires --health-url"},
      {"--print-rbac=A", "--print-rbac: \"A\" is not a valid object name"},
      {"--print-rbac=x:", "--print-rbac: must not be empty"},
      {"--print-rbac=X:y", "--print-rbac: \"X\" is not a valid namespace"},
      {"--print-rbac=user:", "--print-rbac: must not be empty"},
      {"--print-rbac=group:", "--print-rbac: must not be empty"},
      {"--print-rbac=user:a\nb", "--print-rbac: \"a\\x0ab\" contains a control character"},
  };
  for (const auto& [flag, problem] : table) {
    CAPTURE(flag);
    const std::string text = usage_error({"run", "x", flag});
    CHECK_MESSAGE(text.find(problem) != std::string::npos, text);
  }
  const std::string url = "--health-url=http://localhost/";
  for (const std::string flag :
       {"--health-threshold=0", "--health-threshold=x", "--health-timeout=0"}) {
    CAPTURE(flag);
    CHECK(usage_error({"run", "x", url, flag}).find(flag.substr(0, flag.find('='))) !=
          std::string::npos);
  }
}

TEST_CASE("--print-rbac may name an account, and its rules follow the flags") {
  CHECK_FALSE(run({"run", "x"}).print_rbac);
  CHECK(run({"run", "x", "--print-rbac"}).print_rbac->account == "");
  CHECK(run({"run", "x", "--print-rbac=apps:web"}).print_rbac->account == "apps:web");
  const auto rules = cmd::candidate_rules(
      run({"run", "x", "--lock=leases", "--events=false", "--label-pod=role=leader"}));
  REQUIRE(rules.size() == 4);
  CHECK(rules[0].verbs == std::vector<std::string>{"get", "update", "watch"});
  CHECK(rules[0].names == std::vector<std::string>{"x"});
  CHECK(rules[1].verbs == std::vector<std::string>{"create"});
  CHECK(rules[1].names.empty());
  CHECK(rules[2].verbs == std::vector<std::string>{"list"});
  CHECK(rules[3].verbs == std::vector<std::string>{"get", "patch"});
  CHECK(rules[3].names.empty());
  CHECK(rules[3].why.find("every pod of the namespace") != std::string::npos);
}

TEST_CASE("--rbac-pods limits the right to change pods to those") {
  const auto rules =
      cmd::candidate_rules(run({"run", "x", "--lock=leases", "--label-pod=a=b", "--print-rbac",
                                "--rbac-pods=web-0", "--rbac-pods=web-1"}));
  CHECK(rules.back().verbs == std::vector<std::string>{"get", "patch"});
  CHECK(rules.back().names == std::vector<std::string>{"web-0", "web-1"});
  CHECK(usage_error({"run", "x", "--print-rbac", "--rbac-pods=A"}).find("--rbac-pods") !=
        std::string::npos);
}

TEST_CASE("the rules of status and watch permit no more reading than needed, and give the reason") {
  struct Row {
    Arguments arguments;
    std::string rules;  // "resource name verbs" of each; "!" where it says why
  };
  const auto shown = [](const std::vector<cmd::RbacRule>& rules) {
    std::string text;
    for (const cmd::RbacRule& rule : rules) {
      text += (text.empty() ? "" : "; ") + rule.resource;
      for (const std::string& name : rule.names) text += " " + name;
      for (const std::string& verb : rule.verbs) text += " +" + verb;
      text += rule.why.empty() ? "" : " !";
    }
    return text;
  };
  for (const auto& [arguments, rules] : std::vector<Row>{
           {{"status"}, "leases +list"},
           {{"status", "-A"}, "leases +list"},
           {{"status", "--lock=configmaps"}, "configmaps +list !"},
           {{"status", "--lock=endpointsleases"}, "endpoints +list !; leases +list"},
           {{"status", "x"}, "leases x +get; endpoints x +get !; configmaps x +get !"},
           {{"status", "x", "--lock=leases"}, "leases x +get"},
           {{"watch", "x", "--lock=leases"}, "leases x +get +watch"},
           {{"watch"}, "leases +get +list +watch"},
           {{"watch", "--lock=endpointsleases"},
            "endpoints +get +list +watch !; leases +get +list +watch"},
       }) {
    CAPTURE(arguments);
    const auto result = parse(arguments);
    if (const auto* status = std::get_if<cmd::StatusOptions>(&result)) {
      CHECK(shown(cmd::observer_rules(*status, false)) == rules);
    } else {
      CHECK(shown(cmd::observer_rules(std::get<cmd::WatchOptions>(result), true)) == rules);
    }
  }
}

TEST_CASE("a rule that grants more than its name suggests is marked") {
  const auto endpoints = cmd::candidate_rules(run({"run", "x", "--lock=endpoints"}));
  CHECK(endpoints[1].verbs == std::vector<std::string>{"create"});
  CHECK(endpoints[1].why.find("CVE-2021-25740") != std::string::npos);
  const auto leases = cmd::candidate_rules(run({"run", "x", "--lock=leases"}));
  CHECK(leases[1].why.find("CVE") == std::string::npos);
}

TEST_CASE("the command that a refusal names prints the same rules") {
  // Of "system:serviceaccount:apps:web" and "…:ci:web".
  kube::Connection at_home;
  at_home.namespace_ = "apps";
  at_home.credentials.token = "h.eyJzdWIiOiJzeXN0ZW06c2VydmljZWFjY291bnQ6YXBwczp3ZWIifQ.s";
  kube::Connection elsewhere;
  elsewhere.namespace_ = "default";
  elsewhere.credentials.token = "h.eyJzdWIiOiJzeXN0ZW06c2VydmljZWFjY291bnQ6Y2k6d2ViIn0.s";
  const auto options = run({"run", "x", "--lock=endpoints", "--events=false"});
  CHECK(cmd::rbac_command("run", options, at_home) ==
        "elector run --election=x --lock=endpoints --namespace=apps --events=false "
        "--print-rbac=web | kubectl apply -f -");
  const auto legacy = run({"--election=x"});
  CHECK(
      cmd::rbac_command("run", legacy, elsewhere) ==
      "elector --election=x --election-namespace=default --print-rbac=ci:web | kubectl apply -f -");
  kube::Connection plain;
  plain.namespace_ = "apps";
  cmd::StatusOptions status;
  status.kinds = {kube::LockKind::kLease};
  status.all_namespaces = true;
  CHECK(cmd::rbac_command("status", status, plain) ==
        "elector status --lock=leases --all-namespaces --print-rbac | kubectl apply -f -");
  cmd::WatchOptions watch;
  watch.election = "x";
  watch.kinds = {kube::LockKind::kEndpoints, kube::LockKind::kLease};
  CHECK(cmd::rbac_command("watch", watch, plain) ==
        "elector watch --election=x --lock=endpointsleases --namespace=apps --print-rbac | "
        "kubectl apply -f -");
  // Whom the API server's refusal named goes before what the token says.
  CHECK(cmd::rbac_command("run", options, at_home, "Jane O'Doe")
            .ends_with("--print-rbac='user:Jane O'\\''Doe' | kubectl apply -f -"));
  CHECK(cmd::rbac_command("run", options, at_home, "system:serviceaccount:ci:job")
            .ends_with("--print-rbac=ci:job | kubectl apply -f -"));
  CHECK(cmd::rbac_command("run", options, at_home, "system:serviceaccount:apps:job")
            .ends_with("--print-rbac=job | kubectl apply -f -"));
  CHECK(cmd::rbac_command("run", options, at_home, "system:serviceaccount:user:web")
            .ends_with("--print-rbac=user:system:serviceaccount:user:web | kubectl apply -f -"));
  cmd::ResignOptions resign;
  resign.election = "x";
  CHECK(cmd::rbac_command("resign", resign, at_home) ==
        "elector resign --election=x --namespace=apps --print-rbac=web | kubectl apply -f -");
}

}  // namespace
}  // namespace elector::tests
