// SPDX-License-Identifier: Apache-2.0
// elector without its guard: it ends what the guard left behind, and nothing else.
#include <doctest/doctest.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <string>

#include "tests/support/api_server.h"
#include "tests/system/e2e/exec_fixture.h"
#include "tests/system/e2e/namespace_fixture.h"

namespace elector::tests {
namespace {

// Tokens that live for three seconds, from a plugin that takes its time and notes each of its ends.
std::string kubeconfig_with_plugin(const ApiServer& server, const std::string& ends) {
  const std::string script = "sleep 0.6; echo >> " + ends +
                             R"(; echo "{\"apiVersion\":\"client.authentication.k8s.io/v1\",)"
                             R"(\"kind\":\"ExecCredential\",\"status\":{\"token\":\"admin-token\",)"
                             R"(\"expirationTimestamp\":\"$(date -u -d '+3 seconds' +%FT%TZ)\"}}")";
  return "apiVersion: v1\nkind: Config\ncurrent-context: c\n"
         "contexts: [{name: c, context: {cluster: k, user: u}}]\n"
         "users:\n- name: u\n  user:\n    exec:\n      interactiveMode: Never\n"
         "      apiVersion: client.authentication.k8s.io/v1\n      command: sh\n"
         "      args:\n      - -c\n      - |\n        " +
         script +
         "\nclusters: [{name: k, cluster: {insecure-skip-tls-verify: true, "
         "server: 'https://127.0.0.1:" +
         std::to_string(server.port()) + "'}}]\n";
}

}  // namespace

TEST_SUITE("elector exec: the guard lost") {
  TEST_CASE("the children that elector had before are left alone, and not waited for") {
    const ElectionName election(Cluster::get().api(), "earlier");
    const TempDir dir;
    const Beats beats(dir.path("beats"));
    Command command = exec_command(
        {.election = election.text(), .command = beats.command("a", {"ignore", "daemon"})});
    command.arguments.insert(
        command.arguments.begin(),
        {"sh", "-c", "(sleep 1000; true) >/dev/null 2>&1 & exec \"$@\"", "sh"});
    command.leave_behind = true;
    Contender one(command);
    REQUIRE_MESSAGE(beats.has_processes("a", 2), one.log());
    const pid_t sleep = process_below(one.pid(), "sleep");
    ::kill(one.guard(), SIGKILL);
    CHECK_MESSAGE(one.process().wait_exit() == 125, one.log());
    CHECK(beats.alive("a").empty());
    CHECK(process_name(sleep) == "sleep");
    ::kill(-one.pid(), SIGKILL);
  }

  TEST_CASE("while a process cannot be killed that is logged, and credential plugins still run" *
            doctest::skip(::geteuid() != 0 || !have_command("setpriv"))) {
    ApiServer server;
    const ElectionName election(server.api(), "plugin");
    const SharedFiles shared;
    const Beats beats(shared.path("beats"));
    const std::string ends = shared.path("ends");
    ExecSetup setup{.election = election.text(),
                    .more = {"--grace=100ms"},
                    .command = beats.command("a", {"root"}),
                    .kubeconfig = shared.write("plugin", kubeconfig_with_plugin(server, ends))};
    setup.command[0] = shared.path("root-beat");
    Command command = shared.exec_command(setup);
    command.arguments.insert(command.arguments.begin(), {"setpriv", "--reuid", kOtherUser,
                                                         "--regid", kOtherUser, "--clear-groups"});
    Contender one(command);
    REQUIRE_MESSAGE(beats.begins("a"), one.log());
    const pid_t child = beats.all().front().pid;
    ::kill(one.guard(), SIGKILL);
    CHECK_MESSAGE(
        one.logs("process " + std::to_string(child) + " cannot be killed (it belongs to another"),
        one.log());
    const auto plugin_ends = [&] {
      const std::string text = shared.read("ends");
      return std::count(text.begin(), text.end(), '\n');
    };
    const auto before = plugin_ends();
    CHECK_MESSAGE(eventually([&] { return plugin_ends() >= before + 2; }), one.log());
    const std::string renewed = server.api().record(election.lease())->renew_time;
    CHECK(eventually([&] { return server.api().record(election.lease())->renew_time != renewed; }));
    CHECK(server.api().holder(election.lease()) == "a");
    ::kill(child, SIGKILL);
    CHECK_MESSAGE(one.process().wait_exit() == 125, one.log());
    CHECK(server.api().holder(election.lease()) == "");
  }
}

}  // namespace elector::tests
