// SPDX-License-Identifier: Apache-2.0
// Finding and signalling descendants, whatever they did to escape.
#include "cmd/guard/process_tree.h"

#include <doctest/doctest.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <fstream>
#include <functional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "tests/support/denial.h"
#include "tests/support/eventually.h"

namespace elector::tests {
namespace {

using cmd::descendants;
using cmd::ProcessId;
using cmd::SignalOutcome;

// A subreaper with some processes below it, and a pipe through which they send their pids. All are
// gone at the end.
class Family {
 public:
  // `grow` runs in the subreaper; it forks, and writes the pids that are to be found.
  explicit Family(const std::function<void(int report)>& grow) {
    std::array<int, 2> ends{};
    REQUIRE(::pipe(ends.data()) == 0);
    root_ = ::fork();
    REQUIRE(root_ >= 0);
    if (root_ == 0) {
      ::prctl(PR_SET_CHILD_SUBREAPER, 1);
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      ::close(ends[0]);
      grow(ends[1]);
      while (true) ::pause();
    }
    ::close(ends[1]);
    report_ = ends[0];
  }
  ~Family() {
    for (const ProcessId& process : descendants(root_)) ::kill(process.pid, SIGKILL);
    ::kill(root_, SIGKILL);
    ::waitpid(root_, nullptr, 0);
    ::close(report_);
  }
  Family(const Family&) = delete;
  Family& operator=(const Family&) = delete;

  pid_t root() const { return root_; }
  // Waits for the next pid that is sent.
  pid_t next() const {
    pid_t pid = 0;
    pollfd waiting{.fd = report_, .events = POLLIN, .revents = 0};
    REQUIRE(::poll(&waiting, 1, static_cast<int>(kLimit.count())) == 1);
    REQUIRE(::read(report_, &pid, sizeof pid) == sizeof pid);
    return pid;
  }

