// SPDX-License-Identifier: Apache-2.0
// What a user of kubectl expects besides elections: warnings, requests at -v, the Audit-ID, plugins
// that ask a person; and that nothing of it shows a secret.
#include <doctest/doctest.h>
#include <sys/syscall.h>

#include <atomic>
#include <cerrno>
#include <filesystem>
#include <string>
#include <vector>

#include "tests/support/candidate.h"
#include "tests/support/cluster.h"
#include "tests/support/observer.h"
#include "tests/support/raw_server.h"
#include "tests/support/skipped.h"
#include "tests/support/temp_dir.h"
#include "tests/support/terminal.h"

namespace elector::tests {
namespace {

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) {
    ++found;
  }
  return found;
}

// A server that forbids everything, with these headers.
RawServer::Script forbidding(const std::string& headers) {
  return [headers](RawServer::Peer& peer) {
    while (!peer.request().empty()) {
      peer.answer(403,
                  R"({"kind":"Status","apiVersion":"v1","reason":"Forbidden","code":403,)"
                  R"("message":"User \"u\" cannot get resource \"leases\" in API group"})",
                  headers);
    }
  };
}

// As Kubernetes 1.33 and later do.
bool warns_of_endpoints(const Api& api) {
  return api.call("GET", "/api/v1/namespaces/default/endpoints?limit=1")
      .headers.contains("warning");
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : " ") + word;
  return text;
}

std::string config_for(const TempDir& dir, const std::string& server, const std::string& user) {
  return dir.write("kubeconfig",
                   "apiVersion: v1\nkind: Config\ncurrent-context: c\n"
                   "contexts: [{name: c, context: {cluster: k, user: u}}]\n"
                   "users: [{name: u, user: {" +
                       user + "}}]\nclusters: [{name: k, cluster: {server: '" + server +
                       "', insecure-skip-tls-verify: true}}]\n");
}

// A plugin that asks at its standard error and reads the token from its standard input.
std::string asking_plugin(const TempDir& dir, const std::string& mode) {
  const std::string plugin = dir.script(
      "ask",
      "case \"$KUBERNETES_EXEC_INFO\" in *'\"interactive\":true'*) ;;\n"
      "*) echo 'cannot ask' >&2; exit 1;; esac\n"
      "printf 'token, please: ' >&2\nread -r token\n"
      "echo '{\"kind\":\"ExecCredential\",\"apiVersion\":\"client.authentication.k8s.io/v1\","
      "\"status\":{\"token\":\"'\"$token\"'\"}}'");
  return "exec: {apiVersion: client.authentication.k8s.io/v1, interactiveMode: " + mode +
         ", command: '" + plugin + "'}";
}

}  // namespace

