// SPDX-License-Identifier: Apache-2.0
// The environment of the real process.
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "cmd/cli/options.h"

namespace elector::cmd {
namespace {

std::string own_host_name() {
  std::array<char, 256> name{};  // HOST_NAME_MAX is 64; room for future kernels
  if (gethostname(name.data(), name.size() - 1) != 0) return "";
  return name.data();
}

// Returns the names, in order, of the variables that begin with ELECTOR_ and are not empty.
std::vector<std::string> own_variables() {
  std::set<std::string> names;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    const std::size_t equals = text.find('=');
    if (!text.starts_with("ELECTOR_") || equals >= text.size() - 1) continue;
    names.emplace(text.substr(0, equals));
  }
  return {names.begin(), names.end()};
}

}  // namespace

Surroundings Surroundings::of_process(std::string_view argv0) {
  Surroundings own;
  // kubectl runs its plugins as kubectl-NAME, and as kubectl_complete-NAME for completion.
  const std::string_view name = argv0.substr(argv0.rfind('/') + 1);
  own.completes = name == "kubectl_complete-elector";
  if (name == "kubectl-elector" || own.completes) own.program = "kubectl elector";
  own.version = ELECTOR_VERSION;
  if (const char* pod = std::getenv("POD_NAME")) own.pod_name = pod;
  own.variables = own_variables();
  own.host_name = own_host_name;
  return own;
}

}  // namespace elector::cmd
