// The command that the tests of `elector exec` run: it beats, every 10 ms a line
// "NANOSECONDS TAG PID TOKEN" in a file (the fencing token, - without one), so that it can be told
// afterwards who was alive when. And it misbehaves as it is told.
//
//   beat FILE TAG [WORD...]
//     ignore   ignores TERM, INT and HUP
//     daemon   a grandchild in a session of its own (double fork, setsid) beats too
//     leave    ends, with 0, as soon as there is a beat; with daemon the grandchild goes on
//     comet    instead of beating itself: a process that forks and ends, again and again, so that
//              no pid lasts; each beats once
//     close    closes every descriptor but the file's
//     alone    holds FILE.lock, as all that it starts does, until the last of them is gone; where
//              another holds it, there is one beat under the tag "overlap"
//     many=N   N more processes, each in a session of its own, that ignore TERM; there is no beat
//              before all are there
//     root     becomes root altogether (it must be set-user-ID root), so that who runs elector may
//              not kill it
//   beat --signals       says "ready", then the number of each signal that comes; TERM ends it with
//   0 beat --descriptors   says which descriptors are open
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <ctime>
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

// Returns in the grandchild only, which nobody of the family's waits for.
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

// The lock belongs to the open file, which all that is forked shares.
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

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> words(argv, argv + argc);
  if (words.size() == 2 && words[1] == "--signals") return say_signals();
  if (words.size() == 2 && words[1] == "--descriptors") return say_descriptors();
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
