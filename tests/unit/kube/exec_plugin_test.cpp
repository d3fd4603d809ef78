// SPDX-License-Identifier: Apache-2.0
#include "kube/auth/exec_plugin.h"

#include <doctest/doctest.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "kube/base/json_text.h"
#include "tests/support/contains.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/kube/client_fixture.h"
#include "tests/unit/kube/test_certificate.h"

using namespace std::chrono_literals;
using elector::Error;
using elector::Expected;
using elector::kube::ExecCredential;
using elector::kube::ExecPlugin;
using elector::kube::parse_exec_credential;
using elector::kube::PluginRun;
using elector::kube::Poller;
using elector::tests::make_certificate;
using elector::tests::run_until;
using elector::tests::TempDir;
namespace json = elector::kube::json;

namespace {

constexpr const char* kV1 = "client.authentication.k8s.io/v1";

ExecPlugin plugin_of(const std::string& command) {
  ExecPlugin plugin;
  plugin.origin = "config: user \"u\"";
  plugin.command = command;
  plugin.api_version = kV1;
  return plugin;
}

std::string answer(const std::string& status) {
  return std::string(R"({"kind":"ExecCredential","apiVersion":")") + kV1 +
         R"(","spec":{},"status":)" + status + "}";
}

// One for all tests: what a run leaves to reap is reaped by the next one.
Poller& poller() {
  static const std::unique_ptr<Poller> instance = [] {
    auto created = Poller::create();
    REQUIRE(created);
    return std::move(*created);
  }();
  return *instance;
}

Expected<ExecCredential> run(const ExecPlugin& plugin, std::chrono::milliseconds limit = 60s) {
  std::optional<Expected<ExecCredential>> result;
  PluginRun plugin_run(poller(), plugin, limit, [&](const Expected<ExecCredential>& credential) {
    CHECK_FALSE(result);
    result = credential;
  });
  CHECK_FALSE(result);  // never from the constructor
  REQUIRE(run_until(
      poller(), [&] { return result.has_value(); }, 120s));
  return *result;
}

std::string run_and_fail(const ExecPlugin& plugin, std::chrono::milliseconds limit = 60s) {
  const auto result = run(plugin, limit);
  REQUIRE_FALSE(result);
  CHECK(result.error().kind == Error::Kind::kCredentials);
  CHECK(result.error().message.find("config: user \"u\": the credential plugin \"") == 0);
  CHECK(result.error().message.find('\n') == std::string::npos);
  return result.error().message;
}

// Waits until no process of that process group is left, zombies included.
bool group_ends(pid_t group) {
  for (int i = 0; i < 3000; ++i) {
    if (kill(-group, 0) != 0) return true;
    poller().wait(10ms);
  }
  return false;
}

// The last 31 signals of a mask in /proc's hexadecimal; those above are the C library's own
// business.
unsigned long classic_signals(const std::string& status, const std::string& field) {
  const auto at = status.find(field + ":\t");
  REQUIRE(at != std::string::npos);
  return std::stoul(status.substr(at + field.size() + 2, 16), nullptr, 16) & 0x7fffffffUL;
}

}  // namespace

TEST_CASE("a plugin's token and its expiry are read") {
  TempDir dir;
  const auto result = run(plugin_of(dir.script(
      "plugin",
      "echo '" + answer(R"({"token":"t0k3n","expirationTimestamp":"2030-01-02T03:04:05-01:00"})") +
          "'")));
  REQUIRE(result);
  CHECK(result->token == "t0k3n");
  REQUIRE(result->expires);
  CHECK(*result->expires ==
        std::chrono::sys_days(std::chrono::year(2030) / 1 / 2) + 4h + 4min + 5s);
}

TEST_CASE(
    "a plugin gets its arguments, its environment and KUBERNETES_EXEC_INFO, and no "
    "terminal") {
  TempDir dir;
  setenv("ELECTOR_TOKEN", "not for plugins", 1);
  setenv("ELECTOR_TEST_OURS", "kept", 1);
  setenv("ELECTOR_TEST_BOTH", "ours", 1);
  ExecPlugin plugin =
      plugin_of(dir.script("plugin", "cd " + dir.path() +
                                         "\nprintf '%s|' \"$@\" > args\nenv > env\nprintf %s "
                                         "\"$KUBERNETES_EXEC_INFO\" > info\ncat > stdin\necho '" +
                                         answer(R"({"token":"t"})") + "'"));
  plugin.args = {"a b", "", "c"};
  plugin.env = {{"ELECTOR_TEST_BOTH", "theirs"}, {"ELECTOR_TEST_NEW", "x=y"}};
  plugin.cluster_json = R"({"server":"https://c"})";
  REQUIRE(run(plugin));
  unsetenv("ELECTOR_TOKEN");
  CHECK(dir.read("args") == "a b||c|");
  const std::string env = dir.read("env");
  CHECK_CONTAINS(env, "ELECTOR_TEST_OURS=kept");
  CHECK_CONTAINS(env, "ELECTOR_TEST_BOTH=theirs");
  CHECK_CONTAINS(env, "ELECTOR_TEST_NEW=x=y");
  CHECK(env.find("ELECTOR_TOKEN") == std::string::npos);
  CHECK(dir.read("stdin").empty());
  const std::string info = dir.read("info");
  CHECK_FALSE(json::check(info));
  CHECK(json::string_at(info, {"kind"}) == "ExecCredential");
  CHECK(json::string_at(info, {"apiVersion"}) == kV1);
  CHECK(json::string_at(info, {"spec", "cluster", "server"}) == "https://c");
  CHECK(json::to_bool(*json::find(*json::find(info, "spec"), "interactive")) == false);
}

