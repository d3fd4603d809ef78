// The environment of the real process.
#include <unistd.h>

#include <array>
#include <cstdlib>

#include "cmd/cli/options.h"

namespace elector::cmd {
namespace {

std::string own_host_name() {
  std::array<char, 256> name{};  // HOST_NAME_MAX is 64; room for future kernels
  if (gethostname(name.data(), name.size() - 1) != 0) return "";
  return name.data();
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
  own.host_name = own_host_name;
  return own;
}

}  // namespace elector::cmd
