// SPDX-License-Identifier: Apache-2.0
// --print-rbac: the Role that it prints suffices, and nothing in it is too much. On a real API
// server by real Roles; on the project's own by its rules in the manner of RBAC.
#include <doctest/doctest.h>

#include <csignal>
#include <fstream>
#include <functional>
#include <sstream>
#include <vector>

#include "tests/support/candidate.h"
#include "tests/support/cluster.h"
#include "tests/support/temp_dir.h"
#include "tests/system/e2e/exec_fixture.h"

namespace elector::tests {
namespace {

Command elector(const Words& words) {
  Command command{.arguments = {elector_binary()}, .environment = clean_environment()};
  command.arguments.insert(command.arguments.end(), words.begin(), words.end());
  return command;
}

std::string printed(const Words& words) {
  const Ended ended = run_to_end(elector(words));
  CHECK_MESSAGE(ended.code == 0, ended.err);
  CHECK(ended.err == "");
  return ended.out;
}

// One verb of a printed Role, on a separate line: `  verbs: ["get", "update"]`.
struct Verb {
  std::size_t at;    // where its quotes begin in the YAML
  std::string name;  // get
  std::string resource;
};

std::vector<Verb> verbs_in(const std::string& yaml) {
  std::vector<Verb> verbs;
  std::string resource;
  std::size_t begin = 0;
  for (std::size_t end = 0; (end = yaml.find('\n', begin)) != std::string::npos; begin = end + 1) {
    const std::string line = yaml.substr(begin, end - begin);
    if (line.starts_with("  resources: [\"")) resource = line.substr(15, line.size() - 17);
    if (!line.starts_with("  verbs: [")) continue;
    for (std::size_t at = line.find('"'); at != std::string::npos;) {
      const std::size_t close = line.find('"', at + 1);
      verbs.push_back({begin + at, line.substr(at + 1, close - at - 1), resource});
      at = line.find('"', close + 1);
    }
  }
  return verbs;
}

std::string without(const std::string& yaml, const Verb& verb) {
  std::string text = yaml;
  return text.replace(verb.at + 1, verb.name.size(), "none");
}

// The rules in the test server's format: the values in the YAML are JSON.
std::string json_rules(const std::string& yaml) {
  std::string rules;
  std::istringstream lines(yaml);
  for (std::string line; std::getline(lines, line);) {
    const auto value = [&] { return line.substr(line.find(": ") + 2); };
    if (line.starts_with("- apiGroups:")) {
      rules += (rules.empty() ? "{" : "},{") + ("\"apiGroups\":" + value());
    } else if (line.starts_with("  resources:")) {
      rules += ",\"resources\":" + value();
    } else if (line.starts_with("  resourceNames:")) {
      rules += ",\"resourceNames\":" + value();
    } else if (line.starts_with("  verbs:")) {
      rules += ",\"verbs\":" + value();
    }
  }
  return rules + "}";
}

// A user with exactly the permissions of some YAML, for as long as this lives.
class Rights {
 public:
  Rights(const std::string& account, const std::string& yaml) : account_(account) {
    if (const ApiServer* server = Cluster::get().server()) {
      server->tokens("[{\"token\":\"" + account + "-token\",\"user\":\"" + account +
                     "\",\"rules\":[" + json_rules(yaml) + "]}]");
      return;
    }
    std::ofstream(dir_.path("yaml")) << yaml;
    kubectl("apply");
  }
  ~Rights() {
    if (Cluster::get().is_real()) kubectl("delete");
  }
  Rights(const Rights&) = delete;
  Rights& operator=(const Rights&) = delete;

  std::string flag() const {
    return Cluster::get().is_real() ? "--as=system:serviceaccount:default:" + account_
                                    : "--token=" + account_ + "-token";
  }

 private:
  void kubectl(const std::string& verb) const {
    const Ended ended =
        run_to_end(Command{.arguments = {"kubectl", "--kubeconfig=" + Cluster::get().kubeconfig(),
                                         verb, "-f", dir_.path("yaml")}});
    CHECK_MESSAGE(ended.code == 0, ended.err);
  }