TEST_CASE(
    "a plugin starts with no signal blocked, ignores none because elector does, and leads a "
    "process group") {
  TempDir dir;
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  sigprocmask(SIG_BLOCK, &all, &before);
  const auto old_pipe = signal(SIGPIPE, SIG_IGN);
  const auto old_file = signal(SIGXFSZ, SIG_IGN);
  const auto result = run(
      plugin_of(dir.script("plugin", "cd " + dir.path() +
                                         "\ngrep -E 'Sig(Blk|Ign)' /proc/self/status > signals\n"
                                         "cut -d' ' -f1,5 /proc/$$/stat > ids\necho '" +
                                         answer(R"({"token":"t"})") + "'")));
  sigprocmask(SIG_SETMASK, &before, nullptr);
  signal(SIGPIPE, old_pipe);
  signal(SIGXFSZ, old_file);
  REQUIRE(result);
  const std::string signals = dir.read("signals");
  CHECK(classic_signals(signals, "SigBlk") == 0);
  const unsigned long ignored = classic_signals(signals, "SigIgn");
  CHECK((ignored & (1UL << (SIGPIPE - 1U))) == 0);
  CHECK((ignored & (1UL << (SIGXFSZ - 1U))) == 0);
  const std::string ids = dir.read("ids");
  const std::string pid = ids.substr(0, ids.find(' '));
  CHECK(ids == pid + " " + pid + "\n");
}

TEST_CASE("a plugin inherits none of elector's epoll, timer or pidfd descriptors") {
  TempDir dir;
  REQUIRE(run(plugin_of(dir.script("plugin", "ls -l /proc/self/fd > " + dir.path("fds") +
                                                 "\necho '" + answer(R"({"token":"t"})") + "'"))));
  const std::string descriptors = dir.read("fds");
  CHECK_CONTAINS(descriptors, "/dev/null");
  CHECK(descriptors.find("anon_inode:") == std::string::npos);
}

TEST_CASE("a plugin that does not exist is named with its install hint") {
  ExecPlugin plugin = plugin_of("elector-no-such-plugin");
  CHECK_CONTAINS(run_and_fail(plugin), "\"elector-no-such-plugin\" was not found; install it");
  plugin.install_hint = "To install it:\n\n  \x1b[1mbrew\x1b[0m install it\n";
  const std::string message = run_and_fail(plugin);
  CHECK_CONTAINS(message, "was not found: To install it: [1mbrew");
  CHECK(message.find('\x1b') == std::string::npos);
}

TEST_CASE("a plugin that cannot be executed is reported as such") {
  TempDir dir;
  CHECK_CONTAINS(run_and_fail(plugin_of(dir.write("plain", "text"))), "permission denied");
  CHECK_CONTAINS(run_and_fail(plugin_of(dir.path())), "permission denied");
}

TEST_CASE("a plugin that fails is quoted from its stderr, in one line, the end of it") {
  TempDir dir;
  std::string message = run_and_fail(
      plugin_of(dir.script("plugin",
                           "echo 'secret on stdout'; echo 'cannot log in:' >&2; printf "
                           "'\\tuse \\033[1mlogin\\033[0m\\n' >&2; exit 3")));
  CHECK_CONTAINS(message, "failed with exit code 3: cannot log in: use [1mlogin");
  CHECK(message.find("secret") == std::string::npos);
  message = run_and_fail(plugin_of(dir.script("long",
                                              "i=0; while [ $i -lt 5000 ]; do echo filler >&2; "
                                              "i=$((i+1)); done; echo END >&2; exit 1")));
  CHECK(message.size() < 500);
  CHECK(message.substr(message.size() - 3) == "END");
  CHECK_CONTAINS(run_and_fail(plugin_of(dir.script("killed", "kill -9 $$"))),
                 "was killed by SIGKILL");
}

TEST_CASE("a plugin that hangs is stopped with everything that it started") {
  TempDir dir;
  const std::string message = run_and_fail(
      plugin_of(dir.script("plugin", "echo $$ > " + dir.path("pid") +
                                         "\necho waiting >&2\nsleep 1000 &\nsleep 1000")),
      500ms);
  CHECK_CONTAINS(message, "did not finish within 500ms and was stopped");
  if (const std::string pid = dir.read("pid"); !pid.empty()) CHECK(group_ends(std::stoi(pid)));
}