 private:
  pid_t root_ = -1;
  int report_ = -1;
};

void say_own_pid(int report) {
  const pid_t pid = ::getpid();
  (void)!::write(report, &pid, sizeof pid);
}

[[noreturn]] void stay(int report) {
  say_own_pid(report);
  while (true) ::pause();
}

bool lists(const std::vector<ProcessId>& found, pid_t pid) {
  return std::any_of(found.begin(), found.end(),
                     [&](const ProcessId& process) { return process.pid == pid; });
}

ProcessId listed(pid_t root, pid_t pid) {
  for (const ProcessId& process : descendants(root)) {
    if (process.pid == pid) return process;
  }
  FAIL("not listed");
  return {};
}

// For this process, from now on: the call fails with `error`.
void forbid(long call, int error) {
  if (!deny(denial_program({{.call = call, .error = error}}))) ::_exit(2);
}

// This process may open so many more.
void leave_descriptors(unsigned count) {
  const int next = ::dup(STDERR_FILENO);
  ::close(next);
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = static_cast<unsigned>(next) + count;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace

TEST_SUITE("the process tree") {
  TEST_CASE("a process without children has no descendants") {
    const Family family([](int report) { say_own_pid(report); });
    family.next();
    CHECK(descendants(family.root()).empty());
  }

  TEST_CASE("children and their children are found, parents first") {
    const Family family([](int report) {
      if (::fork() != 0) return;
      if (::fork() == 0) stay(report);
      stay(report);
    });
    const std::vector<pid_t> said{family.next(), family.next()};
    const std::vector<ProcessId> found = descendants(family.root());
    REQUIRE(found.size() == 2);
    CHECK(found[0].parent == family.root());
    CHECK(found[1].parent == found[0].pid);
    for (const pid_t pid : said) CHECK(lists(found, pid));
  }

  TEST_CASE("a process that forked twice and began a new session is found too") {
    const Family family([](int report) {
      if (::fork() != 0) {
        ::wait(nullptr);  // the one in between ends
        return say_own_pid(report);
      }
      ::setsid();
      if (::fork() == 0) stay(report);
      ::_exit(0);
    });
    const pid_t first = family.next();
    const pid_t second = family.next();
    const pid_t daemon = first == family.root() ? second : first;
    const std::vector<ProcessId> found = descendants(family.root());
    REQUIRE(found.size() == 1);
    CHECK(found[0].pid == daemon);
    CHECK(found[0].parent == family.root());
  }

  TEST_CASE("a process that has ended is a zombie and not a descendant, until it is reaped") {
    const Family family([](int report) {
      const pid_t child = ::fork();
      if (child == 0) ::_exit(0);
      siginfo_t info{};
      ::waitid(P_PID, static_cast<id_t>(child), &info, WEXITED | WNOWAIT);
      (void)!::write(report, &child, sizeof child);
    });
    const pid_t zombie = family.next();
    CHECK(descendants(family.root()).empty());
    CHECK(cmd::children(family.root()).pids == std::vector<pid_t>{zombie});
  }

  // A process lives until its last thread has ended, though it looks like a zombie before:
  // proc_pid_stat(5) shows the state of the first.
  TEST_CASE("a process that has ended except for a thread other than the first is found") {
    const Family family([](int report) {
      if (::fork() != 0) return;
      std::thread([] {
        while (true) ::pause();
      }).detach();
      say_own_pid(report);
      ::syscall(SYS_exit, 0);  // of this thread alone
    });
    const pid_t pid = family.next();
    const std::string stat = "/proc/" + std::to_string(pid) + "/stat";
    REQUIRE(eventually([&] {
      std::string text;
      std::getline(std::ifstream(stat), text);
      return text.find(") Z ") != std::string::npos;
    }));
    const ProcessId process = listed(family.root(), pid);
    CHECK(cmd::send_signal(process, SIGKILL) == SignalOutcome::kSent);
    CHECK(eventually([&] { return descendants(family.root()).empty(); }));
  }

  TEST_CASE("a kernel without lists of children has the same descendants") {
    const Family family([](int report) {
      if (::fork() != 0) return;
      if (::fork() == 0) {
        ::setsid();
        if (::fork() == 0) stay(report);
        stay(report);
      }
      stay(report);
    });
    for (int i = 0; i < 3; ++i) family.next();
    const auto pids = [](const std::vector<ProcessId>& found) {
      std::vector<pid_t> result;
      for (const ProcessId& process : found) result.push_back(process.pid);
      return result;
    };
    const std::vector<pid_t> found = pids(cmd::descendants_by_scan(family.root()));
    CHECK(found.size() == 3);
    CHECK(found == pids(descendants(family.root())));
    CHECK(cmd::descendants_by_scan(found.back()).empty());
  }

  TEST_CASE("a signal reaches the process that was listed") {
    const Family family([](int report) {
      if (::fork() == 0) stay(report);
    });
    const ProcessId process = listed(family.root(), family.next());
    CHECK(cmd::send_signal(process, 0) == SignalOutcome::kSent);
    CHECK(cmd::send_signal(process, SIGKILL) == SignalOutcome::kSent);
    CHECK(eventually([&] { return descendants(family.root()).empty(); }));
  }

  TEST_CASE("a signal does not reach another process that has the number by now") {
    const Family family([](int report) {
      if (::fork() == 0) stay(report);
    });
    const ProcessId process = listed(family.root(), family.next());
    ProcessId earlier = process;
    earlier.start_time -= 1;
    CHECK(cmd::send_signal(earlier, SIGKILL) == SignalOutcome::kGone);
    ProcessId elsewhere = process;
    elsewhere.parent = ::getpid();
    CHECK(cmd::send_signal(elsewhere, SIGKILL) == SignalOutcome::kGone);
    CHECK(lists(descendants(family.root()), process.pid));
  }

  TEST_CASE("where there are no pidfds, a signal still reaches the process that was listed") {
    const Family family([](int report) {
      if (::fork() == 0) stay(report);
    });
    const ProcessId process = listed(family.root(), family.next());
    ProcessId earlier = process;
    earlier.start_time -= 1;
    const std::vector<std::pair<const char*, std::function<void()>>> table{
        {"they are forbidden, as an old sandbox forbids what it does not know",
         [] { forbid(SYS_pidfd_open, EPERM); }},
        {"the kernel does not have them", [] { forbid(SYS_pidfd_open, ENOSYS); }},
        {"signals by them are forbidden", [] { forbid(SYS_pidfd_send_signal, EPERM); }},
        {"there is one descriptor left", [] { leave_descriptors(1); }},
    };
    for (const auto& [name, prepare] : table) {
      const auto& shown = name;  // clang 14 captures no structured binding
      CAPTURE(shown);
      const pid_t sender = ::fork();
      if (sender == 0) {
        prepare();
        const bool right = cmd::send_signal(earlier, 0) == SignalOutcome::kGone &&
                           cmd::send_signal(process, 0) == SignalOutcome::kSent;
        ::_exit(right ? 0 : 1);
      }
      int status = -1;
      REQUIRE(::waitpid(sender, &status, 0) == sender);
      CHECK(status == 0);
    }
  }

  TEST_CASE("a spared child is not killed, nor is what is below it") {
    const Family family([](int report) {
      if (::fork() == 0) {
        if (::fork() == 0) stay(report);
        stay(report);
      }
      if (::fork() == 0) {
        if (::fork() == 0) stay(report);
        stay(report);
      }
    });
    for (int i = 0; i < 4; ++i) family.next();
    const std::vector<ProcessId> all = descendants(family.root());
    REQUIRE(all.size() == 4);
    // Again as long as one had another parent before it could be killed.
    CHECK(eventually([&] {
      cmd::kill_descendants(family.root(), {all[0].pid});
      return descendants(family.root()).size() == 2;
    }));
    for (const ProcessId& process : descendants(family.root())) {
      CHECK((process.pid == all[0].pid || process.parent == all[0].pid));
    }
  }

  TEST_CASE("all descendants are killed, whatever they did to escape") {
    const Family family([](int report) {
      if (::fork() != 0) return;
      if (::fork() == 0) {
        ::setsid();
        if (::fork() == 0) stay(report);
        stay(report);
      }
      stay(report);
    });
    for (int i = 0; i < 3; ++i) family.next();
    CHECK(cmd::kill_descendants(family.root()).last != 0);
    // What its parent left to the subreaper meanwhile is found the next time. Zombies are not.
    CHECK(eventually([&] { return cmd::kill_descendants(family.root()).last == 0; }));
    CHECK(descendants(family.root()).empty());
  }

  TEST_CASE("a process kills its own children level by level") {
    const Family family([](int report) {
      if (::fork() == 0) {
        ::setsid();
        if (::fork() == 0) {
          if (::fork() == 0) stay(report);
          stay(report);
        }
        stay(report);
      }
      // Until all exist, whichever process is their parent.
      while (descendants(::getpid()).size() < 3) ::usleep(1000);
      while (true) {
        if (!cmd::kill_children()) ::_exit(1);
        pid_t ended = 0;
        while ((ended = ::waitpid(-1, nullptr, WNOHANG)) > 0) {
        }
        if (ended < 0) break;
        ::usleep(1000);
      }
      if (!cmd::kill_children()) ::_exit(1);  // and no child is left
      say_own_pid(report);
    });
    // Each of them that runs before it is killed sends its pid; the root comes last.
    while (family.next() != family.root()) {
    }
    CHECK(descendants(family.root()).empty());
  }

  TEST_CASE("descendants are counted, a part at a time") {
    const Family family([](int report) {
      for (int i = 0; i < 3; ++i) {
        if (::fork() == 0) {
          if (::fork() == 0) stay(report);
          stay(report);
        }
      }
    });
    for (int i = 0; i < 6; ++i) family.next();
    cmd::DescendantCount count(family.root());
    int parts = 0;
    while (!count.go_on(core::BootTime{})) ++parts;  // its time is always over already
    CHECK(parts == 6);
    CHECK(count.found() == 6);
    CHECK(count.refused().empty());
    CHECK(count.go_on(core::BootTime{}));
    CHECK(count.found() == 6);
    cmd::DescendantCount at_once(family.root());
    CHECK(at_once.go_on(core::BootTime::max()));
    CHECK(at_once.found() == 6);
    const Family none([](int report) { say_own_pid(report); });
    none.next();
    cmd::DescendantCount nothing(none.root());
    CHECK(nothing.go_on(core::BootTime{}));
    CHECK(nothing.found() == 0);
  }

  TEST_CASE("another user's process is counted, and named" * doctest::skip(::geteuid() != 0)) {
    const Family family([](int report) {
      if (::fork() == 0) stay(report);
    });
    const pid_t child = family.next();
    const pid_t counter = ::fork();
    if (counter == 0) {
      if (::setresuid(54321, 54321, 54321) != 0) ::_exit(2);
      cmd::DescendantCount count(family.root());
      const bool right = count.go_on(core::BootTime::max()) && count.found() == 1 &&
                         count.refused().size() == 1 && count.refused()[0].pid == child &&
                         count.refused()[0].uid == 0;
      ::_exit(right ? 0 : 1);
    }
    int status = -1;
    REQUIRE(::waitpid(counter, &status, 0) == counter);
    CHECK(status == 0);
  }

  TEST_CASE("a name full of parentheses and spaces hides no process") {
    const Family family([](int report) {
      if (::fork() != 0) return;
      ::prctl(PR_SET_NAME, ") R 1 (x) Z");
      stay(report);
    });
    CHECK(lists(descendants(family.root()), family.next()));
  }

  TEST_CASE("what a thread other than the first started is found") {
    const Family family([](int report) {
      std::thread([report] {
        if (::fork() == 0) stay(report);
        while (true) ::pause();
      }).detach();
    });
    CHECK(lists(descendants(family.root()), family.next()));
  }
}

}  // namespace elector::tests
