// SPDX-License-Identifier: Apache-2.0
#include "tests/system/e2e/namespace_fixture.h"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <stdexcept>
#include <utility>

namespace elector::tests {
namespace {

// Reports at the end of the test program what was run.
struct Tally {
  Tally() = default;
  ~Tally() {
    if (run + skipped > 0) std::printf("namespace cases: %d run, %d skipped\n", run, skipped);
  }
  Tally(const Tally&) = delete;
  Tally& operator=(const Tally&) = delete;

  int run = 0;
  int skipped = 0;
};

Tally tally;

bool is_root() {
  return ::geteuid() == 0;
}

}  // namespace

SharedFiles::SharedFiles() {
  namespace fs = std::filesystem;
  for (const auto& [from, to] : {std::pair{elector_binary(), std::string("elector")},
                                 std::pair{beat_binary(), std::string("beat")},
                                 std::pair{beat_binary(), std::string("root-beat")},
                                 std::pair{Cluster::get().kubeconfig(), std::string("config")}}) {
    fs::copy_file(from, dir_.path(to));
  }
  // Certificates that the kubeconfig names are beside it, and stay where they are: without
  // verification they are not needed.
  fs::permissions(dir_.path(), fs::perms::all);
  ::chmod(dir_.path("elector").c_str(), 0755);
  ::chmod(dir_.path("beat").c_str(), 0755);
  ::chmod(dir_.path("root-beat").c_str(), 04755);
  ::chmod(dir_.path("config").c_str(), 0644);
}

Command SharedFiles::exec_command(ExecSetup setup) const {
  if (setup.kubeconfig.empty()) setup.kubeconfig = path("config");
  Command command = tests::exec_command(setup);
  command.arguments[0] = path("elector");
  return command;
}

std::string SharedFiles::write(const std::string& name, const std::string& content) const {
  const std::string path = dir_.write(name, content);
  ::chmod(path.c_str(), 0644);
  return path;
}

bool namespaces_can_be_made() {
  static const bool possible =
      run_to_end(within({"--pid", "--proc="}, {.arguments = {"true"}})).code == 0;
  ++(possible ? tally.run : tally.skipped);
  if (is_root()) CHECK_MESSAGE(possible, "root cannot make namespaces");
  return possible;
}

Command within(const Words& options, Command command) {
  Words words{WITHIN_BINARY};
  if (!is_root()) words.emplace_back("--user-namespace");
  for (const std::string& option : options) {
    if (is_root() || !option.starts_with("--user=")) words.push_back(option);
  }
  command.arguments.insert(command.arguments.begin(), words.begin(), words.end());
  return command;
}

pid_t process_below(pid_t above, const std::string& name) {
  pid_t found = 0;
  const bool there = eventually([&] {
    for (const pid_t pid : descendants_of(above)) {
      if (found == 0 && process_name(pid) == name) found = pid;
    }
    return found != 0;
  });
  if (!there) throw std::runtime_error("no process " + name);
  return found;
}

pid_t elector_below(const Process& within) {
  return process_below(within.pid(), "elector");
}

}  // namespace elector::tests
