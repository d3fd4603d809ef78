// A child process, its two pipes and its pidfd, on the poller.
#include "kube/exec_plugin.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "kube/children.h"
#include "kube/descriptors.h"
#include "kube/signal_name.h"

namespace elector::kube {
namespace {

constexpr std::size_t kStderrKept = 4096;
constexpr core::Duration kReapAgain = std::chrono::milliseconds(20);
constexpr std::size_t kStderrShown = 300;

struct Pipe {
  int read_end = -1;
  int write_end = -1;
};

// Above the standard descriptors, which the child's file actions would otherwise trample on when we
// were ourselves started with one of them closed.
int move_up(int fd) {
  if (fd > STDERR_FILENO) return fd;
  const int moved = fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
  close(fd);
  return moved;
}

Pipe make_pipe() {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) return {};
  Pipe pipe{move_up(ends[0]), move_up(ends[1])};
  if (pipe.read_end >= 0) fcntl(pipe.read_end, F_SETFL, O_NONBLOCK);  // our end alone
  return pipe;
}

void close_fd(int& fd) {
  if (fd >= 0) close(fd);
  fd = -1;
}

// One printable line of at most kStderrShown bytes: the end, which is where programs say what went
// wrong.
std::string one_line(std::string_view text) {
  std::string line;
  for (const char c : text) {
    const bool space = static_cast<unsigned char>(c) <= ' ' || c == 0x7f;
    if (!space) {
      line.push_back(c);
    } else if (!line.empty() && line.back() != ' ') {
      line.push_back(' ');
    }
  }
  while (line.ends_with(' ')) line.pop_back();
  if (line.size() <= kStderrShown) return line;
  std::size_t from = line.size() - kStderrShown;
  while (from < line.size() && (static_cast<unsigned char>(line[from]) & 0xC0U) == 0x80U) ++from;
  return "…" + line.substr(from);
}

// Ours, the kubeconfig's on top, and the plugin protocol's variable last.
std::vector<std::string> make_environment(const ExecPlugin& plugin) {
  std::map<std::string, std::string> variables;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text(*entry);
    const auto equals = text.find('=');
    if (equals == std::string_view::npos) continue;
    variables[std::string(text.substr(0, equals))] = text.substr(equals + 1);
  }
  variables.erase("ELECTOR_TOKEN");  // --token by environment: no other program's business
  for (const auto& [name, value] : plugin.env) variables[name] = value;
  variables["KUBERNETES_EXEC_INFO"] = exec_info(plugin);
  std::vector<std::string> list;
  list.reserve(variables.size());
  for (const auto& [name, value] : variables) list.emplace_back(name).append("=").append(value);
  return list;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> list;
  list.reserve(texts.size() + 1);
  for (std::string& text : texts) list.push_back(text.data());
  list.push_back(nullptr);
  return list;
}

// Starts the plugin; returns 0 and its pid, or the error number.
int spawn(const ExecPlugin& plugin, int out, int err, pid_t& pid) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, err, STDERR_FILENO);
  // We block signals for a signalfd and ignore some; both would be inherited. The group of its own
  // lets us kill what the plugin started, and keeps the terminal's Ctrl-C away from it: whoever
  // presses that means us.
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t none;
  sigset_t all;
  sigemptyset(&none);
  sigfillset(&all);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &all);
  posix_spawnattr_setpgroup(&attributes, 0);
  posix_spawnattr_setflags(&attributes,
                           POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);

  std::vector<std::string> arguments{plugin.command};
  arguments.insert(arguments.end(), plugin.args.begin(), plugin.args.end());
  std::vector<std::string> environment = make_environment(plugin);
  keep_own_descriptors();
  const int error = posix_spawnp(&pid, plugin.command.c_str(), &actions, &attributes,
                                 pointers(arguments).data(), pointers(environment).data());
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  return error;
}

std::string spawn_failure(const ExecPlugin& plugin, int error) {
  if (error == ENOENT) {
    const std::string hint = one_line(plugin.install_hint);
    return "was not found" + (hint.empty() ? "; install it or correct the command" : ": " + hint);
  }
  if (error == EACCES) return "cannot be executed: permission denied; is it executable?";
  if (error == ENOEXEC)
    return "cannot be executed: it is neither a program nor a script with a #! line";
  return std::string("cannot be started: ") + std::strerror(error);
}

std::string in_seconds(std::chrono::milliseconds time) {
  const auto ms = time.count();
  return ms % 1000 == 0 ? std::to_string(ms / 1000) + "s" : std::to_string(ms) + "ms";
}

}  // namespace

class PluginRun::Impl {
 public:
  Impl(Poller& poller, const ExecPlugin& plugin, std::chrono::milliseconds limit, Callback callback)
      : poller_(poller), plugin_(plugin), limit_(limit), callback_(std::move(callback)) {
    if (auto failure = start()) {
      timer_ = poller_.start_timer(core::Duration(0), [this, what = *failure] { fail(what); });
    } else {
      timer_ = poller_.start_timer(limit_, [this] {
        fail("gave no answer within " + in_seconds(limit_) + " and was stopped");
      });
    }
  }

  ~Impl() { clean_up(); }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

