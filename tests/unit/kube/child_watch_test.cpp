// SPDX-License-Identifier: Apache-2.0
// The end of a child is noticed, and its status read, also in a sandbox that refuses the calls by
// which the kernel reports it.
#include "kube/auth/child_watch.h"

#include <doctest/doctest.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "kube/auth/children.h"
#include "kube/auth/exec_plugin.h"
#include "tests/support/denial.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/kube/client_fixture.h"

using elector::Expected;
using elector::kube::ChildWatch;
using elector::kube::collect_child_within;
using elector::kube::ExecCredential;
using elector::kube::ExecPlugin;
using elector::kube::own_child;
using elector::kube::PluginRun;
using elector::kube::Poller;
using elector::tests::Denial;
using elector::tests::run_until;
using elector::tests::TempDir;

namespace {

constexpr std::uint32_t kPidFd = 3;  // P_PIDFD

struct Sandbox {
  std::string what;
  std::vector<Denial> denials;
};

std::vector<Sandbox> sandboxes() {
  std::vector<Sandbox> all{{"none", {}}};
  for (const int error : {EPERM, ENOSYS}) {
    const std::string name = error == EPERM ? "EPERM" : "ENOSYS";
    const Denial open{.call = SYS_pidfd_open, .error = error};
    const Denial wait{.call = SYS_waitid, .first_argument = kPidFd, .error = error};
    all.push_back({"pidfd_open: " + name, {open}});
    all.push_back({"waitid by pidfd: " + name, {wait}});
    all.push_back({"both: " + name, {open, wait}});
  }
  all.push_back({"waitid by pidfd: EINVAL",
                 {{.call = SYS_waitid, .first_argument = kPidFd, .error = EINVAL}}});
  return all;
}

// Whether `scene` returns true in a separate process in that sandbox.
bool plays(const Sandbox& sandbox, const std::function<bool(Poller&)>& scene) {
  const auto program = denial_program(sandbox.denials);
  const pid_t pid = fork();
  if (pid == 0) {
    if (!sandbox.denials.empty() && !elector::tests::deny(program)) _exit(2);
    const auto poller = Poller::create();
    _exit(poller && scene(**poller) ? 0 : 1);
  }
  int status = 0;
  return waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

pid_t child_that(const std::function<void()>& does) {
  const pid_t pid = fork();
  if (pid != 0) return pid;
  does();
  _exit(7);
}

}  // namespace

TEST_CASE("a child's end and its status are seen in every sandbox") {
  for (const Sandbox& sandbox : sandboxes()) {
    CAPTURE(sandbox.what);
    const auto ends_as = [&](const std::function<void()>& does, int status) {
      return plays(sandbox, [&](Poller& poller) {
        const pid_t pid = child_that(does);
        std::optional<int> end;
        std::optional<ChildWatch> watch;
        watch.emplace(poller, pid, [&] {
          end = watch->reap();
          watch.reset();
        });
        if (!run_until(poller, [&] { return end.has_value(); })) return false;
        return *end == status;
      });
    };
    CHECK(ends_as([] {}, 7 << 8));
    CHECK(ends_as([] { usleep(100'000); }, 7 << 8));
    CHECK(ends_as([] { raise(SIGKILL); }, SIGKILL));
  }
}

TEST_CASE("a child's end can be waited for without an event loop, with a limit, in every sandbox") {
  for (const Sandbox& sandbox : sandboxes()) {
    CAPTURE(sandbox.what);
    const auto collects = [&](const std::function<void()>& does, int status) {
      return plays(sandbox, [&](Poller&) {
        const pid_t pid = child_that(does);
        own_child(pid);
        return collect_child_within(pid, std::chrono::minutes(1)) == status;
      });
    };
    CHECK(collects([] {}, 7 << 8));
    CHECK(collects([] { usleep(100'000); }, 7 << 8));
    CHECK(collects([] { raise(SIGKILL); }, SIGKILL));
    CHECK(plays(sandbox, [&](Poller&) {
      const pid_t pid = child_that([] { pause(); });
      own_child(pid);
      const bool waited = !collect_child_within(pid, std::chrono::milliseconds(30)) &&
                          !collect_child_within(pid, std::chrono::milliseconds(0));
      kill(pid, SIGKILL);
      return waited && collect_child_within(pid, std::chrono::minutes(1)) == SIGKILL;
    }));
  }
}

TEST_CASE("a child whose status another wait took has ended as well") {
  for (const Sandbox& sandbox : sandboxes()) {
    CAPTURE(sandbox.what);
    CHECK(plays(sandbox, [](Poller& poller) {
      const pid_t pid = child_that([] {});
      std::optional<int> end;
      ChildWatch watch(poller, pid, [&] { end = watch.reap(); });
      waitpid(pid, nullptr, 0);
      return run_until(poller, [&] { return end.has_value(); }) && *end == 0;
    }));
  }
}

TEST_CASE("a child that is left is reaped when it ends, and one that runs is not waited for") {
  for (const Sandbox& sandbox : sandboxes()) {
    CAPTURE(sandbox.what);
    CHECK(plays(sandbox, [](Poller& poller) {
      const pid_t pid = child_that([] { pause(); });
      {
        const ChildWatch watch(poller, pid, [] {});
      }
      ChildWatch::reap_later(poller, pid);
      kill(pid, SIGKILL);
      return run_until(poller, [&] { return kill(pid, 0) != 0 && errno == ESRCH; });
    }));
  }
}

TEST_CASE("a credential plugin works in every sandbox, and one that hangs is ended") {
  const TempDir dir;
  const std::string good = dir.script(
      "good",
      "echo '{\"kind\":\"ExecCredential\",\"apiVersion\":\"client.authentication.k8s.io/v1\","
      "\"status\":{\"token\":\"t\"}}'");
  const std::string bad = dir.script("bad", "echo why >&2; exit 3");
  const std::string slow = dir.script("slow", "exec sleep 600");
  for (const Sandbox& sandbox : sandboxes()) {
    CAPTURE(sandbox.what);
    const auto result_of = [](Poller& poller, const std::string& command,
                              std::chrono::milliseconds limit) {
      ExecPlugin plugin;
      plugin.command = command;
      plugin.api_version = "client.authentication.k8s.io/v1";
      std::optional<Expected<ExecCredential>> result;
      const PluginRun run(poller, plugin, limit,
                          [&](const Expected<ExecCredential>& credential) { result = credential; });
      run_until(poller, [&] { return result.has_value(); });
      return *result;
    };
    CHECK(plays(sandbox, [&](Poller& poller) {
      const auto result = result_of(poller, good, std::chrono::minutes(1));
      return result && result->token == "t";
    }));
    CHECK(plays(sandbox, [&](Poller& poller) {
      const auto result = result_of(poller, bad, std::chrono::minutes(1));
      return !result && result.error().message.find("exit code 3: why") != std::string::npos;
    }));
    CHECK(plays(sandbox, [&](Poller& poller) {
      const auto result = result_of(poller, slow, std::chrono::milliseconds(50));
      return !result && result.error().message.find("did not finish") != std::string::npos;
    }));
  }
}
