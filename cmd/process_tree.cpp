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

bool is_same(const Stat& stat, const ProcessId& process) {
  return stat.id.start_time == process.start_time && stat.id.parent == process.parent;
}

// Without a pidfd: there is no descriptor left for one, or a sandbox that is older than the calls
// forbids them. The number would have to come round between the look and the signal.
SignalOutcome send_by_number(const ProcessId& process, int signal) {
  const auto stat = read_stat(process.pid);
  if (!stat || !is_same(*stat, process)) return SignalOutcome::kGone;
  if (::kill(process.pid, signal) == 0) return SignalOutcome::kSent;
  return errno == EPERM ? SignalOutcome::kRefused : SignalOutcome::kGone;
}

}  // namespace

std::vector<ProcessId> descendants_by_scan(pid_t root) {
  std::multimap<pid_t, Stat> by_parent;
  for (const pid_t pid : numbered_entries("/proc")) {
    if (const auto stat = read_stat(pid)) by_parent.emplace(stat->id.parent, *stat);
  }
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
  std::vector<ProcessId> found;
  for (std::size_t i = 0; i < pids.size(); ++i) {
    // What has ended has no children any more: they were handed to the subreaper then.
    const auto stat = read_stat(pids[i]);
    if (!stat || stat->ended()) continue;
    found.push_back(stat->id);
    listed_children(pids[i], pids);
  }
  return found;
}

std::vector<pid_t> zombie_children(pid_t parent) {
  std::vector<pid_t> pids;
  if (!listed_children(parent, pids)) pids = numbered_entries("/proc");
  std::erase_if(pids, [&](pid_t pid) {
    const auto stat = read_stat(pid);
    return !stat || !stat->ended() || stat->id.parent != parent;
  });
  return pids;
}

SignalOutcome send_signal(const ProcessId& process, int signal) {
  const int fd = static_cast<int>(::syscall(SYS_pidfd_open, process.pid, 0));
  if (fd < 0) return errno == ESRCH ? SignalOutcome::kGone : send_by_number(process, signal);
  // From here on the descriptor means one process, whatever becomes of the number.
  std::optional<SignalOutcome> outcome;
  if (const auto stat = read_stat(process.pid)) {
    const bool same = is_same(*stat, process);
    if (same && ::syscall(SYS_pidfd_send_signal, fd, signal, nullptr, 0) == 0) {
      outcome = SignalOutcome::kSent;
    } else if (!same || errno == ESRCH) {
      outcome = SignalOutcome::kGone;
    }
  }
  ::close(fd);
  return outcome ? *outcome : send_by_number(process, signal);
}

Killing kill_descendants(pid_t root) {
  Killing killing;
  for (const ProcessId& process : descendants(root)) {
    if (send_signal(process, SIGKILL) == SignalOutcome::kGone) killing.missed = true;
    killing.last = process.pid;
  }
  return killing;
}

}  // namespace elector::cmd
