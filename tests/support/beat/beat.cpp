// SPDX-License-Identifier: Apache-2.0
// The command that the tests of `elector exec` run: every 10 ms it writes a beat, a line
// "NANOSECONDS TAG PID TOKEN" (the fencing token, - without one), into a file, so that a test can
// find out afterwards which process was alive when. It misbehaves as its words say.
//
//   beat FILE TAG [WORD...]
//     ignore   ignores TERM, INT and HUP
//     daemon   a grandchild in its own session (double fork, setsid) beats too
//     leave    ends, with 0, as soon as there is a beat; with daemon the grandchild goes on
//     comet    instead of beating itself: a process that forks and ends, again and again, so that
//              no pid lasts; each beats once
//     close    closes every descriptor but the file's
//     alone    holds FILE.lock, as all that it starts does, until the last of them is gone; if
//              another process holds it, there is one beat under the tag "overlap"
//     many=N   N more processes, each in its own session, that ignore TERM; there is no beat
//              before all are there
//     root     becomes root altogether (it must be set-user-ID root), so that the user who runs
//              elector may not kill it
//   beat --traced [HOW]... makes its parent its tracer, goes through each HOW, and ends with 7
//     signal   a signal that it handles        exec     executes itself
//     stop     is stopped and continued        trap     SIGTRAP, which it handles
//     end      SIGUSR2, which ends it          wait     waits for ever
//     orphan   a process that it leaves behind makes its new parent its tracer, with a signal that
//              it handles
//   beat --signals       prints "ready", then the number of each signal that arrives; TERM ends it
//                        with 0
//   beat --descriptors   prints which descriptors are open
#include <fcntl.h>
#include <sys/file.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <string>
#include <vector>

namespace {

void beat_once(int file, const std::string& tag) {
  timespec now{};
  ::clock_gettime(CLOCK_BOOTTIME, &now);
  const long long at = static_cast<long long>(now.tv_sec) * 1'000'000'000 + now.tv_nsec;
  const char* token = std::getenv("LEADER_FENCING_TOKEN");
  const std::string line = std::to_string(at) + " " + tag + " " + std::to_string(::getpid()) + " " +
                           (token == nullptr ? "-" : token) + "\n";
  if (::write(file, line.data(), line.size()) < 0) ::_exit(1);
}

void pause_for(long milliseconds) {
  const timespec pause{.tv_sec = 0, .tv_nsec = milliseconds * 1'000'000};
  ::nanosleep(&pause, nullptr);
}

[[noreturn]] void beat(int file, const std::string& tag) {
  while (true) {
    beat_once(file, tag);
    pause_for(10);
  }
}

// Returns in the grandchild only, which no process of the family waits for.
bool daemonise() {
  const pid_t between = ::fork();
  if (between != 0) {
    ::waitpid(between, nullptr, 0);
    return false;
  }
  ::setsid();
  if (::fork() != 0) ::_exit(0);
  return true;
}

[[noreturn]] void fly_on(int file, const std::string& tag) {
  while (true) {
    beat_once(file, tag);
    const pid_t next = ::fork();
    if (next > 0) ::_exit(0);
  }
}

// The lock belongs to the open file, which all forked processes share.
void lock_out(const std::string& path, int file) {
  const int lock = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  if (lock < 0 || ::flock(lock, LOCK_EX | LOCK_NB) != 0) beat_once(file, "overlap");
}

void start_many(int count) {
  for (int i = 0; i < count; ++i) {
    const pid_t pid = ::fork();
    if (pid < 0) ::_exit(1);
    if (pid > 0) continue;
    ::setsid();
    std::signal(SIGTERM, SIG_IGN);
    while (true) ::pause();
  }
}

int say_signals() {
  sigset_t all;
  sigfillset(&all);
  ::sigprocmask(SIG_BLOCK, &all, nullptr);
  std::puts("ready");
  std::fflush(stdout);
  while (true) {
    int signal = 0;
    if (::sigwait(&all, &signal) != 0) continue;
    std::printf("%d\n", signal);
    std::fflush(stdout);
    if (signal == SIGTERM) return 0;
  }
}

int say_descriptors() {
  std::string open;
  for (int fd = 0; fd < 1024; ++fd) {
    if (::fcntl(fd, F_GETFD) >= 0) open += std::to_string(fd) + " ";
  }
  std::puts(open.c_str());
  return 0;
}

volatile std::sig_atomic_t handled = 0;

void make_parent_trace() {
  if (::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) != 0) ::_exit(3);
}

