// SPDX-License-Identifier: Apache-2.0
// A system full of libraries that a static elector must not load: they may be another C library's,
// and two of them in one process crash.
#include <doctest/doctest.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>

#include "tests/support/candidate.h"
#include "tests/system/delivery/cage.h"
#include "tests/system/delivery/pod_api.h"
#include "tests/system/static_file/kubeconfig.h"

namespace elector::tests {
namespace {

namespace fs = std::filesystem;

constexpr int kTrapped = 99;

// A root with this machine's system, whose name services, OpenSSL and character sets are set to
// load the trap.
class TrappedSystem {
 public:
  explicit TrappedSystem(PodApi& api) : name_space_(api.name_space()) {
    for (const char* name : {"libnss_trap.so.2", "trap.so", "legacy.so", "TRAP.so"}) {
      fs::copy_file(TRAP_LIBRARY, trap_.path(name));
    }
    trap_.write("gconv-modules",
                "module UTF-8// INTERNAL TRAP 1\nmodule INTERNAL UTF-8// TRAP 1\n");
    trap_.write("openssl.cnf",
                "openssl_conf = all\n[all]\nproviders = providers\nengines = engines\n"
                "[providers]\ndefault = on\nlegacy = on\ntrap = on\n[on]\nactivate = 1\n"
                "[engines]\ntrap = engine\n[engine]\ndynamic_path = /trap/trap.so\ninit = 1\n");
    fs::permissions(trap_.path(), fs::perms(0755));
    lay_out_user_image(root_, {"/trap", "/elector", "/config"});
    root_.write("etc/nsswitch.conf",
                "hosts: trap files dns\nservices: trap\npasswd: trap\ngroup: trap\nnetworks: trap\n"
                "protocols: trap\ninitgroups: trap\n");
    root_.write("etc/hosts", "127.0.0.1 localhost api.example\n");
    root_.write("etc/resolv.conf", "nameserver 127.0.0.1\noptions timeout:1 attempts:1\n");
    write_kubeconfig(api, config_, {.host = "api.example"});
  }

  // `elector WORDS…` there, as that program of this machine.
  Command command(const std::string& program, std::vector<std::string> words) const {
    Cage cage{.root = root_.path(),
              .environment = {{"PATH", "/usr/bin:/bin"},
                              {"KUBECONFIG", "/config/kubeconfig"},
                              {"LD_LIBRARY_PATH", "/trap"},
                              {"OPENSSL_CONF", "/trap/openssl.cnf"},
                              {"OPENSSL_MODULES", "/trap"},
                              {"OPENSSL_ENGINES", "/trap"},
                              {"GCONV_PATH", "/trap"},
                              {"LOCPATH", "/trap"},
                              {"LC_ALL", "trap.UTF-8"}}};
    for (const auto& mount : user_image_mounts()) {
      if (mount.second != "/etc") cage.mounts.push_back(mount);
    }
    cage.mounts.emplace_back(fs::path(program).parent_path(), "/elector");
    cage.mounts.emplace_back(config_.path(), "/config");
    cage.mounts.emplace_back(trap_.path(), "/trap");
    words.insert(words.begin(), "/elector/elector");
    if (words.at(1)[0] != '-') {
      words.insert(words.begin() + 2, {"--election=example", "--namespace=" + name_space_});
    }
    return caged(cage, words);
  }

 private:
  std::string name_space_;
  TempDir root_;
  TempDir trap_;
  TempDir config_;
};

TEST_SUITE("a system full of foreign libraries (needs root or user namespaces)" *
           doctest::skip(!can_cage())) {
  TEST_CASE("no command of the static file loads one of them") {
    PodApi api;
    if (!api.gives_tokens()) return;
    const TrappedSystem system(api);
    const auto code_of = [&](const std::vector<std::string>& words) {
      Process process(system.command(static_elector(), words));
      const auto code = process.wait_exit();
      CHECK_MESSAGE(code != kTrapped, process.text(Process::Stream::kErr));
      return code.value_or(-1);
    };
    CHECK(code_of({"--version", "-v"}) == 0);
    CHECK(code_of({"--licenses"}) == 0);
    CHECK(code_of({"run", "--http=no.such.host:http"}) != 0);
    Process run(
        system.command(static_elector(), {"run", "--id=a", "--ttl=3s", "--http=localhost:0"}));
    REQUIRE_MESSAGE(run.wait_for_line(Process::Stream::kOut, equal_to("a is the leader")),
                    run.text(Process::Stream::kErr));
    CHECK(code_of({"status"}) == 0);
    CHECK(code_of({"watch", "--for=leader", "--timeout=20s"}) == 0);
    CHECK(code_of({"resign"}) == 0);
    run.signal(SIGTERM);
    CHECK(run.wait_exit() == 0);
    CHECK(code_of({"exec", "--ttl=3s", "--wait=20s", "--", "/elector/elector", "--version"}) == 0);
  }

  TEST_CASE("the traps work: an elector with shared libraries falls into them") {
    const char* const shared = std::getenv("ELECTOR_SHARED");
    REQUIRE(shared != nullptr);
    PodApi api;
    if (!api.gives_tokens()) return;
    const TrappedSystem system(api);
    Process status(system.command(shared, {"status"}));
    CHECK(status.wait_exit() == kTrapped);
  }
}

}  // namespace
}  // namespace elector::tests
