// SPDX-License-Identifier: Apache-2.0
// In a pod: the service account's token, CA and namespace, at the place where every pod has them.
// That place is the same for the whole machine, so the program runs in a separate mount namespace.
#include <doctest/doctest.h>
#include <unistd.h>

#include <csignal>

#include "tests/support/temp_dir.h"
#include "tests/system/e2e/lone_server.h"

namespace elector::tests {
namespace {

bool can_unshare() {
  if (::geteuid() != 0) return false;
  Process probe(Command{.arguments = {"unshare", "-m", "sh", "-c", "mount -t tmpfs none /mnt"}});
  return probe.wait_exit() == 0;
}

// elector with that directory as the pod's service account.
Command in_pod(const ApiServer& server, const TempDir& account, std::vector<std::string> words) {
  const std::string script =
      "mount -t tmpfs none /run && mkdir -p /run/secrets/kubernetes.io && "
      "ln -s \"$1\" /run/secrets/kubernetes.io/serviceaccount && shift && exec \"$@\"";
  Command command{
      .arguments = {"unshare", "-m", "sh", "-c", script, "pod", account.path(), elector_binary()},
      .environment = clean_environment()};
  command.arguments.insert(command.arguments.end(), words.begin(), words.end());
  command.environment["KUBERNETES_SERVICE_HOST"] = "127.0.0.1";
  command.environment["KUBERNETES_SERVICE_PORT"] = std::to_string(server.port());
  return command;
}

}  // namespace

TEST_SUITE("in a pod (needs root, for a mount namespace)" * doctest::skip(!can_unshare())) {
  TEST_CASE(
      "the service account suffices, its namespace is the election's, and its token may rotate") {
    const ApiServer server;
    const TempDir account;
    const std::string user =
        R"("user":"system:serviceaccount:web:default","rules":[{"apiGroups":["*"],)"
        R"("resources":["leases"],"verbs":["get","create","update","watch"],)"
        R"("namespaces":["web"]}])";
    server.tokens(R"([{"token":"first",)" + user + "}]");
    account.write("ca.crt", server.file("ca.crt"));
    account.write("namespace", "web");
    account.write("token", "first");
    const ObjectName lease{.resource = "leases", .name = "example", .name_space = "web"};
    Process process(in_pod(server, account, {"run", "--election=example", "--id=pod", "--ttl=6s"}));
    REQUIRE_MESSAGE(process.wait_for_line(Process::Stream::kOut, equal_to("pod is the leader")),
                    process.text(Process::Stream::kErr));
    CHECK(server.api().holder(lease) == "pod");
    server.tokens(R"([{"token":"second",)" + user + "}]");
    account.write("token", "second");
    server.tokens(R"([{"token":"first","revoke":true}])");
    CHECK_MESSAGE(renews(server, lease, "pod"), process.text(Process::Stream::kErr));
    process.signal(SIGTERM);
    CHECK(process.wait_exit() == 0);
    CHECK(process.text(Process::Stream::kOut).starts_with("pod is the leader\n"));
  }

  TEST_CASE("the command line of 2016 competes on Endpoints in namespace default there") {
    const ApiServer server;
    const TempDir account;
    account.write("ca.crt", server.file("ca.crt"));
    account.write("namespace", "default");
    account.write("token", "admin-token");
    Process process(in_pod(
        server, account,
        {"--election=example", "--id=pod", "--http=127.0.0.1:0", "--use-cluster-credentials"}));
    CHECK_MESSAGE(process.wait_for_line(Process::Stream::kOut, equal_to("pod is the leader")),
                  process.text(Process::Stream::kErr));
    CHECK(server.api().holder({.resource = "endpoints", .name = "example"}) == "pod");
  }
}

}  // namespace elector::tests