void raise_handled(int signal) {
  std::signal(signal, [](int) { handled = 1; });
  handled = 0;
  ::raise(signal);
  if (handled == 0) ::_exit(4);
}

char state_of(pid_t pid) {
  std::string text;
  std::getline(std::ifstream("/proc/" + std::to_string(pid) + "/stat"), text);
  const std::size_t end = text.rfind(')');
  return end == std::string::npos ? '-' : text[end + 2];
}

void stop_and_go_on() {
  const pid_t self = ::getpid();
  const pid_t waker = ::fork();
  if (waker == 0) {
    while (state_of(self) != 'T') pause_for(1);
    ::kill(self, SIGCONT);
    ::_exit(0);
  }
  ::raise(SIGSTOP);
  ::waitpid(waker, nullptr, 0);
}

// Waits until the orphan has finished, for ever if it does not.
void leave_traced_orphan() {
  std::array<int, 2> ends{};
  if (::pipe(ends.data()) != 0) ::_exit(3);
  const pid_t between = ::fork();
  if (between == 0) {
    const pid_t parent = ::getpid();
    if (::fork() != 0) ::_exit(0);
    while (::getppid() == parent) pause_for(1);
    make_parent_trace();
    raise_handled(SIGUSR1);
    ::_exit(::write(ends[1], "x", 1) == 1 ? 0 : 1);
  }
  ::waitpid(between, nullptr, 0);
  char byte = 0;
  if (::read(ends[0], &byte, 1) != 1) ::_exit(5);
}

int go_traced(const std::vector<std::string>& words, char** argv) {
  if (words[1] == "--traced" && (words.size() < 3 || words[2] != "orphan")) make_parent_trace();
  for (std::size_t i = 2; i < words.size(); ++i) {
    if (words[i] == "signal") raise_handled(SIGUSR1);
    if (words[i] == "trap") raise_handled(SIGTRAP);
    if (words[i] == "stop") stop_and_go_on();
    if (words[i] == "end") ::raise(SIGUSR2);
    while (words[i] == "wait") ::pause();
    if (words[i] == "orphan") leave_traced_orphan();
    if (words[i] == "exec") {
      std::string again = "--again";
      argv[i] = again.data();
      argv[i - 1] = argv[0];
      ::execv("/proc/self/exe", argv + i - 1);
      ::_exit(6);
    }
  }
  return 7;
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> words(argv, argv + argc);
  if (words.size() == 2 && words[1] == "--signals") return say_signals();
  if (words.size() == 2 && words[1] == "--descriptors") return say_descriptors();
  if (words.size() >= 2 && (words[1] == "--traced" || words[1] == "--again")) {
    return go_traced(words, argv);
  }
  if (words.size() < 3) return 2;
  const auto has = [&](const char* word) {
    return std::find(words.begin() + 3, words.end(), word) != words.end();
  };
  const std::string& tag = words[2];
  const int file = ::open(argv[1], O_WRONLY | O_APPEND | O_CREAT, 0666);
  if (file < 0) return 1;
  if (has("root") && ::setresuid(0, 0, 0) != 0) return 1;
  if (has("alone")) lock_out(words[1] + ".lock", file);
  for (const std::string& word : words) {
    if (word.starts_with("many=")) start_many(std::atoi(word.c_str() + 5));
  }
  if (has("ignore")) {
    for (const int signal : {SIGTERM, SIGINT, SIGHUP}) std::signal(signal, SIG_IGN);
  }
  if (has("close")) {
    for (int fd = 0; fd < 256; ++fd) {
      if (fd != file) ::close(fd);
    }
  }
  if (has("daemon") && daemonise()) {
    if (has("comet")) fly_on(file, tag);
    beat(file, tag);
  }
  if (has("leave")) {
    struct stat found {};
    while (::fstat(file, &found) == 0 && found.st_size == 0) pause_for(1);
    return 0;
  }
  if (has("comet") && !has("daemon")) {
    if (::fork() == 0) fly_on(file, tag);
  }
  beat(file, tag);
}
