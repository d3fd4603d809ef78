// SPDX-License-Identifier: Apache-2.0
#include "tests/system/e2e/exhaustion_fixture.h"

#include <utility>

namespace elector::tests {

Command in_shell(const std::string& before, Command command, const std::string& after) {
  Words words{"sh", "-c", before + " exec \"$@\" " + after, "sh"};
  words.insert(words.end(), command.arguments.begin(), command.arguments.end());
  command.arguments = std::move(words);
  return command;
}

Command limited(const std::string& limit, Command command) {
  command.arguments.insert(command.arguments.begin(), {"prlimit", limit});
  spare_instruments(command);
  return command;
}

Command run_command(const std::string& election, const Words& more, const std::string& kubeconfig) {
  Command command{.arguments = {elector_binary(), "run", "--ttl=2s", "--id=a",
                                "--election=" + election, "--kubeconfig=" + kubeconfig},
                  .environment = clean_environment()};
  command.arguments.insert(command.arguments.end(), more.begin(), more.end());
  return command;
}

std::string holder(const ElectionName& election) {
  return Cluster::get().api().holder(election.lease());
}

bool leads(const ElectionName& election) {
  return eventually([&] { return holder(election) == "a"; });
}

bool renews(const ElectionName& election, int times) {
  const auto last = [&] {
    const auto record = Cluster::get().api().record(election.lease());
    return record && record->holder == "a" ? record->renew_time : "";
  };
  for (int i = 0; i < times; ++i) {
    const std::string before = last();
    if (before.empty() || !eventually([&] { return last() != before; })) return false;
  }
  return true;
}

}  // namespace elector::tests
