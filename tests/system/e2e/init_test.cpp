// SPDX-License-Identifier: Apache-2.0
// elector as PID 1, as in a container: it reaps what is left to it, and every signal that would end
// another process ends it, although the kernel drops those for a PID 1.
#include <doctest/doctest.h>
#include <unistd.h>

#include <csignal>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "kube/base/signal_name.h"
#include "tests/support/contains.h"
#include "tests/support/observer.h"
#include "tests/support/temp_dir.h"
#include "tests/system/e2e/exec_fixture.h"

namespace elector::tests {
namespace {

using std::chrono::seconds;
using Stream = Process::Stream;

const Api& api() {
  return Cluster::get().api();
}

// `elector WORDS…` as PID 1 of a PID namespace.
class Init {
 public:
  explicit Init(Words words, const std::string& kubeconfig = Cluster::get().kubeconfig())
      : process_(command(std::move(words), kubeconfig)) {
    REQUIRE(eventually([&] { return process_name(pid()) == "elector"; }));
  }

  Process& process() { return process_; }
  std::string log() const { return process_.text(Stream::kErr); }
  pid_t pid() const {
    const auto children = children_of(process_.pid());
    return children.empty() ? -1 : children.front();
  }
  void signal(int number) const {
    if (const pid_t init = pid(); init > 0) ::kill(init, number);
  }

 private:
  static Command command(Words words, const std::string& kubeconfig) {
    words.insert(words.begin(), elector_binary());
    Command made{
        .arguments = std::move(words), .environment = clean_environment(), .as_init = true};
    made.environment["KUBECONFIG"] = kubeconfig;
    return made;
  }

