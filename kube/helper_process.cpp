#include "kube/helper_process.h"

#include <algorithm>

namespace elector::kube {
namespace {

std::vector<pid_t>& known() {
  static std::vector<pid_t> pids;
  return pids;
}

}  // namespace

void note_helper_process(pid_t pid) {
  known().push_back(pid);
}

void forget_helper_process(pid_t pid) {
  std::erase(known(), pid);
}

const std::vector<pid_t>& helper_processes() {
  return known();
}

bool is_helper_process(pid_t pid) {
  return std::find(known().begin(), known().end(), pid) != known().end();
}

}  // namespace elector::kube
