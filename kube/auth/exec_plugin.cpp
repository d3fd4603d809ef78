// SPDX-License-Identifier: Apache-2.0
// A child process and its two pipes on the poller.
#include "kube/auth/exec_plugin.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "kube/auth/child_watch.h"
#include "kube/auth/spawn.h"
#include "kube/base/signal_name.h"
#include "kube/base/unique_fd.h"

namespace elector::kube {
namespace {

constexpr std::size_t kStderrKept = 4096;
constexpr std::size_t kStderrShown = 300;

struct Pipe {
  UniqueFd read_end;
  UniqueFd write_end;
};

// Moves a descriptor above the standard ones, which the child's file actions would otherwise
// overwrite if this process was started with one of them closed.
UniqueFd moved_up(UniqueFd fd) {
  if (fd.get() > STDERR_FILENO) return fd;
  return UniqueFd(fcntl(fd.get(), F_DUPFD_CLOEXEC, STDERR_FILENO + 1));
}

// Returns a pipe without ends if there is no descriptor left.
Pipe make_pipe() {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) return {};
  UniqueFd read_end(ends[0]);
  UniqueFd write_end(ends[1]);
  Pipe pipe{moved_up(std::move(read_end)), moved_up(std::move(write_end))};
  if (!pipe.read_end || !pipe.write_end) return {};
  fcntl(pipe.read_end.get(), F_SETFL, O_NONBLOCK);  // only this process's end
  return pipe;
}

// Returns the end of the text, where programs say what went wrong, as one printable line of at most
// kStderrShown bytes.
std::string end_of(std::string_view text) {
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

// Returns why a person cannot be asked; nothing if one can. Standard input must be a terminal that
// this process may read: it may not while it is in the background, or the command of `exec` has the
// foreground.
std::optional<std::string> no_terminal() {
  if (isatty(STDIN_FILENO) == 0) return "standard input is not a terminal";
  if (tcgetpgrp(STDIN_FILENO) != getpgrp()) {
    return "elector does not have the terminal: it runs in the background, or its command has the "
           "terminal";
  }
  return std::nullopt;
}

// The plugin as a program. With `interactive`, it gets this process's standard input and error, so
// that it can ask, and stays in this process's group, because only the foreground group may read
// from the terminal. Otherwise a group of its own lets elector kill what the plugin started, and
// keeps the terminal's Ctrl-C, which is meant for elector, away from it.
Program program_of(const ExecPlugin& plugin, bool interactive) {
  Program program{.file = plugin.command,
                  .arguments = {plugin.command},
                  .variables = {plugin.env.begin(), plugin.env.end()},
                  .own_group = !interactive,
                  .no_input = !interactive};
  program.arguments.insert(program.arguments.end(), plugin.args.begin(), plugin.args.end());
  program.variables.emplace_back("KUBERNETES_EXEC_INFO", exec_info(plugin, interactive));
  return program;
}

std::string spawn_failure(const ExecPlugin& plugin, int error) {
  if (error == ENOENT) {
    const std::string hint = end_of(plugin.install_hint);
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
      // No limit while a person may be answering.
      if (interactive_) return;
      timer_ = poller_.start_timer(limit_, [this] {
        fail("did not finish within " + in_seconds(limit_) + " and was stopped");
      });
    }
  }

  ~Impl() { clean_up(); }
  bool interactive() const { return interactive_; }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

 private:
  // Returns what went wrong.
  std::optional<std::string> start() {
    const auto missing = no_terminal();
    interactive_ = plugin_.interactive != ExecPlugin::Interactive::kNever && !missing;
    if (plugin_.interactive == ExecPlugin::Interactive::kAlways && missing) {
      return "needs an interactive terminal (interactiveMode is Always), but " + *missing;
    }
    if (interactive_) tcgetattr(STDIN_FILENO, &terminal_);
    if (const int error = start_program()) {
      pid_ = -1;
      return spawn_failure(plugin_, error);
    }
    child_.emplace(poller_, pid_, [this] { on_exit(); });
    if (auto failure = poller_.add(out_.get(), EPOLLIN, [this](std::uint32_t) { on_output(); }))
      return failure->message;
    if (auto failure = poller_.add(err_.get(), EPOLLIN, [this](std::uint32_t) { drain_errors(); }))
      return failure->message;
    return std::nullopt;
  }

  // Returns 0 or an errno.
  int start_program() {
    Pipe out = make_pipe();
    Pipe err = make_pipe();
    if (!out.read_end || !err.read_end) return EMFILE;
    Program program = program_of(plugin_, interactive_);
    program.output = out.write_end.get();
    if (!interactive_) program.errors = err.write_end.get();
    out_ = std::move(out.read_end);
    err_ = std::move(err.read_end);
    return spawn(program, pid_);
  }

  // Reads what is available now; at end of file, closes the pipe. Returns false if there is more
  // than the limit.
  bool drain(UniqueFd& fd, std::string& into, std::size_t limit) {
    std::array<char, 4096> buffer;
    while (fd) {
      const ssize_t n = read(fd.get(), buffer.data(), buffer.size());
      if (n < 0 && errno == EINTR) continue;
      if (n < 0 && errno == EAGAIN) break;
      if (n <= 0) {
        poller_.remove(fd.get());
        fd.reset();
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

  // Keeps only the end. A plugin that writes endlessly is stopped by the time limit; one round here
  // is bounded.
  void drain_errors() {
    for (int rounds = 0; rounds < 16 && !drain(err_, errors_, 2 * kStderrKept); ++rounds)
      keep_end();
    keep_end();
  }

  void keep_end() {
    if (errors_.size() > kStderrKept) errors_.erase(0, errors_.size() - kStderrKept);
  }

  void on_exit() {
    const std::optional<int> status = child_->reap();
    if (!status) return;
    pid_ = -1;
    // A child of the plugin may keep the pipes open; what the plugin itself wrote is in them by
    // now.
    drain_errors();
    if (!drain(out_, output_, kMaxOutput)) return fail("printed more than 1 MiB");
    if (WIFSIGNALED(*status)) return fail("was killed by " + signal_name(WTERMSIG(*status)));
    if (WEXITSTATUS(*status) != 0) {
      return fail("failed with exit code " + std::to_string(WEXITSTATUS(*status)));
    }
    finish(parse_exec_credential(output_, plugin_));
  }

  void fail(const std::string& what) {
    const std::string said = end_of(errors_);
    finish(Error{Error::Kind::kCredentials,
                 describe(plugin_) + " " + what + (said.empty() ? "" : ": " + said)});
  }

  // Must be the last action: the callback may destroy this object.
  void finish(Expected<ExecCredential> result) {
    clean_up();
    const Callback callback = std::exchange(callback_, nullptr);
    if (callback) callback(std::move(result));
  }

  void clean_up() {
    poller_.cancel_timer(timer_);
    for (UniqueFd* fd : {&out_, &err_}) {
      if (*fd) poller_.remove(fd->get());
      fd->reset();
    }
    child_.reset();
    if (pid_ > 0) {
      kill(interactive_ ? pid_ : -pid_, SIGKILL);
      // The plugin may have switched off the echo, for a password.
      if (interactive_ && !no_terminal()) tcsetattr(STDIN_FILENO, TCSADRAIN, &terminal_);
      // A killed child usually ends at once, but waiting for that here could block for longer.
      ChildWatch::reap_later(poller_, pid_);
    }
    pid_ = -1;
  }

  Poller& poller_;
  const ExecPlugin plugin_;
  const std::chrono::milliseconds limit_;
  Callback callback_;
  pid_t pid_ = -1;  // -1 when there is no process to kill
  std::optional<ChildWatch> child_;
  bool interactive_ = false;
  termios terminal_{};  // as it was before an interactive plugin ran
  UniqueFd out_;
  UniqueFd err_;
  Poller::TimerId timer_ = 0;
  std::string output_;
  std::string errors_;
};

PluginRun::PluginRun(Poller& poller, const ExecPlugin& plugin, std::chrono::milliseconds limit,
                     Callback callback)
    : impl_(std::make_unique<Impl>(poller, plugin, limit, std::move(callback))) {}

PluginRun::~PluginRun() = default;

bool PluginRun::interactive() const {
  return impl_->interactive();
}

}  // namespace elector::kube