 private:
  // Returns what went wrong.
  std::optional<std::string> start() {
    Pipe out = make_pipe();
    Pipe err = make_pipe();
    out_ = out.read_end;
    err_ = err.read_end;
    int error = EMFILE;
    if (out_ >= 0 && out.write_end >= 0 && err_ >= 0 && err.write_end >= 0) {
      error = spawn(plugin_, out.write_end, err.write_end, pid_);
    }
    close_fd(out.write_end);
    close_fd(err.write_end);
    if (error != 0) {
      pid_ = -1;
      return spawn_failure(plugin_, error);
    }
    own_child(pid_);
    pidfd_ = static_cast<int>(syscall(SYS_pidfd_open, pid_, 0));
    if (pidfd_ < 0) return std::string("cannot be watched: ") + std::strerror(errno);
    fcntl(pidfd_, F_SETFD, FD_CLOEXEC);
    if (auto failure = poller_.add(pidfd_, EPOLLIN, [this](std::uint32_t) { on_exit(); }))
      return failure->message;
    if (auto failure = poller_.add(out_, EPOLLIN, [this](std::uint32_t) { on_output(); }))
      return failure->message;
    if (auto failure = poller_.add(err_, EPOLLIN, [this](std::uint32_t) { drain_errors(); }))
      return failure->message;
    return std::nullopt;
  }

  // Reads what is there now; at the end of file, closes the pipe. False when there is too much of
  // it.
  bool drain(int& fd, std::string& into, std::size_t limit) {
    std::array<char, 4096> buffer;
    while (fd >= 0) {
      const ssize_t n = read(fd, buffer.data(), buffer.size());
      if (n < 0 && errno == EINTR) continue;
      if (n < 0 && errno == EAGAIN) break;
      if (n <= 0) {
        poller_.remove(fd);
        close_fd(fd);
        break;
      }
      into.append(buffer.data(), static_cast<std::size_t>(n));
      if (into.size() > limit) return false;
    }
    return true;
  }

  void on_output() {
    if (!drain(out_, output_, kMaxOutput)) fail("printed more than 1 MiB and was stopped");
  }

  // Only the end is kept. A plugin that writes without end is cut off by the time limit; one round
  // here is bounded.
  void drain_errors() {
    for (int rounds = 0; rounds < 16 && !drain(err_, errors_, 2 * kStderrKept); ++rounds)
      keep_end();
    keep_end();
  }

  void keep_end() {
    if (errors_.size() > kStderrKept) errors_.erase(0, errors_.size() - kStderrKept);
  }

  void on_exit() {
    const std::optional<int> status = collect_child(pid_);
    if (!status) return;
    pid_ = -1;
    // The pipes may stay open in a child of the plugin's; what itself wrote is in them by now.
    drain_errors();
    if (!drain(out_, output_, kMaxOutput)) return fail("printed more than 1 MiB");
    if (WIFSIGNALED(*status)) return fail("was ended by " + signal_name(WTERMSIG(*status)));
    if (WEXITSTATUS(*status) != 0) {
      return fail("failed with exit code " + std::to_string(WEXITSTATUS(*status)));
    }
    finish(parse_exec_credential(output_, plugin_));
  }

  void fail(const std::string& what) {
    const std::string said = one_line(errors_);
    finish(Error{Error::Kind::kCredentials,
                 describe(plugin_) + " " + what + (said.empty() ? "" : ": " + said)});
  }

  // The last thing that is done here: the callback may destroy this object.
  void finish(Expected<ExecCredential> result) {
    clean_up();
    const Callback callback = std::exchange(callback_, nullptr);
    if (callback) callback(std::move(result));
  }

  void clean_up() {
    poller_.cancel_timer(timer_);
    for (int* fd : {&out_, &err_}) {
      if (*fd >= 0) poller_.remove(*fd);
      close_fd(*fd);
    }
    if (pidfd_ >= 0) poller_.remove(pidfd_);
    if (pid_ > 0 && !collect_child(pid_)) {
      kill(-pid_, SIGKILL);
      leave_to_poller();
    }
    close_fd(pidfd_);
    pid_ = -1;
  }

  // A killed child is gone in a moment, but a blocking wait here could take longer than a moment.
  void leave_to_poller() {
    const int pidfd = std::exchange(pidfd_, -1);
    Poller& poller = poller_;
    if (pidfd < 0) return reap_later(poller, pid_);
    const auto reap = [pid = pid_, pidfd, &poller](std::uint32_t) {
      collect_child(pid);
      poller.remove(pidfd);
      close(pidfd);
    };
    if (poller_.add(pidfd, EPOLLIN, reap)) {
      close(pidfd);
      reap_later(poller, pid_);
    }
  }

  // Where the kernel says nothing of its end.
  static void reap_later(Poller& poller, pid_t pid) {
    if (collect_child(pid)) return;
    poller.start_timer(kReapAgain, [&poller, pid] { reap_later(poller, pid); });
  }

  Poller& poller_;
  const ExecPlugin plugin_;
  const std::chrono::milliseconds limit_;
  Callback callback_;
  pid_t pid_ = -1;  // -1 when there is nobody to kill
  int pidfd_ = -1;
  int out_ = -1;
  int err_ = -1;
  Poller::TimerId timer_ = 0;
  std::string output_;
  std::string errors_;
};

PluginRun::PluginRun(Poller& poller, const ExecPlugin& plugin, std::chrono::milliseconds limit,
                     Callback callback)
    : impl_(std::make_unique<Impl>(poller, plugin, limit, std::move(callback))) {}

PluginRun::~PluginRun() = default;

}  // namespace elector::kube