TEST_CASE("a plugin that prints without end is stopped") {
  TempDir dir;
  CHECK_CONTAINS(run_and_fail(plugin_of(dir.script("plugin", "exec cat /dev/zero"))),
                 "printed more than 1 MiB");
  CHECK_CONTAINS(run_and_fail(plugin_of(dir.script("noise", "exec cat /dev/zero >&2")), 500ms),
                 "did not finish");
}

TEST_CASE(
    "a plugin is done when it exits, though what it left running keeps its output "
    "open") {
  TempDir dir;
  const auto result =
      run(plugin_of(dir.script("plugin", "sleep 1000 &\necho $! > " + dir.path("pid") + "\necho '" +
                                             answer(R"({"token":"t"})") + "'")));
  REQUIRE(result);
  CHECK(result->token == "t");
  kill(std::stoi(dir.read("pid")), SIGKILL);
}

TEST_CASE("an answer larger than a pipe is read whole") {
  TempDir dir;
  const std::string token(300000, 'x');
  dir.write("answer", answer("{\"token\":\"" + token + "\"}"));
  const auto result = run(plugin_of(dir.script("plugin", "cat " + dir.path("answer"))));
  REQUIRE(result);
  CHECK(result->token == token);
}

TEST_CASE("a run that is dropped takes its plugin with it and does not call back") {
  TempDir dir;
  const auto plugin =
      plugin_of(dir.script("plugin", "echo $$ > " + dir.path("pid") + "\nsleep 1000"));
  auto run = std::make_unique<PluginRun>(poller(), plugin, 60s,
                                         [](const Expected<ExecCredential>&) { CHECK(false); });
  REQUIRE(run_until(poller(), [&] { return dir.read("pid").find('\n') != std::string::npos; }));
  const pid_t pid = std::stoi(dir.read("pid"));
  run.reset();
  CHECK(group_ends(pid));
}

TEST_CASE("a callback may drop the run that called it") {
  TempDir dir;
  std::unique_ptr<PluginRun> run;
  bool called = false;
  run = std::make_unique<PluginRun>(poller(), plugin_of(dir.script("plugin", "exit 1")), 60s,
                                    [&](const Expected<ExecCredential>&) {
                                      run.reset();
                                      called = true;
                                    });
  REQUIRE(run_until(poller(), [&] { return called; }));
}

TEST_CASE("an unusable ExecCredential is refused, without quoting what was printed") {
  const auto pair = make_certificate("me");
  const auto quoted = [](const std::string& text) { return json::quote(text); };
  const std::vector<std::pair<std::string, std::string>> cases{
      {"", "printed nothing"},
      {" \n", "printed nothing"},
      {"SECRET", "that is not JSON"},
      {answer(R"({"token":"SECRET"})") + "x", "that is not JSON"},
      {std::string(5000, '['), "that is not JSON"},
      {"[]", "that is not an ExecCredential"},
      {R"({"kind":"Secret"})", "that is not an ExecCredential"},
      {R"({"kind":"ExecCredential","status":{"token":"SECRET"}})",
       "apiVersion (missing or unknown)"},
      {R"({"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1beta1"})",
       "answered with apiVersion client.authentication.k8s.io/v1beta1, but the "
       "kubeconfig says"},
      {answer("null"), "without a status"},
      {answer("[]"), "without a status"},
      {answer("{}"), "neither a token nor a client certificate"},
      {answer(R"({"token":7})"), "a status.token that is not a string"},
      {answer(R"({"token":"SECRET\r\nX: y"})"), "white space or a control character"},
      {answer(R"({"token":"t","expirationTimestamp":"soon"})"), "not an RFC 3339 time"},
      {answer(R"({"token":"t","expirationTimestamp":12})"),
       "expirationTimestamp that is not a string"},
      {answer(R"({"clientCertificateData":"x"})"), "only one of"},
      {answer(R"({"clientCertificateData":"SECRET","clientKeyData":"SECRET"})"),
       "clientCertificateData that holds no PEM"},
      {answer(R"({"clientCertificateData":)" + quoted(pair.certificate) +
              R"(,"clientKeyData":"SECRET"})"),
       "clientKeyData that holds no PEM"},
  };
  for (const auto& row : cases) {
    const std::string& output = row.first;
    const std::string& expected = row.second;
    CAPTURE(output);
    const auto result = parse_exec_credential(output, plugin_of("p"));
    REQUIRE_FALSE(result);
    CHECK_CONTAINS(result.error().message, expected);
    CHECK(result.error().message.find("SECRET") == std::string::npos);
  }
}

TEST_CASE("a certificate from a plugin is taken with its key") {
  const auto pair = make_certificate("me");
  const auto result =
      parse_exec_credential(answer(R"({"clientCertificateData":)" + json::quote(pair.certificate) +
                                   R"(,"clientKeyData":)" + json::quote(pair.key) + "}"),
                            plugin_of("p"));
  REQUIRE(result);
  CHECK(result->client_certificate == pair.certificate);
  CHECK(result->client_key == pair.key);
  CHECK_FALSE(result->expires);
}
