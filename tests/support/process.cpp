// SPDX-License-Identifier: Apache-2.0
#include "tests/support/process.h"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <sys/eventfd.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <future>
#include <stdexcept>
#include <utility>

namespace elector::tests {
namespace {

// Returns the test program's environment with the changes applied, as execve(2) expects it.
std::vector<std::string> environment_with(
    const std::map<std::string, std::optional<std::string>>& changes) {
  std::vector<std::string> result;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string text = *entry;
    if (!changes.contains(text.substr(0, text.find('=')))) result.push_back(text);
  }
  for (const auto& [name, value] : changes) {
    if (value) result.push_back(name + "=" + *value);
  }
  return result;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> result;
  result.reserve(texts.size() + 1);
  for (std::string& text : texts) result.push_back(text.data());
  result.push_back(nullptr);
  return result;
}

struct Pipe {
  int read = -1;
  int write = -1;
};

Pipe make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw std::runtime_error("pipe2 failed");
  return {ends[0], ends[1]};
}

// Forks PID 1 of new namespaces, with its own /proc, and returns in it. The parent ends as it does.
void become_init() {
  if (::unshare(CLONE_NEWPID | CLONE_NEWNS) != 0) ::_exit(126);
  const pid_t init = ::fork();
  if (init != 0) {
    int status = 0;
    ::waitpid(init, &status, 0);
    ::_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
  }
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
      ::mount("proc", "/proc", "proc", 0, nullptr) != 0) {
    ::_exit(126);
  }
}

// In the child: from here on only what signal-safety(7) allows.
[[noreturn]] void become(char** arguments, char** environment, int in, int out, int err,
                         const Command& command, const std::vector<sock_filter>& denied,
                         pid_t parent) {
  ::setpgid(0, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(127);
  // The environment of the tests may ignore some signals (nohup, a shell's background).
  for (int number = 1; number <= SIGRTMAX; ++number) std::signal(number, SIG_DFL);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::dup2(in, STDIN_FILENO);
  ::dup2(out, STDOUT_FILENO);
  ::dup2(err, STDERR_FILENO);
  if (command.close_stdout) ::close(STDOUT_FILENO);
  if (command.as_init) become_init();
  if (!denied.empty() && !deny(denied)) ::_exit(127);
  ::execvpe(arguments[0], arguments, environment);
  ::_exit(127);
}

// Forks on a thread that lives as long as the test program. The parent-death signal of prctl(2)
// depends on the thread that forked: a server that a short-lived thread needed first would die with
// that thread, while all others still use it.
class Forker {
 public:
  static Forker& get() {
    static Forker& forker = *new Forker;  // never destroyed: its thread outlives everything else
    return forker;
  }

  // child: runs in the forked process and does not return. Returns what fork(2) does.
  pid_t fork(const std::function<void()>& child) {
    std::packaged_task<pid_t()> task([&child] {
      // A signal that arrives before the other program runs must not reach a handler of this one,
      // which would swallow it.
      sigset_t all;
      sigset_t before;
      ::sigfillset(&all);
      ::pthread_sigmask(SIG_SETMASK, &all, &before);
      const pid_t pid = ::fork();
      if (pid == 0) child();
      ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
      return pid;
    });
    std::future<pid_t> result = task.get_future();
    {
      const std::lock_guard lock(mutex_);
      tasks_.push_back(std::move(task));
    }
    wanted_.notify_one();
    return result.get();
  }

 private:
  Forker() {
    std::thread([this] { run(); }).detach();
  }

  void run() {
    std::unique_lock lock(mutex_);
    while (true) {
      wanted_.wait(lock, [this] { return !tasks_.empty(); });
      std::packaged_task<pid_t()> task = std::move(tasks_.front());
      tasks_.erase(tasks_.begin());
      lock.unlock();
      task();
      lock.lock();
    }
  }

  std::mutex mutex_;
  std::condition_variable wanted_;
  std::vector<std::packaged_task<pid_t()>> tasks_;
};

}  // namespace

Process::Process(const Command& command) : leave_behind_(command.leave_behind) {
  std::vector<std::string> arguments = command.arguments;
  std::vector<std::string> environment = environment_with(command.environment);
  const std::vector<char*> argument_list = pointers(arguments);
  const std::vector<char*> environment_list = pointers(environment);
  const std::vector<sock_filter> denied =
      command.denied.empty() ? std::vector<sock_filter>{} : denial_program(command.denied);
  const Pipe out = make_pipe();
  const Pipe err = make_pipe();
  const int in = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  stop_ = ::eventfd(0, EFD_CLOEXEC);
  look_ = ::eventfd(0, EFD_CLOEXEC);
  const pid_t parent = ::getpid();
  pid_ = Forker::get().fork([&] {
    become(const_cast<char**>(argument_list.data()), const_cast<char**>(environment_list.data()),
           in, out.write, err.write, command, denied, parent);
  });
  ::close(in);
  ::close(out.write);
  ::close(err.write);
  out_ = out.read;
  err_ = err.read;
  if (pid_ < 0) throw std::runtime_error("fork failed");
  ::setpgid(pid_, pid_);  // here too: whichever process is first
  pid_fd_ = static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0));
  reader_ = std::thread([this] { read_output(); });
}

