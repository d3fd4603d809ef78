// SPDX-License-Identifier: Apache-2.0
#include "tests/support/cgroup.h"

#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include "tests/support/eventually.h"

namespace elector::tests {
namespace {

namespace fs = std::filesystem;

// Returns the folder of the test program's cgroup, or "" without a cgroup.
std::string own_folder() {
  std::string group;
  std::ifstream own("/proc/self/cgroup");
  for (std::string line; std::getline(own, line);) {
    if (line.starts_with("0::/")) group = line.substr(3);
  }
  std::ifstream mounts("/proc/self/mounts");
  for (std::string line; std::getline(mounts, line) && !group.empty();) {
    std::istringstream words(line);
    std::string device;
    std::string folder;
    std::string type;
    words >> device >> folder >> type;
    if (type == "cgroup2") return group == "/" ? folder : folder + group;
  }
  return "";
}

// Removes the groups in it first.
void clear_out(const std::string& folder) {
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    if (entry.is_directory()) clear_out(entry.path());
  }
  ::rmdir(folder.c_str());
}

}  // namespace

bool can_make_cgroups() {
  const std::string folder = own_folder();
  return !folder.empty() && ::access((folder + "/cgroup.procs").c_str(), W_OK) == 0;
}

TestCgroup::TestCgroup() {
  static std::atomic<int> count = 0;
  folder_ = own_folder() + "/test-" + std::to_string(::getpid()) + "-" + std::to_string(++count);
  if (::mkdir(folder_.c_str(), 0755) != 0) throw std::runtime_error("cannot make " + folder_);
}

TestCgroup::~TestCgroup() {
  std::ofstream(folder_ + "/cgroup.kill") << "1";
  eventually([&] {
    clear_out(folder_);
    return !fs::exists(folder_);
  });
}

std::vector<std::string> TestCgroup::enter() const {
  return {"sh", "-c", "echo 0 > \"$0/cgroup.procs\" && exec \"$@\"", folder_};
}

void TestCgroup::give_to(uid_t user) const {
  for (const std::string file : {"", "/cgroup.procs", "/cgroup.subtree_control"}) {
    if (::chown((folder_ + file).c_str(), user, user) != 0) {
      throw std::runtime_error("cannot give away " + folder_ + file);
    }
  }
}

std::vector<std::string> TestCgroup::children() const {
  std::vector<std::string> found;
  for (const auto& entry : fs::directory_iterator(folder_)) {
    if (entry.is_directory()) found.push_back(entry.path());
  }
  return found;
}

std::vector<pid_t> members(const std::string& folder) {
  std::vector<pid_t> pids;
  std::ifstream procs(folder + "/cgroup.procs");
  for (pid_t pid = 0; procs >> pid;) pids.push_back(pid);
  return pids;
}

}  // namespace elector::tests
