// SPDX-License-Identifier: Apache-2.0
#include "tests/support/proc.h"

#include <ctime>
#include <fstream>
#include <iterator>
#include <sstream>

namespace elector::tests {

std::string proc(pid_t pid, const std::string& what) {
  // Not by iterators, which throw if the process of a file in /proc ends meanwhile.
  std::ostringstream text;
  text << std::ifstream("/proc/" + std::to_string(pid) + "/" + what, std::ios::binary).rdbuf();
  return text.str();
}

std::int64_t boot_nanoseconds() {
  timespec now{};
  ::clock_gettime(CLOCK_BOOTTIME, &now);
  return static_cast<std::int64_t>(now.tv_sec) * 1'000'000'000 + now.tv_nsec;
}

std::vector<pid_t> children_of(pid_t pid) {
  std::istringstream list(proc(pid, "task/" + std::to_string(pid) + "/children"));
  return {std::istream_iterator<pid_t>(list), {}};
}

std::vector<pid_t> descendants_of(pid_t pid) {
  std::vector<pid_t> found = children_of(pid);
  for (std::size_t i = 0; i < found.size(); ++i) {
    const std::vector<pid_t> more = children_of(found[i]);
    found.insert(found.end(), more.begin(), more.end());
  }
  return found;
}

std::string process_name(pid_t pid) {
  std::string name = proc(pid, "comm");
  if (!name.empty()) name.pop_back();
  return name;
}

char process_state(pid_t pid) {
  const std::string stat = proc(pid, "stat");
  const std::size_t end = stat.rfind(')');
  return end == std::string::npos || end + 2 >= stat.size() ? '-' : stat[end + 2];
}

}  // namespace elector::tests