Process::~Process() {
  if (!exit_code_) {
    ::kill(-pid_, SIGKILL);
    leave_behind_ = false;
    wait_exit();
  }
  const std::uint64_t one = 1;
  (void)!::write(stop_, &one, sizeof one);
  reader_.join();
  for (const int fd : {pid_fd_, out_, err_, stop_, look_}) ::close(fd);
}

void Process::signal(int number) const {
  // After a process has been waited for, its number may be reused.
  if (!exit_code_) ::kill(pid_, number);
}

std::optional<int> Process::wait_exit(Milliseconds limit) {
  if (exit_code_) return exit_code_;
  pollfd ended{.fd = pid_fd_, .events = POLLIN, .revents = 0};
  if (::poll(&ended, 1, static_cast<int>(limit.count())) <= 0) return std::nullopt;
  int status = 0;
  // Kills what it left running, while the number is still taken.
  if (!leave_behind_) ::kill(-pid_, SIGKILL);
  if (::waitpid(pid_, &status, 0) != pid_) return std::nullopt;
  exit_code_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  std::unique_lock lock(mutex_);
  if (changed_.wait_for(lock, std::chrono::seconds(5), [this] { return output_ended_; })) {
    return exit_code_;
  }
  // Another process may hold its output open; or the machine is so busy that the reader has not
  // read what is available.
  const std::uint64_t one = 1;
  (void)!::write(look_, &one, sizeof one);
  changed_.wait_for(lock, kLimit, [this] { return output_ended_ || looked_; });
  return exit_code_;
}

std::vector<Line> Process::lines(Stream stream) const {
  const std::lock_guard lock(mutex_);
  const auto it = lines_.find(stream);
  return it == lines_.end() ? std::vector<Line>{} : it->second;
}

std::string Process::text(Stream stream) const {
  std::string text;
  for (const Line& line : lines(stream)) text += line.text + "\n";
  return text;
}

std::optional<Line> Process::wait_for_line(Stream stream, const Predicate& accepts,
                                           Milliseconds limit, std::size_t from) const {
  const SteadyTime end = std::chrono::steady_clock::now() + limit;
  std::unique_lock lock(mutex_);
  while (true) {
    const auto it = lines_.find(stream);
    for (; it != lines_.end() && from < it->second.size(); ++from) {
      if (accepts(it->second[from].text)) return it->second[from];
    }
    if (output_ended_) return std::nullopt;
    if (changed_.wait_until(lock, end) == std::cv_status::timeout) return std::nullopt;
  }
}

void Process::read_output() {
  std::array<pollfd, 4> watched{{{.fd = stop_, .events = POLLIN, .revents = 0},
                                 {.fd = out_, .events = POLLIN, .revents = 0},
                                 {.fd = err_, .events = POLLIN, .revents = 0},
                                 {.fd = look_, .events = POLLIN, .revents = 0}}};
  while (watched[1].fd >= 0 || watched[2].fd >= 0) {
    if (::poll(watched.data(), watched.size(), -1) < 0 && errno != EINTR) break;
    if (watched[3].revents != 0 && watched[1].revents == 0 && watched[2].revents == 0) {
      watched[3].fd = -1;
      const std::lock_guard lock(mutex_);
      looked_ = true;
      changed_.notify_all();
    }
    if (watched[1].revents != 0 && !take(Stream::kOut, out_)) watched[1].fd = -1;
    if (watched[2].revents != 0 && !take(Stream::kErr, err_)) watched[2].fd = -1;
    if (watched[0].revents != 0) break;
  }
  const std::lock_guard lock(mutex_);
  output_ended_ = true;
  changed_.notify_all();
}

// Reads what is available; returns false at the end of the stream.
bool Process::take(Stream stream, int fd) {
  std::array<char, 4096> buffer{};
  const ssize_t size = ::read(fd, buffer.data(), buffer.size());
  if (size < 0) return errno == EINTR;
  std::string& partial = partial_[stream];
  if (size == 0) {
    if (!partial.empty()) add_line(stream, std::exchange(partial, {}));
    return false;
  }
  partial.append(buffer.data(), static_cast<std::size_t>(size));
  for (std::size_t end = 0; (end = partial.find('\n')) != std::string::npos;) {
    add_line(stream, partial.substr(0, end));
    partial.erase(0, end + 1);
  }
  return true;
}

void Process::add_line(Stream stream, std::string text) {
  const std::lock_guard lock(mutex_);
  lines_[stream].push_back({std::move(text), std::chrono::steady_clock::now()});
  changed_.notify_all();
}

Process::Predicate containing(std::string text) {
  return [text = std::move(text)](const std::string& line) {
    return line.find(text) != std::string::npos;
  };
}

Process::Predicate equal_to(std::string text) {
  return [text = std::move(text)](const std::string& line) { return line == text; };
}

}  // namespace elector::tests
