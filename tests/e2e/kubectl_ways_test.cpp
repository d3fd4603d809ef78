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
    CHECK(contains(ran.err, "nothing names a namespace"));
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
      // While the command runs, elector goes on watching.
      rewrite(election.lease(), {.holder = "b", .transitions = 2});
      CHECK(watching.wait_for_line(Process::Stream::kOut, containing("b")));
      watching.signal(SIGTERM);
      CHECK(watching.wait_exit());
    }
  }

  TEST_CASE("a credential plugin asks the person at the terminal, who takes their time") {
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

  TEST_CASE("a plugin that has to ask is one clear line where nobody can be asked") {
    const TempDir dir;
    const std::string config = config_for(dir, "https://127.0.0.1:1", asking_plugin(dir, "Always"));
    const Ran ran = run_elector(config, {"status", "example"});
    CHECK(ran.exit_code != 0);
    CHECK(count(ran.err, "\n") == 1);
    CHECK(contains(ran.err,
                   "interactiveMode is Always, so the plugin has to ask a person, but "
                   "standard input is not a terminal"));
    const Ran if_available =
        run_elector(config_for(dir, "https://127.0.0.1:1", asking_plugin(dir, "IfAvailable")),
                    {"status", "example"});
    CHECK(contains(if_available.err, "cannot ask"));
  }
}

}  // namespace elector::tests