TEST_SUITE("as with kubectl") {
  TEST_CASE("a warning of the API server is shown once, the Audit-ID with each refusal") {
    const RawServer server(
        forbidding("Warning: 299 - \"old \\\"kind\\\"\", 299 - \"and more\" \"date\"\r\n"
                   "Warning: 199 - \"not this\"\r\nAudit-ID: 0f6c-1\r\n"));
    const TempDir dir;
    const std::string config = config_for(dir, server.url(), "");
    const Ran ran = run_elector(config, {"status", "example"});
    CAPTURE(ran.err);
    CHECK(ran.exit_code != 0);
    CHECK(count(ran.err, "warn the API server warns: old \"kind\"") == 1);
    CHECK(count(ran.err, "warn the API server warns: and more") == 1);
    CHECK(count(ran.err, "not this") == 0);
    CHECK(count(ran.err, "(Audit-ID 0f6c-1)") > 0);
    CHECK(count(ran.err, " request ") == 0);
  }

  TEST_CASE(
      "the API server's warning about Endpoints is logged where the command line asks for that "
      "kind, "
      "and is for debugging where elector looks at it on its own account") {
    const Api& api = Cluster::get().api();
    if (!warns_of_endpoints(api)) {
      skipped_by_server("the deprecation of Endpoints");
      return;
    }
    const std::string warning = "the API server warns: v1 Endpoints is deprecated";
    using Arguments = std::vector<std::string>;
    const ElectionName election(api, "deprecated");
    const ElectionName old(api, "deprecated-old");  // held on Endpoints alone
    write(election.lease(), {.holder = "someone"});
    write(old.endpoints(), {.holder = "someone"});
    const std::string name = election.text();
    struct Row {
      Arguments line;
      bool reads_endpoints = true;  // without --lock
    };
    const std::vector<Row> table{
        {{"status"}},
        {{"status", "-A"}},
        {{"status", name}, false},
        {{"status", old.text()}},
        {{"status", "--print-rbac"}, false},
        {{"watch", name, "--for=leader", "--timeout=0"}},
        {{"watch", old.text(), "--for=leader", "--timeout=0"}},
        {{"watch", name, "--for=vacancy", "--timeout=0"}},
        {{"watch", "--print-rbac"}, false},
        {{"resign", name, "--id=another"}, false},
        {{"resign", old.text(), "--id=another"}},
        {{"resign", "--print-rbac", name}, false},
        {{"run", "--print-rbac", "--election=" + name}, false},
        {{"exec", "--election=" + name + "-x", "--wait=0", "--", "true"}},
        {{"exec", "--print-rbac", "--election=" + name, "--", "true"}, false},
    };
    for (const Row& row : table) {
      const std::string line_text = joined(row.line);
      CAPTURE(line_text);
      const auto run_with = [&](const Arguments& more) {
        Arguments line = row.line;
        line.insert(line.begin() + 1, more.begin(), more.end());
        return run_elector(Cluster::get().kubeconfig(), line).err;
      };
      const bool asks = !contains(line_text, "--print-rbac");
      const std::string plain = run_with({});
      CHECK_MESSAGE(count(plain, warning) == 0, plain);
      const std::string debugged = run_with({"-v"});
      CHECK_MESSAGE(count(debugged, "debug " + warning) == (row.reads_endpoints ? 1 : 0), debugged);
      CHECK_MESSAGE(count(debugged, "warn " + warning) == 0, debugged);
      const std::string chosen = run_with({"--lock=endpoints"});
      CHECK_MESSAGE(count(chosen, "warn " + warning) == (asks ? 1 : 0), chosen);
      const std::string other = run_with({"--lock=leases"});
      CHECK_MESSAGE(count(other, warning) == 0, other);
    }
  }

  TEST_CASE("a candidate logs the warning about Endpoints where that is its lock, and then once") {
    const Api& api = Cluster::get().api();
    if (!warns_of_endpoints(api)) {
      skipped_by_server("the deprecation of Endpoints");
      return;
    }
    const std::string warning = "warn the API server warns: v1 Endpoints is deprecated";
    for (const std::string lock : {"", "leases", "configmaps", "endpoints", "endpointsleases"}) {
      CAPTURE(lock);
      const ElectionName election(api, "deprecated");
      CandidateOptions options{.kubeconfig = Cluster::get().kubeconfig(),
                               .election = election.text(),
                               .id = "a",
                               .more = {"-v"}};
      if (!lock.empty()) options.more.push_back("--lock=" + lock);
      Candidate candidate(options);
      REQUIRE_MESSAGE(candidate.says("a"), candidate.log());
      // It looks at the other kinds before it stands, and at its own with each write.
      CHECK(candidate.logs("endpoints"));
      CHECK(candidate.terminate() == 0);
      CHECK_MESSAGE(candidate.count_logged(warning) == (lock.starts_with("endpoints") ? 1 : 0),
                    candidate.log());
    }
  }

  TEST_CASE("an Audit-ID that is different each time makes no refusal a new one") {
    std::atomic<int> number{0};
    const RawServer server([&](RawServer::Peer& peer) {
      while (!peer.request().empty()) {
        peer.answer(500, R"({"kind":"Status","reason":"InternalError","message":"broken"})",
                    "Audit-ID: id-" + std::to_string(++number) + "\r\n");
      }
    });
    const TempDir dir;
    Candidate candidate({.kubeconfig = config_for(dir, server.url(), ""),
                         .election = "example",
                         .id = "a",
                         .more = {"--retry-period=200ms", "--events=false"}});
    CHECK(eventually([&] { return server.connections() > 0 && number > 20; }));
    CHECK_MESSAGE(candidate.count_logged("broken (Audit-ID id-") <= 4, candidate.log());
    CHECK(candidate.terminate() == 0);
  }

  TEST_CASE("-v shows each request, without any secret") {
    const RawServer server(forbidding(""));
    const TempDir dir;
    const Ran ran = run_elector(config_for(dir, server.url(), ""),
                                {"status", "example", "-v", "--as=someone", "--log-format=text"});
    CAPTURE(ran.err);
    CHECK(contains(ran.err, "debug request method=GET url=" + server.url() +
                                "/apis/coordination.k8s.io/v1/namespaces/default/leases/example"));
    CHECK(contains(ran.err, " status=403 ms="));
    CHECK(contains(ran.err, "no namespace is given"));
    const Ran away = run_elector(config_for(dir, "http://127.0.0.1:1", ""), {"status", "x", "-v"});
    CHECK(contains(away.err, " status=0 ms="));
  }

  TEST_CASE("SSLKEYLOGFILE gets nothing, and what elector starts still has it") {
    if (Cluster::get().is_real()) return;
    const ElectionName election(Cluster::get().api(), "keylog");
    const TempDir dir;
    const std::string log = dir.path("keys");
    const Ran ran = run_elector(
        Cluster::get().kubeconfig(),
        {"exec", "--election=" + election.text(), "--", "sh", "-c", "echo $SSLKEYLOGFILE"},
        {{"SSLKEYLOGFILE", log}});
    CHECK(ran.exit_code == 0);
    CHECK(ran.out == log + "\n");
    CHECK_FALSE(std::filesystem::exists(log));
  }

  TEST_CASE(
      "the command of watch --exec is waited for where pidfds are refused, and hinders none") {
    for (const int error : {EPERM, ENOSYS}) {
      const ElectionName election(Cluster::get().api(), "sandbox");
      const TempDir dir;
      write(election.lease(), {.holder = "a"});
      Command command{.arguments = {elector_binary(), "watch", election.text(),
                                    "--kubeconfig=" + Cluster::get().kubeconfig(),
                                    "--exec=echo $LEADER_IDENTITY >> " + dir.path("log") +
                                        "; test -e " + dir.path("go") + " || sleep 600"},
                      .environment = clean_environment()};
      command.denied = {{.call = SYS_pidfd_open, .error = error}};
      Process watching(command);
      const auto seen = [&] {
        return std::filesystem::exists(dir.path("log")) ? dir.read("log") : std::string();
      };
      CHECK(eventually([&] { return seen() == "a\n"; }));
      // While the command runs, elector keeps watching.
      rewrite(election.lease(), {.holder = "b", .transitions = 2});
      CHECK(watching.wait_for_line(Process::Stream::kOut, containing("b")));
      watching.signal(SIGTERM);
      CHECK(watching.wait_exit());
    }
  }

  TEST_CASE("a credential plugin asks the user at the terminal, who may be slow") {
    if (Cluster::get().is_real()) return;  // of a real server there is no token to type
    const std::string server =
        "https://127.0.0.1:" + std::to_string(Cluster::get().server()->port());
    for (const std::string mode : {"IfAvailable", "Always"}) {
      const TempDir dir;
      const std::string config = config_for(dir, server, asking_plugin(dir, mode));
      const std::string line =
          elector_binary() + " status --request-timeout=300ms --kubeconfig=" + config;
      Terminal terminal(line + "; echo code=$?");
      REQUIRE(terminal.shows("token, please: "));
      CHECK(throughout(Milliseconds(1000), [&] { return terminal.process().running(); }));
      terminal.type("admin-token\n");
      CHECK_MESSAGE(terminal.shows("code=0"), terminal.screen());
    }
  }

  TEST_CASE("a plugin that needs input fails with one clear line where there is no terminal") {
    const TempDir dir;
    const std::string config = config_for(dir, "https://127.0.0.1:1", asking_plugin(dir, "Always"));
    const Ran ran = run_elector(config, {"status", "example"});
    CHECK(ran.exit_code != 0);
    CHECK(count(ran.err, "\n") == 1);
    CHECK(contains(ran.err,
                   "interactiveMode is Always, so the plugin needs a terminal, but standard input "
                   "is not a terminal"));
    const Ran if_available =
        run_elector(config_for(dir, "https://127.0.0.1:1", asking_plugin(dir, "IfAvailable")),
                    {"status", "example"});
    CHECK(contains(if_available.err, "cannot ask"));
  }
}

}  // namespace elector::tests