  std::string account_;
  TempDir dir_;
};

std::size_t events_on(const std::string& election, const std::string& message) {
  // Not by a field selector, which not every server has for events.
  const HttpAnswer answer = Cluster::get().api().call("GET", "/api/v1/namespaces/default/events");
  REQUIRE_MESSAGE(answer.status == 200, answer.body);
  const Json list = parse_json(answer.body);
  REQUIRE_MESSAGE(list.HasMember("items"), answer.body);
  if (list["items"].IsNull()) return 0;  // as Go writes an empty list here and there
  std::size_t count = 0;
  for (const auto& event : list["items"].GetArray()) {
    if (text_at(event, "/involvedObject/name") != election) continue;
    CHECK(text_at(event, "/reason") == "LeaderElection");
    CHECK(text_at(event, "/involvedObject/kind") == "Lease");
    CHECK(text_at(event, "/involvedObject/uid") != "");
    if (text_at(event, "/message") == message) ++count;
  }
  return count;
}

CandidateOptions options_for(const ElectionName& election, const Rights& rights) {
  return {.kubeconfig = Cluster::get().kubeconfig(),
          .election = election.text(),
          .id = "a",
          .more = {"--namespace=default", rights.flag()}};
}

std::string rbac_of(const ElectionName& election) {
  return printed({"run", election.text(), "--namespace=default", "--print-rbac=" + election.text(),
                  "--kubeconfig=" + Cluster::get().kubeconfig()});
}

void check_whole_role() {
  const ElectionName election(Cluster::get().api(), "rbac");
  const Rights rights(election.text(), rbac_of(election));
  Candidate one(options_for(election, rights));
  REQUIRE_MESSAGE(one.says("a"), one.log());
  CHECK(eventually([&] { return events_on(election.text(), "a became leader") == 1; }));
  CHECK(eventually([&] {
    const auto record = Cluster::get().api().record(election.lease());
    return record->renew_time > record->acquire_time;
  }));
  CHECK(one.terminate() == 0);
  CHECK(Cluster::get().api().holder(election.lease()) == "");
  CHECK(eventually([&] { return events_on(election.text(), "a stopped leading") == 1; }));
  CHECK(one.count_logged("permi") == 0);
  CHECK_MESSAGE(one.count_logged("forbidden") == 0, one.log());
}

void check_without(std::size_t index) {
  const ElectionName election(Cluster::get().api(), "rbac");
  const std::string yaml = rbac_of(election);
  const Verb verb = verbs_in(yaml).at(index);
  CAPTURE(verb.name);
  CAPTURE(verb.resource);
  const Rights rights(election.text(), without(yaml, verb));
  Candidate one(options_for(election, rights));
  const std::string missing =
      "verb \"" + verb.name + "\" on resource \"" + verb.resource + "\" in API group \"";
  CHECK_MESSAGE(one.logs(missing), one.log());
  CHECK_MESSAGE(one.logs("--print-rbac"), one.log());
  CHECK_MESSAGE(one.logs("| kubectl apply -f -"), one.log());
  const bool leads = verb.resource != "leases" || verb.name == "watch" || verb.name == "update";
  if (leads) CHECK_MESSAGE(one.prints("a"), one.log());
  CHECK(one.count_logged("on resource") <= 2);  // the same is not said twice
}

}  // namespace

TEST_SUITE("--print-rbac") {
  TEST_CASE("what it prints for status suffices for a list of Leases, and the rest is named") {
    const ElectionName election(Cluster::get().api(), "rbacstatus");
    const Rights rights(election.text(),
                        printed({"status", "--namespace=default", "--print-rbac=" + election.text(),
                                 "--kubeconfig=" + Cluster::get().kubeconfig()}));
    const Ended ended = run_to_end(
        Command{.arguments = {elector_binary(), "status", "--namespace=default", rights.flag(),
                              "--kubeconfig=" + Cluster::get().kubeconfig()},
                .environment = clean_environment()});
    CHECK_MESSAGE(ended.code == 0, ended.err);
    CHECK(ended.err.find("elector status: skipped because a permission is missing: endpoints and "
                         "configmaps\n") == 0);
    CHECK(ended.err.find("print-rbac") == std::string::npos);
  }

  TEST_CASE("the advice after a 403 works when an administrator follows it to the letter") {
    const auto ask_as = [](const std::string& user, const std::string& election,
                           const std::string& yaml) {
      Words words{"status", election, "--lock=leases", "--namespace=default",
                  "--kubeconfig=" + Cluster::get().kubeconfig()};
      if (const ApiServer* server = Cluster::get().server()) {
        server->tokens("[{\"token\":\"advice-token\",\"user\":\"" + user + "\",\"rules\":[" +
                       (yaml.empty() ? "" : json_rules(yaml)) + "]}]");
        words.emplace_back("--token=advice-token");
      } else {
        words.push_back("--as=" + user);
      }
      return run_to_end(elector(words));
    };
    struct Row {
      const char* user;
      const char* subject;
    };
    for (const auto& [user, subject] : std::vector<Row>{
             {"jane", "- kind: User\n  name: \"jane\"\n  apiGroup: rbac.authorization.k8s.io\n"},
             {"oidc:https://id.example/a#7",
              "- kind: User\n  name: \"oidc:https://id.example/a#7\"\n"},
             {"Jane O'Doe", "- kind: User\n  name: \"Jane O'Doe\"\n"},
             {"system:serviceaccount:default:advised",
              "- kind: ServiceAccount\n  name: \"advised\"\n  namespace: \"default\"\n"}}) {
      const std::string name = user;
      CAPTURE(name);
      const ElectionName election(Cluster::get().api(), "advice");
      const Ended denied = ask_as(name, election.text(), "");
      CHECK(denied.code == 1);
      const std::string begin = "an administrator can grant all permissions that it uses: elector ";
      const std::size_t from = denied.err.find(begin);
      const std::size_t to = denied.err.find(" | kubectl apply -f -\n");
      REQUIRE_MESSAGE(to != std::string::npos, denied.err);
      REQUIRE(from < to);
      const std::size_t words = from + begin.size();
      const Ended advised = run_to_end(Command{
          .arguments = {"sh", "-c",
                        "exec " + elector_binary() + " " + denied.err.substr(words, to - words)},
          .environment = clean_environment()});
      CHECK_MESSAGE(advised.code == 0, advised.err);
      CHECK_MESSAGE(advised.out.find(subject) != std::string::npos, advised.out);
      const TempDir dir;
      std::ofstream(dir.path("yaml")) << advised.out;
      const auto kubectl = [&](const char* verb) {
        if (!Cluster::get().is_real()) return;
        const Ended ended = run_to_end(
            Command{.arguments = {"kubectl", "--kubeconfig=" + Cluster::get().kubeconfig(), verb,
                                  "-f", dir.path("yaml")}});
        CHECK_MESSAGE(ended.code == 0, ended.err);
      };
      kubectl("apply");
      CHECK(eventually([&] { return ask_as(name, election.text(), advised.out).code == 3; }));
      kubectl("delete");
    }
  }

  TEST_CASE("to a client without credentials it advises credentials, not a permission") {
    if (Cluster::get().is_real()) return;
    const ElectionName election(Cluster::get().api(), "anonymous");
    Cluster::get().server()->tokens(R"([{"token":"none","user":"system:anonymous","rules":[]}])");
    const Ended denied =
        run_to_end(elector({"status", election.text(), "--lock=leases", "--token=none",
                            "--kubeconfig=" + Cluster::get().kubeconfig()}));
    CHECK(denied.code == 1);
    CHECK_MESSAGE(
        denied.err.find("give a kubeconfig, --token, or a service account") != std::string::npos,
        denied.err);
    CHECK(denied.err.find("print-rbac") == std::string::npos);
  }

  TEST_CASE("it prints a ServiceAccount, a Role and a RoleBinding, without asking the API server") {
    const std::string yaml = printed({"run", "example", "-n", "apps", "--print-rbac"});
    CHECK(yaml ==
          "apiVersion: v1\nkind: ServiceAccount\n"
          "metadata:\n  name: \"elector\"\n  namespace: \"apps\"\n---\n"
          "apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\n"
          "metadata:\n  name: \"elector:run:example:elector\"\n  namespace: \"apps\"\nrules:\n"
          "- apiGroups: [\"coordination.k8s.io\"]\n  resources: [\"leases\"]\n"
          "  resourceNames: [\"example\"]\n  verbs: [\"get\", \"update\", \"watch\"]\n"
          "# create cannot be limited to a name\n"
          "- apiGroups: [\"coordination.k8s.io\"]\n  resources: [\"leases\"]\n"
          "  verbs: [\"create\"]\n"
          "# to check for a live election of this name on another kind of lock\n"
          "- apiGroups: [\"\"]\n  resources: [\"endpoints\"]\n"
          "  resourceNames: [\"example\"]\n  verbs: [\"get\"]\n"
          "# to check for a live election of this name on another kind of lock\n"
          "- apiGroups: [\"\"]\n  resources: [\"configmaps\"]\n"
          "  resourceNames: [\"example\"]\n  verbs: [\"get\"]\n"
          "# not needed with --events=false\n"
          "- apiGroups: [\"\"]\n  resources: [\"events\"]\n  verbs: [\"create\"]\n---\n"
          "apiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\n"
          "metadata:\n  name: \"elector:run:example:elector\"\n  namespace: \"apps\"\nroleRef:\n"
          "  apiGroup: rbac.authorization.k8s.io\n  kind: Role\n  name: "
          "\"elector:run:example:elector\"\n"
          "subjects:\n- kind: ServiceAccount\n  name: \"elector\"\n  namespace: \"apps\"\n");
  }

  TEST_CASE("a namespace's own account, default, is bound and not printed") {
    const std::string yaml = printed({"run", "example", "-n", "apps", "--print-rbac=default"});
    CHECK(yaml.starts_with("apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\n"));
    CHECK(yaml.find("kind: ServiceAccount\n  name: \"default\"\n  namespace: \"apps\"\n") !=
          std::string::npos);
  }

  TEST_CASE("it follows the flags, and exec's is run's") {
    const Words flags{"--election=example", "--lock=endpointsleases", "--events=false",
                      "--print-rbac=other:worker"};
    Words run{"run"};
    Words exec{"exec"};
    run.insert(run.end(), flags.begin(), flags.end());
    exec.insert(exec.end(), flags.begin(), flags.end());
    const std::string yaml = printed(run);
    // But for the name: one command's Role takes no right from another's.
    std::string of_exec = printed(exec);
    for (std::size_t at = 0; (at = of_exec.find("elector:exec:")) != std::string::npos;) {
      of_exec.replace(at, 13, "elector:run:");
    }
    CHECK(of_exec == yaml);
    CHECK(yaml.find("events") == std::string::npos);
    CHECK(yaml.find("configmaps") == std::string::npos);
    CHECK(yaml.find("[\"endpoints\"]") < yaml.find("[\"leases\"]"));
    CHECK(yaml.find("name: \"worker\"\n  namespace: \"other\"") != std::string::npos);
    CHECK(yaml.find("name: \"elector:run:example:other:worker\"\n  namespace: \"default\"") !=
          std::string::npos);
  }

  TEST_CASE("every command prints what it takes, a ClusterRole for all namespaces") {
    const std::string status = printed({"status", "--print-rbac", "-A", "--lock=leases"});
    CHECK(
        status.find("kind: ClusterRole\nmetadata:\n  name: \"elector:status:elector\"\nrules:\n") !=
        std::string::npos);
    CHECK(status.find("kind: ClusterRoleBinding\n") != std::string::npos);
    CHECK(status.find("  verbs: [\"list\"]\n") != std::string::npos);
    const std::string watch = printed({"watch", "example", "--print-rbac"});
    CHECK(watch.find("  resourceNames: [\"example\"]\n  verbs: [\"get\", \"watch\"]\n") !=
          std::string::npos);
    CHECK(watch.find("[\"configmaps\"]") != std::string::npos);
    const std::string resign = printed({"resign", "example", "--print-rbac"});
    CHECK(resign.find("  verbs: [\"get\", \"update\", \"watch\"]\n---\n") != std::string::npos);
  }

  TEST_CASE(
      "a candidate with exactly that Role works fully; without any one verb it names that verb") {
    const std::size_t verbs = verbs_in(printed({"run", "example", "--print-rbac"})).size();
    CHECK(verbs == 7);
    std::vector<std::function<void()>> scenarios{check_whole_role};
    for (std::size_t i = 0; i < verbs; ++i) scenarios.emplace_back([i] { check_without(i); });
    together(scenarios);
  }
}

TEST_SUITE("events") {
  TEST_CASE("--events=false records none, and a missing permission for events is not an error") {
    const ElectionName election(Cluster::get().api(), "events");
    Candidate quiet({.kubeconfig = Cluster::get().kubeconfig(),
                     .election = election.text(),
                     .id = "quiet",
                     .more = {"--events=false"}});
    REQUIRE(quiet.says("quiet"));
    CHECK(quiet.terminate() == 0);
    CHECK(events_on(election.text(), "quiet became leader") == 0);
    if (!Cluster::get().has_context("member")) return;
    Candidate member({.kubeconfig = Cluster::get().kubeconfig(),
                      .election = election.text(),
                      .id = "member",
                      .more = {"--context=member"}});
    REQUIRE(member.says("member"));
    CHECK(member.logs("verb \"create\" on resource \"events\""));
    CHECK(member.count_logged(" error ") == 0);
    CHECK(member.count_logged(" warn ") == 0);
    CHECK(member.terminate() == 0);
  }

  TEST_CASE("a refusal for another reason than RBAC is reported in the server's words alone") {
    const ApiServer server;
    const std::string quota = "exceeded quota: q, requested: count/x=1";
    const std::string refuse = R"("verbs":["POST"],"action":"status","code":403,"count":1,)"
                               R"("reason":"Forbidden","message":")" +
                               quota + "\"";
    server.fault(R"("resource":"leases",)" + refuse);
    server.fault(R"("resource":"events",)" + refuse);
    Candidate one({.kubeconfig = server.kubeconfig(),
                   .election = "example",
                   .id = "a",
                   .ttl = "2s",
                   .more = {"--lock=leases", "-v"}});
    REQUIRE_MESSAGE(one.says("a"), one.log());
    CHECK(one.logs(quota));
    CHECK(one.logs("cannot record an event: " + quota));
    CHECK(one.terminate() == 0);
    CHECK_MESSAGE(one.count_logged("permi") == 0, one.log());
    // The next event is recorded: that it stopped leading.
    CHECK(eventually([&] { return server.requests("events", "POST") == 2; }));
  }
}

}  // namespace elector::tests
