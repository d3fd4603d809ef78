#include "cmd/process_tree.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace elector::cmd {
namespace {

struct Stat {
  ProcessId id;
  char state = '?';
  int threads = 0;

  // The state is that of the first thread. While another lives, so does the process: it works, and
  // it has children. What waits to be reaped has one thread left, or none.
  bool ended() const { return state == 'Z' && threads <= 1; }
};

// Fields 3 (state), 4 (parent), 20 (threads) and 22 (start time) of /proc/PID/stat. The name in
// field 2 may hold anything, parentheses included, so the fields are counted from its last one.
std::optional<Stat> read_stat(pid_t pid) {
  const std::string path = "/proc/" + std::to_string(pid) + "/stat";
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return std::nullopt;
  std::array<char, 1024> buffer{};
  const ssize_t size = ::read(fd, buffer.data(), buffer.size() - 1);
  ::close(fd);
  if (size <= 0) return std::nullopt;
  std::string_view text(buffer.data(), static_cast<std::size_t>(size));
  const std::size_t name_end = text.rfind(')');
  if (name_end == std::string_view::npos || name_end + 2 >= text.size()) return std::nullopt;
  text.remove_prefix(name_end + 2);
  Stat stat;
  stat.id.pid = pid;
  for (int field = 3; field <= 22; ++field) {
    const std::string_view word = text.substr(0, text.find(' '));
    if (word.empty()) return std::nullopt;
    if (field == 3) stat.state = word[0];
    if (field == 4) std::from_chars(word.data(), word.data() + word.size(), stat.id.parent);
    if (field == 20) std::from_chars(word.data(), word.data() + word.size(), stat.threads);
    if (field == 22) std::from_chars(word.data(), word.data() + word.size(), stat.id.start_time);
    text.remove_prefix(std::min(word.size() + 1, text.size()));
  }
  return stat;
}

struct Closer {
  void operator()(DIR* dir) const { ::closedir(dir); }
  void operator()(FILE* file) const { ::fclose(file); }
};

std::vector<pid_t> numbered_entries(const std::string& folder) {
  std::vector<pid_t> found;
  const std::unique_ptr<DIR, Closer> dir(::opendir(folder.c_str()));
  if (!dir) return found;
  while (const dirent* entry = ::readdir(dir.get())) {
    const std::string_view name = entry->d_name;
    pid_t pid = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), pid);
    if (error == std::errc() && end == name.data() + name.size()) found.push_back(pid);
  }
  return found;
}

// The children of one process, by the list that the kernel keeps for each of its threads
// (CONFIG_PROC_CHILDREN). False if there is no such list.
bool listed_children(pid_t parent, std::vector<pid_t>& children) {
  const std::string tasks = "/proc/" + std::to_string(parent) + "/task";
  bool listed = false;
  for (const pid_t thread : numbered_entries(tasks)) {
    const std::string path = tasks + "/" + std::to_string(thread) + "/children";
    const std::unique_ptr<FILE, Closer> file(::fopen(path.c_str(), "re"));
    if (!file) continue;
    listed = true;
    int pid = 0;
    while (std::fscanf(file.get(), "%d", &pid) == 1) children.push_back(pid);
  }
  return listed;
}

bool contains(const std::vector<pid_t>& pids, pid_t pid) {
  return std::find(pids.begin(), pids.end(), pid) != pids.end();
}

using ByParent = std::multimap<pid_t, Stat>;

ByParent scan() {
  ByParent found;
  for (const pid_t pid : numbered_entries("/proc")) {
    if (const auto stat = read_stat(pid)) found.emplace(stat->id.parent, *stat);
  }
  return found;
}

// Of a process that was listed and has no entry in /proc: whether it is there all the same.
bool is_hidden(pid_t pid) {
  return ::kill(pid, 0) == 0 || errno == EPERM;
}

// Whether the number still means the process that was listed.
bool is_there(const ProcessId& process) {
  if (process.hidden) {
    std::vector<pid_t> pids;
    listed_children(process.parent, pids);
    return contains(pids, process.pid);
  }
  const auto stat = read_stat(process.pid);
  return stat && stat->id.start_time == process.start_time && stat->id.parent == process.parent;
}