  Process process_;
};

// A kubeconfig whose credential plugin is this script.
std::string with_plugin(const TempDir& dir, const std::string& script) {
  return dir.write("kubeconfig",
                   "apiVersion: v1\nkind: Config\ncurrent-context: c\n"
                   "contexts: [{name: c, context: {cluster: k, user: u}}]\n"
                   "clusters: [{name: k, cluster: {server: 'https://127.0.0.1:1'}}]\n"
                   "users: [{name: u, user: {exec: {apiVersion: "
                   "client.authentication.k8s.io/v1, interactiveMode: Never, command: " +
                       dir.script("plugin", script) + "}}}]\n");
}

// The mask of that name in /proc/PID/status.
std::uint64_t mask(pid_t pid, const std::string& name) {
  const std::string status = proc(pid, "status");
  const std::size_t at = status.find("\n" + name + ":");
  return at == std::string::npos ? 0
                                 : std::stoull(status.substr(at + name.size() + 2), nullptr, 16);
}

// Whether a SIGTERM is not dropped any more.
bool is_ready(const Init& init) {
  return eventually([&] {
    const std::uint64_t term = 1ULL << (SIGTERM - 1U);
    return ((mask(init.pid(), "SigBlk") | mask(init.pid(), "SigCgt")) & term) != 0;
  });
}

// The five commands, each of which runs until it is ended.
std::vector<Words> waiting_commands(const std::string& election, const std::string& expired) {
  return {{"run", election},
          {"exec", "--election=" + election, "--", "sleep", "1000"},
          {"watch", election},
          {"resign", election, "--wait"},
          {"status", expired, "--confirm"}};
}

// What ends a process by default and can be caught.
std::vector<int> ending_signals() {
  std::vector<int> all{SIGHUP,  SIGINT,  SIGQUIT, SIGILL,  SIGTRAP,   SIGABRT, SIGBUS,
                       SIGFPE,  SIGUSR1, SIGSEGV, SIGUSR2, SIGPIPE,   SIGALRM, SIGTERM,
                       SIGXCPU, SIGXFSZ, SIGPROF, SIGPOLL, SIGVTALRM, SIGPWR,  SIGSYS};
  for (const int signal : {SIGRTMIN, SIGRTMIN + 3, SIGRTMAX}) all.push_back(signal);
  return all;
}

}  // namespace

TEST_SUITE("elector as PID 1" * doctest::skip(::geteuid() != 0)) {
  TEST_CASE("every signal that would end another process ends each command in order") {
    const ElectionName held(api(), "held");
    const ElectionName expired(api(), "expired");
    write(held.lease(), {.holder = "h", .duration = 3600});
    write(expired.lease(), {.holder = "h", .renewed = seconds(-7200), .duration = 3600});
    for (const Words& words : waiting_commands(held.text(), expired.text())) {
      CAPTURE(words.front());
      std::vector<std::pair<int, std::unique_ptr<Init>>> all;
      for (const int signal : ending_signals()) {
        all.emplace_back(signal, std::make_unique<Init>(words));
      }
      for (const auto& [signal, init] : all) {
        REQUIRE_MESSAGE(is_ready(*init), init->log());
        init->signal(signal);
      }
      for (const auto& [signal, init] : all) {
        const std::string name = kube::signal_name(signal);
        CAPTURE(name);
        const auto code = init->process().wait_exit();
        CHECK_MESSAGE(code == (words.front() == "run" ? 0 : 128 + signal), init->log());
      }
    }
    CHECK(api().holder(held.lease()) == "h");
  }

  TEST_CASE("a signal that ends no other process does not end it") {
    const ElectionName held(api(), "held");
    const ElectionName expired(api(), "expired");
    write(held.lease(), {.holder = "h", .duration = 3600});
    write(expired.lease(), {.holder = "h", .renewed = seconds(-7200), .duration = 3600});
    for (const Words& words : waiting_commands(held.text(), expired.text())) {
      CAPTURE(words.front());
      Init init(words);
      REQUIRE_MESSAGE(is_ready(init), init.log());
      for (const int signal : {SIGWINCH, SIGURG, SIGCHLD, SIGCONT, SIGTSTP, SIGTTIN, SIGTTOU}) {
        init.signal(signal);
      }
      init.signal(SIGTERM);
      CHECK_MESSAGE(init.process().wait_exit() == (words.front() == "run" ? 0 : 143), init.log());
    }
  }

  TEST_CASE("a leader of `run` gives the lock back on a signal that is not SIGTERM") {
    const ElectionName election(api(), "leader");
    for (const int signal : {SIGUSR1, SIGQUIT, SIGRTMIN + 3}) {
      CAPTURE(signal);
      Init init({"run", election.text(), "--id=a", "--ttl=60s"});
      REQUIRE(eventually([&] { return api().holder(election.lease()) == "a"; }));
      init.signal(signal);
      CHECK_MESSAGE(init.process().wait_exit() == 0, init.log());
      CHECK(api().holder(election.lease()) == "");
    }
  }

  TEST_CASE("the commands of watch --exec leave no zombies") {
    const ElectionName election(api(), "hooks");
    const TempDir dir;
    write(election.lease(), {.holder = "h0", .transitions = 0});
    Init init(
        {"watch", election.text(),
         "--exec=echo $LEADER_IDENTITY >> " + dir.path("log") + "; sleep 0.1 & sleep 0.2 & true"});
    for (int i = 1; i <= 10; ++i) {
      const std::string before = "h" + std::to_string(i - 1) + "\n";
      REQUIRE_MESSAGE(eventually([&] { return dir.read("log").ends_with(before); }), init.log());
      rewrite(election.lease(), {.holder = "h" + std::to_string(i), .transitions = i});
    }
    REQUIRE(eventually([&] { return dir.read("log").ends_with("h10\n"); }));
    CHECK(eventually([&] { return children_of(init.pid()).empty(); }));
    CHECK_FALSE(init.process().wait_exit(Milliseconds(0)));
  }

  TEST_CASE("what a credential plugin leaves behind is reaped by every command") {
    for (const Words& words : waiting_commands("example", "example")) {
      CAPTURE(words.front());
      const TempDir dir;
      const Init init(words, with_plugin(dir, "(sh -c 'sleep 0.1; echo over > " + dir.path("over") +
                                                  "' > /dev/null 2>&1 &)\nexec sleep 1000"));
      REQUIRE_MESSAGE(eventually([&] { return dir.read("over") == "over\n"; }), init.log());
      // The plugin stays, and the guard of exec.
      const std::size_t staying = words.front() == "exec" ? 2 : 1;
      CHECK(eventually([&] { return children_of(init.pid()).size() == staying; }));
    }
  }

  TEST_CASE("the exit status of a plugin and of a change's command is not taken from them") {
    const ElectionName election(api(), "status");
    const TempDir dir;
    // Orphans end all the while.
    const std::string orphans = "for i in 1 2 3 4 5 6; do (sleep 0.0$i &); done; ";
    for (const bool exec : {false, true}) {
      CAPTURE(exec);
      Words words{exec ? "exec" : "run", "--election=e", "--ttl=2s"};
      if (exec) words.insert(words.end(), {"--", "true"});
      Init init(words, with_plugin(dir, orphans + "sleep 0.03; echo called >> " +
                                            dir.path("calls") + "; exit 3"));
      CHECK(eventually(
          [&] { return dir.read("calls").size() > 10 * std::string("called\n").size(); }));
      CHECK(init.process().wait_for_line(Stream::kErr, containing("failed with exit code 3")));
      init.signal(SIGTERM);
      CHECK(init.process().wait_exit());
      CHECK_MESSAGE(!contains(init.log(), "ExecCredential"), init.log());
      dir.remove("calls");
    }
    write(election.lease(), {.holder = "h0", .transitions = 0});
    Init watch({"watch", election.text(), "--exec=" + orphans + "sleep 0.03; exit 5"});
    for (std::size_t i = 1; i <= 10; ++i) {
      REQUIRE_MESSAGE(eventually([&] {
                        const auto lines = watch.process().lines(Stream::kErr);
                        return lines.size() == i &&
                               contains(lines.back().text, "failed with exit code 5");
                      }),
                      watch.log());
      rewrite(election.lease(),
              {.holder = "h" + std::to_string(i), .transitions = static_cast<int>(i)});
    }
  }
}

}  // namespace elector::tests
