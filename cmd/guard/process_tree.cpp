// SPDX-License-Identifier: Apache-2.0
#include "cmd/guard/process_tree.h"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "kube/base/pid_fd.h"
#include "kube/base/poller.h"
#include "kube/base/unique_fd.h"

namespace elector::cmd {
namespace {

struct Stat {
  ProcessId id;
  char state = '?';
  int threads = 0;

  // The state is that of the first thread. While another thread lives, so does the process, and it
  // has children. A process that waits to be reaped has one thread left, or none.
  bool ended() const { return state == 'Z' && threads <= 1; }
};

// Fields 3 (state), 4 (parent), 20 (threads) and 22 (start time) of /proc/PID/stat. The name in
// field 2 may hold anything, parentheses included, so the fields are counted from its last one.
std::optional<Stat> read_stat(pid_t pid) {
  const std::string path = "/proc/" + std::to_string(pid) + "/stat";
  const kube::UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) return std::nullopt;
  std::array<char, 1024> buffer{};
  const ssize_t size = ::read(fd.get(), buffer.data(), buffer.size() - 1);
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

// Appends the children of one thread from the kernel's list (CONFIG_PROC_CHILDREN), up to about
// `most`. Returns false if there is no such list.
bool listed_children_of_thread(const std::string& tasks, pid_t thread, std::vector<pid_t>& children,
                               std::size_t most) {
  const std::string path = tasks + "/" + std::to_string(thread) + "/children";
  const kube::UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) return false;
  std::array<char, 4096> buffer;
  pid_t pid = 0;
  for (ssize_t size = 0;
       children.size() < most && (size = ::read(fd.get(), buffer.data(), buffer.size())) > 0;) {
    // Each number is followed by a space, and may go on in the next part.
    for (const char c : std::string_view(buffer.data(), static_cast<std::size_t>(size))) {
      if (c >= '0' && c <= '9') {
        pid = pid * 10 + (c - '0');
      } else if (pid != 0) {
        children.push_back(std::exchange(pid, 0));
      }
    }
  }
  return true;
}

// Appends the children of a process, of which each thread has its own list. threads: their number,
// 0 if unknown.
bool listed_children(pid_t parent, std::vector<pid_t>& children, int threads = 0,
                     std::size_t most = std::numeric_limits<std::size_t>::max()) {
  const std::string tasks = "/proc/" + std::to_string(parent) + "/task";
  if (threads == 1) return listed_children_of_thread(tasks, parent, children, most);
  bool listed = false;
  for (const pid_t thread : numbered_entries(tasks)) {
    listed |= listed_children_of_thread(tasks, thread, children, most);
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

// Finds the visible children of a process that /proc hides: its list is hidden with it, but the
// children name their parent.
class HiddenFamilies {
 public:
  void add_children(pid_t parent, std::vector<pid_t>& children) {
    if (!scanned_) scanned_ = scan();
    const auto [begin, end] = scanned_->equal_range(parent);
    for (auto it = begin; it != end; ++it) children.push_back(it->second.id.pid);
  }

 private:
  std::optional<ByParent> scanned_;
};

// Whether a process that was listed but has no entry in /proc exists all the same.
bool is_hidden(pid_t pid) {
  return ::kill(pid, 0) == 0 || errno == EPERM;
}

// Walks through the living descendants of `root` by the kernel's lists, parents before their
// children. `visit` is called before a process's own children are listed, and returns whether to
// list them. Returns false if the kernel keeps no lists.
template <typename Visit>
bool walk(pid_t root, const Visit& visit) {
  std::vector<pid_t> pids;
  if (!listed_children(root, pids)) return false;
  std::vector<pid_t> parents(pids.size(), root);
  HiddenFamilies hidden;
  for (std::size_t i = 0; i < pids.size(); ++i) {
    const pid_t pid = pids[i];
    const auto stat = read_stat(pid);
    if (stat) {
      // A process that has ended has no children: they went to the subreaper. One with a third
      // process as parent is a reused pid, or it is listed the next time.
      const pid_t parent = stat->id.parent;
      const bool there = !stat->ended() && (parent == parents[i] || parent == root);
      if (there && visit(stat->id)) listed_children(pid, pids, stat->threads);
    } else if (is_hidden(pid)) {
      if (visit({.pid = pid, .parent = parents[i], .hidden = true})) hidden.add_children(pid, pids);
    }
    parents.resize(pids.size(), pid);
  }
  return true;
}

// Whether the pid still means the process that was listed.
bool is_there(const ProcessId& process) {
  if (process.hidden) {
    std::vector<pid_t> pids;
    listed_children(process.parent, pids);
    return contains(pids, process.pid);
  }
  const auto stat = read_stat(process.pid);
  return stat && stat->id.start_time == process.start_time && stat->id.parent == process.parent;
}

// Sends through a pidfd, which means one process from its opening on, whatever becomes of the pid.
// Returns nothing if that is not possible; the descriptor, which may be the last one, is free again
// then.
std::optional<SignalOutcome> send_by_descriptor(const ProcessId& process, int signal) {
  const kube::PidFd held(process.pid);
  if (held.gone()) return SignalOutcome::kGone;
  if (held.fd() < 0 || !is_there(process)) return std::nullopt;
  const int error = held.send(signal);
  if (error == 0) return SignalOutcome::kSent;
  if (error == ESRCH) return SignalOutcome::kGone;
  return std::nullopt;
}

// Sends without a pidfd: no descriptor is left for one, or a sandbox older than the calls forbids
// them. The pid would have to be reused between the check and the signal.
SignalOutcome send_by_number(const ProcessId& process, int signal) {
  if (!is_there(process)) return SignalOutcome::kGone;
  if (::kill(process.pid, signal) == 0) return SignalOutcome::kSent;
  return errno == EPERM ? SignalOutcome::kRefused : SignalOutcome::kGone;
}

// Returns a process's real user, which decides who may signal it; root if it cannot be read.
uid_t real_user(pid_t pid) {
  std::ifstream status("/proc/" + std::to_string(pid) + "/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("Uid:")) return static_cast<uid_t>(std::strtoul(&line[4], nullptr, 10));
  }
  return 0;
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
  std::vector<ProcessId> found;
  const bool listed = walk(root, [&](const ProcessId& process) {
    found.push_back(process);
    return true;
  });
  return listed ? found : descendants_by_scan(root);
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
  const auto outcome = send_by_descriptor(process, signal);
  return outcome ? *outcome : send_by_number(process, signal);
}

// Kills each before its children are listed: a process with a pending SIGKILL cannot fork any more.
Killing kill_descendants(pid_t root, const std::vector<pid_t>& spared) {
  Killing killing;
  const auto kill = [&](const ProcessId& process) {
    if (process.parent == root && contains(spared, process.pid)) return false;
    const SignalOutcome outcome = send_signal(process, SIGKILL);
    if (outcome == SignalOutcome::kGone) killing.missed = true;
    killing.last = process.pid;
    killing.refused = outcome == SignalOutcome::kRefused;
    return true;
  };
  if (walk(root, kill)) return killing;
  std::vector<pid_t> out_of_reach;  // the spared processes and what is below them
  for (const ProcessId& process : descendants_by_scan(root)) {
    if (contains(out_of_reach, process.parent) || !kill(process)) {
      out_of_reach.push_back(process.pid);
    }
  }
  return killing;
}

bool kill_children() {
  constexpr int kPasses = 100;  // then the caller checks the clock
  constexpr std::size_t kMost = 1000;
  std::vector<pid_t> children;
  pid_t newest = 0;
  for (int pass = 0; pass < kPasses; ++pass) {
    children.clear();
    if (!listed_children(::getpid(), children, 0, kMost)) return false;
    // The list is in the order in which they became children.
    if (children.empty() || children.back() == newest) return true;
    newest = children.back();
    for (const pid_t child : children) ::kill(child, SIGKILL);
  }
  return true;
}

bool DescendantCount::go_on(core::BootTime until) {
  for (const std::size_t begun = next_; next_ < pids_.size(); ++next_) {
    if (next_ != begun && kube::boot_now() >= until) return false;
    const pid_t pid = pids_[next_];
    const auto stat = read_stat(pid);
    if (next_ != 0) {
      if (stat ? stat->ended() : !is_hidden(pid)) continue;
      note_refusal(pid);
      ++found_;
    }
    if (listed_children(pid, pids_, stat ? stat->threads : 0) || next_ != 0) continue;
    // Without lists, all of /proc is read in one piece.
    for (const ProcessId& process : descendants_by_scan(pid)) {
      note_refusal(process.pid);
      ++found_;
    }
  }
  return true;
}

void DescendantCount::note_refusal(pid_t pid) {
  constexpr std::size_t kMostRefused = 16;
  if (::kill(pid, 0) == 0 || errno != EPERM) return;
  if (refused_.size() < kMostRefused) refused_.push_back({pid, real_user(pid)});
}

}  // namespace elector::cmd