// Without a pidfd: there is no descriptor left for one, or a sandbox that is older than the calls
// forbids them. The number would have to come round between the look and the signal.
SignalOutcome send_by_number(const ProcessId& process, int signal) {
  if (!is_there(process)) return SignalOutcome::kGone;
  if (::kill(process.pid, signal) == 0) return SignalOutcome::kSent;
  return errno == EPERM ? SignalOutcome::kRefused : SignalOutcome::kGone;
}

}  // namespace

std::vector<ProcessId> descendants_by_scan(pid_t root) {
  const ByParent by_parent = scan();
  std::vector<ProcessId> found;
  std::vector<pid_t> parents = {root};
  for (std::size_t i = 0; i < parents.size(); ++i) {
    const auto [begin, end] = by_parent.equal_range(parents[i]);
    for (auto it = begin; it != end; ++it) {
      parents.push_back(it->second.id.pid);
      if (!it->second.ended()) found.push_back(it->second.id);
    }
  }
  return found;
}

std::vector<ProcessId> descendants(pid_t root) {
  std::vector<pid_t> pids;
  if (!listed_children(root, pids)) return descendants_by_scan(root);
  std::vector<pid_t> parents(pids.size(), root);
  std::vector<ProcessId> found;
  std::optional<ByParent> scanned;
  for (std::size_t i = 0; i < pids.size(); ++i) {
    const pid_t pid = pids[i];
    const auto stat = read_stat(pid);
    if (stat && !stat->ended()) {
      found.push_back(stat->id);
      listed_children(pid, pids);
    } else if (!stat && is_hidden(pid)) {
      found.push_back({.pid = pid, .parent = parents[i], .hidden = true});
      // Its list is hidden with it, but its children, as far as they are not, name it.
      if (!scanned) scanned = scan();
      const auto [begin, end] = scanned->equal_range(pid);
      for (auto it = begin; it != end; ++it) pids.push_back(it->second.id.pid);
    }
    // What has ended has no children any more: they were handed to the subreaper then.
    parents.resize(pids.size(), pid);
  }
  return found;
}

Children children(pid_t parent) {
  Children found;
  found.listed = listed_children(parent, found.pids);
  if (found.listed) return found;
  for (const auto& [of, stat] : scan()) {
    if (of == parent) found.pids.push_back(stat.id.pid);
  }
  return found;
}

SignalOutcome send_signal(const ProcessId& process, int signal) {
  const int fd = static_cast<int>(::syscall(SYS_pidfd_open, process.pid, 0));
  if (fd < 0) return errno == ESRCH ? SignalOutcome::kGone : send_by_number(process, signal);
  // From here on the descriptor means one process, whatever becomes of the number.
  std::optional<SignalOutcome> outcome;
  const bool same = is_there(process);
  if (same && ::syscall(SYS_pidfd_send_signal, fd, signal, nullptr, 0) == 0) {
    outcome = SignalOutcome::kSent;
  } else if (same && errno == ESRCH) {
    outcome = SignalOutcome::kGone;
  }
  ::close(fd);
  return outcome ? *outcome : send_by_number(process, signal);
}

Killing kill_descendants(pid_t root, const std::vector<pid_t>& spared) {
  Killing killing;
  std::vector<pid_t> out_of_reach = spared;  // grows by what is below them: parents come first
  for (const ProcessId& process : descendants(root)) {
    const bool spare = contains(out_of_reach, process.pid) && process.parent == root;
    if (spare || contains(out_of_reach, process.parent)) {
      out_of_reach.push_back(process.pid);
      continue;
    }
    const SignalOutcome outcome = send_signal(process, SIGKILL);
    if (outcome == SignalOutcome::kGone) killing.missed = true;
    killing.last = process.pid;
    killing.refused = outcome == SignalOutcome::kRefused;
  }
  return killing;
}

}  // namespace elector::cmd
