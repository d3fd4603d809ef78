// SPDX-License-Identifier: Apache-2.0
#include "cmd/guard/cgroup_leaf.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdio>
#include <fstream>
#include <functional>
#include <memory>
#include <optional>
#include <sstream>

#include "cmd/process/random_seed.h"
#include "kube/base/pid_fd.h"
#include "kube/base/unique_fd.h"

namespace elector::cmd {
namespace {

constexpr std::string_view kPrefix = "elector-";

struct Closer {
  void operator()(DIR* dir) const { ::closedir(dir); }
};

std::string below(std::string folder, const std::string& name) {
  return folder.append("/").append(name);
}

std::vector<std::string> folders_in(const std::string& folder) {
  std::vector<std::string> found;
  const std::unique_ptr<DIR, Closer> dir(::opendir(folder.c_str()));
  if (!dir) return found;
  while (const dirent* entry = ::readdir(dir.get())) {
    const std::string_view name = entry->d_name;
    if (entry->d_type == DT_DIR && name != "." && name != "..") found.emplace_back(name);
  }
  return found;
}

int write_to(const std::string& path, std::string_view text) {
  const kube::UniqueFd fd(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
  return fd && ::write(fd.get(), text.data(), text.size()) >= 0 ? 0 : errno;
}

std::string content(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

// Returns the group of a process in the v2 hierarchy; "" if the process has ended.
std::string group_of(const std::string& pid) {
  std::ifstream file("/proc/" + pid + "/cgroup");
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("0::")) return line.substr(3);
  }
  return "";
}

// Whether `group` is the leaf or a group below. Compares only the leaf's own name, which is unique:
// the path differs with the mount that shows it.
bool is_in(std::string_view group, const std::string& leaf) {
  const std::string name = leaf.substr(leaf.rfind('/'));
  const std::size_t at = group.find(name);
  if (at == std::string_view::npos) return false;
  const std::string_view rest = group.substr(at + name.size());
  return rest.empty() || rest.front() == '/';
}

// Checks a pid again once a pidfd holds the process: the number may have been reused.
void signal_member(pid_t pid, int signal, const std::string& leaf) {
  const kube::PidFd held(pid);
  if (is_in(group_of(std::to_string(pid)), leaf) && held.send(signal) != 0) ::kill(pid, signal);
}

void for_each_member(const std::string& folder, const std::function<void(pid_t)>& use) {
  std::ifstream procs(folder + "/cgroup.procs");
  for (pid_t pid = 0; procs >> pid;) {
    if (pid > 0) use(pid);  // 0: of a PID namespace that is not below this one
  }
  for (const std::string& name : folders_in(folder)) for_each_member(below(folder, name), use);
}

int remove_folder(const std::string& folder) {
  if (::rmdir(folder.c_str()) == 0 || errno == ENOENT) return 0;
  for (const std::string& name : folders_in(folder)) remove_folder(below(folder, name));
  return ::rmdir(folder.c_str()) == 0 || errno == ENOENT ? 0 : errno;
}

// Returns the pid in a leaf's name.
std::optional<pid_t> owner(std::string_view name) {
  if (!name.starts_with(kPrefix)) return std::nullopt;
  name.remove_prefix(kPrefix.size());
  pid_t pid = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), pid);
  if (error != std::errc() || end == name.data() + name.size() || *end != '-' || pid <= 0) {
    return std::nullopt;
  }
  return pid;
}

}  // namespace

int CgroupLeaf::make() {
  if (path_.empty() || ::mkdir(path_.c_str(), 0755) == 0 || errno == EEXIST) return 0;
  return errno;
}

int CgroupLeaf::open() const {
  errno = ENOENT;
  return path_.empty() ? -1 : ::open(path_.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
}

int CgroupLeaf::enter() {
  if (path_.empty()) return 0;
  const std::string procs = path_ + "/cgroup.procs";
  const int error = write_to(procs, "0");
  if (error != ENOENT || make() != 0) return error;
  return write_to(procs, "0");
}

bool CgroupLeaf::populated() const {
  return !path_.empty() &&
         content(path_ + "/cgroup.events").find("populated 1") != std::string::npos;
}

void CgroupLeaf::kill() const {
  if (!populated() || write_to(path_ + "/cgroup.kill", "1") == 0) return;
  for_each_member(path_, [&](pid_t pid) { signal_member(pid, SIGKILL, path_); });
}

void CgroupLeaf::signal(int signal, const std::vector<pid_t>& except) const {
  if (!populated()) return;
  for_each_member(path_, [&](pid_t pid) {
    if (!std::binary_search(except.begin(), except.end(), pid)) signal_member(pid, signal, path_);
  });
}

bool CgroupLeaf::reaches(pid_t pid) const {
  return !path_.empty() && ::access((path_ + "/cgroup.kill").c_str(), W_OK) == 0 &&
         is_in(group_of(std::to_string(pid)), path_);
}

pid_t CgroupLeaf::any() const {
  pid_t found = 0;
  if (populated()) for_each_member(path_, [&](pid_t pid) { found = pid; });
  return found;
}

int CgroupLeaf::remove() const {
  return path_.empty() ? 0 : remove_folder(path_);
}

std::string new_leaf_path(const std::string& folder) {
  std::ostringstream path;
  path << folder << "/" << kPrefix << ::getpid() << "-" << std::hex << random_seed();
  return path.str();
}

void remove_dead_leaves(const std::string& folder) {
  for (const std::string& name : folders_in(folder)) {
    const auto pid = owner(name);
    if (pid && ::kill(*pid, 0) != 0 && errno == ESRCH) remove_folder(below(folder, name));
  }
}

}  // namespace elector::cmd
