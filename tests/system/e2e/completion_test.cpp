// SPDX-License-Identifier: Apache-2.0
// The completions in the shells that they are written for: someone types, presses TAB, and what the
// command line has become is what the shell runs.
#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/observer.h"
#include "tests/support/temp_dir.h"
#include "tests/support/terminal.h"
#include "tests/system/e2e/exec_fixture.h"

namespace elector::tests {
namespace {

// The folder with the scripts, and of the program under test.
const std::string kScripts = std::string(SOURCE_DIR) + "/completions";

struct ShellProgram {
  std::string name;
  std::string start;                // how to start it, interactive, without anyone's settings
  std::vector<std::string> set_up;  // lines that load the completion
};

// `elector` is a function there that shows its arguments, as [status][--lock=leases], unless it is
// the completion that calls it.
std::vector<ShellProgram> shells() {
  const std::string binary = elector_binary();
  return {
      {"bash",
       "bash --norc --noprofile -i",
       {"elector() { case $1 in __complete) " + binary +
            R"( "$@";; *) printf '[%s]' "$@"; echo;; esac; })",
        "source " + kScripts + "/elector.bash"}},
      {"zsh",
       "PS1='ready> ' zsh -f -i",
       {"unsetopt zle_bracketed_paste prompt_sp 2>/dev/null; fpath=(" + kScripts + " $fpath)",
        "autoload -U compinit && compinit -u -D",
        "elector() { case $1 in __complete) " + binary +
            R"( "$@";; *) printf '[%s]' "$@"; echo;; esac; })"}},
      {"fish",
       "fish --no-config --init-command 'function fish_prompt; printf \"ready> \"; end' -i",
       {"function elector; if test \"$argv[1]\" = __complete; " + binary +
            R"( $argv; else; printf '[%s]' $argv; echo; end; end)",
        "source " + kScripts + "/elector.fish"}},
  };
}

class Shell {
 public:
  explicit Shell(const ShellProgram& shell, const std::string& folder)
      : terminal_("cd '" + folder + "'; export HOME=\"$PWD\" PATH=\"$PATH:$PWD\"; " + shell.start) {
    terminal_.resize(50, 200);
    REQUIRE_MESSAGE(terminal_.shows("ready> "), terminal_.screen());
    for (const std::string& line : shell.set_up) {
      terminal_.type(line + "\r");
      REQUIRE_MESSAGE(terminal_.shows("ready> "), terminal_.screen());
    }
    terminal_.type("printf '%s-%s\\n' all set\r");
    REQUIRE_MESSAGE(terminal_.shows("all-set"), terminal_.screen());
  }

  // Types, and checks with which arguments elector is run then.
  void check(const std::string& keys, const std::string& arguments) {
    CAPTURE(keys);
    terminal_.type(keys + "\r");
    REQUIRE_MESSAGE(terminal_.shows(arguments), terminal_.screen());
  }

 private:
  Terminal terminal_;
};

}  // namespace

TEST_SUITE("completion") {
  TEST_CASE("an election is offered with its leader, but not with a holder whose lease is over") {
    const Api& api = Cluster::get().api();
    const ElectionName live(api, "offered");
    const ElectionName dead(api, "expired");
    const ElectionName moved(api, "moved");
    write(live.lease(), {.holder = "a", .duration = 600});
    write(dead.lease(), {.holder = "b", .renewed = std::chrono::seconds(-600), .duration = 15});
    write(moved.lease(), {.holder = "", .duration = 1});
    write(moved.endpoints(), {.holder = "c", .duration = 600});
    const Ran offered = run_elector(Cluster::get().kubeconfig(), {"__complete", "status", ""});
    CHECK(contains(offered.out, live.text() + "\ta\n"));
    CHECK(contains(offered.out, dead.text() + "\n"));
    CHECK(contains(offered.out, moved.text() + "\tc\n"));
  }

  TEST_CASE("bash, zsh and fish complete commands, flags, values, files, names and commands") {
    const ElectionName election(Cluster::get().api(), "complete");
    Cluster::get().api().create(
        election.lease(),
        R"({"apiVersion":"coordination.k8s.io/v1","kind":"Lease","metadata":{"name":")" +
            election.text() + "\"}}");
    const std::string name = election.text();
    const std::string kubeconfig = Cluster::get().kubeconfig();
    const auto check_in = [&](const ShellProgram& program) {
      REQUIRE_MESSAGE(have_command(program.name), (program.name + " is missing: make deps"));
      CAPTURE(program.name);
      const TempDir dir;
      std::ofstream(dir.path("uniq-of-elector")) << "#!/bin/sh\n";
      std::filesystem::permissions(dir.path("uniq-of-elector"), std::filesystem::perms::owner_all);
      std::ofstream(dir.path("linked")) << "";
      std::ofstream(dir.path("two words")) << "";
      Shell shell(program, dir.path());
      shell.check("elector resi\t--forc\t", "[resign][--force]");
      shell.check("elector run --lock=endpointsl\t--log-f\tj\t",
                  "[run][--lock=endpointsleases][--log-format=json]");
      shell.check("elector exec --on-loss r\tx", "[exec][--on-loss][rejoin][x]");
      shell.check("elector run --kubeconfig=link\t", "[run][--kubeconfig=linked]");
      shell.check("elector run --kubeconfig two\t", "[run][--kubeconfig][two words]");
      if (Cluster::get().has_context("nobody")) {
        shell.check("elector run --kubeconfig=" + kubeconfig + " --context nob\tx",
                    "[--context][nobody][x]");
      }
      shell.check("elector resign --kubeconfig " + kubeconfig + " " +
                      name.substr(0, name.size() - 3) + "\t--wai\t",
                  "[" + name + "][--wait]");
      shell.check("elector run --kubeconfig=" + kubeconfig +
                      " --election=" + name.substr(0, name.size() - 3) + "\t",
                  "[--election=" + name + "]");
      shell.check("elector exec --ttl=5 -- uniq-of-elec\tx",
                  "[exec][--ttl=5][--][uniq-of-elector][x]");
      shell.check("elector exec -- cat linke\tend", "[exec][--][cat][linked][end]");
      // What does not answer leaves the line as it is.
      shell.check("elector resign --kubeconfig=missing e2\tend",
                  "[resign][--kubeconfig=missing][e2end]");
    };
    std::vector<std::function<void()>> all;
    for (const ShellProgram& program : shells()) all.push_back([&, program] { check_in(program); });
    together(std::move(all));
  }
}

}  // namespace elector::tests
