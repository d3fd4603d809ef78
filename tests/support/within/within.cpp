// SPDX-License-Identifier: Apache-2.0
// Runs a program in its own namespaces, for the tests of `elector exec`.
//
//   within [OPTION...] PROGRAM [ARGUMENT...]
//     --user-namespace   a user namespace in which the caller is the same user
//     --pid              a PID namespace, whose process number 1 reaps and waits for all
//                        processes in it
//     --pid-of-children  as unshare(1) without --fork: only what the program starts is in it
//     --enter-pid=PID    the PID namespace of that process
//     --enter-mount=PID  the mount namespace of that process
//     --proc=OPTIONS     in its own mount namespace: mounts proc on /proc with these mount
//                        options ("" for none), in the PID namespace that was created
//     --no-proc          unmounts what is on /proc, to the bottom
//     --empty-proc       mounts an empty folder over /proc
//     --user=UID         runs the program as this user, without groups
//
// Signals are passed on. Exits as the program does, with 128 + N if signal N ended it, and with 99
// if the namespaces could not be created, which is reported on standard error.
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <optional>
#include <string>

namespace {

constexpr int kNotMade = 99;

struct Plan {
  bool user_namespace = false;
  bool pid = false;
  bool pid_of_children = false;
  std::string enter_pid{};
  std::string enter_mount{};
  std::optional<std::string> proc{};
  bool no_proc = false;
  bool empty_proc = false;
  std::optional<uid_t> user{};
  char** program = nullptr;
};

[[noreturn]] void fail(const std::string& what) {
  std::fprintf(stderr, "within: %s: %s\n", what.c_str(), std::strerror(errno));
  std::_Exit(kNotMade);
}

void require(int result, const std::string& what) {
  if (result < 0) fail(what);
}

Plan read_plan(char** words) {
  Plan plan;
  for (++words; *words != nullptr && std::strncmp(*words, "--", 2) == 0; ++words) {
    const std::string word = *words;
    const std::string name = word.substr(0, word.find('='));
    const std::string value = word.size() > name.size() ? word.substr(name.size() + 1) : "";
    if (name == "--user-namespace") {
      plan.user_namespace = true;
    } else if (name == "--pid") {
      plan.pid = true;
    } else if (name == "--pid-of-children") {
      plan.pid_of_children = true;
    } else if (name == "--enter-pid") {
      plan.enter_pid = value;
    } else if (name == "--enter-mount") {
      plan.enter_mount = value;
    } else if (name == "--proc") {
      plan.proc = value;
    } else if (name == "--no-proc") {
      plan.no_proc = true;
    } else if (name == "--empty-proc") {
      plan.empty_proc = true;
    } else if (name == "--user") {
      plan.user = static_cast<uid_t>(std::stoul(value));
    } else {
      errno = EINVAL;
      fail(word);
    }
  }
  errno = EINVAL;
  if (*words == nullptr) fail("give a PROGRAM");
  plan.program = words;
  return plan;
}

void make_user_namespace() {
  const std::string user = std::to_string(::geteuid());
  const std::string group = std::to_string(::getegid());
  require(::unshare(CLONE_NEWUSER), "unshare a user namespace");
  std::ofstream("/proc/self/setgroups") << "deny";
  std::ofstream("/proc/self/uid_map") << user << " " << user << " 1";
  std::ofstream("/proc/self/gid_map") << group << " " << group << " 1";
}

void enter(const std::string& pid, const std::string& kind, int type) {
  const std::string path = "/proc/" + pid + "/ns/" + kind;
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  require(fd, path);
  require(::setns(fd, type), path);
  ::close(fd);
}

void change_proc(const Plan& plan) {
  if (!plan.proc && !plan.no_proc && !plan.empty_proc) return;
  require(::unshare(CLONE_NEWNS), "unshare a mount namespace");
  require(::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr), "make mounts private");
  if (plan.proc) require(::mount("proc", "/proc", "proc", 0, plan.proc->c_str()), "mount proc");
  if (plan.empty_proc) require(::mount("none", "/proc", "tmpfs", 0, nullptr), "mount tmpfs");
  while (plan.no_proc && ::umount2("/proc", MNT_DETACH) == 0) {
  }
}

[[noreturn]] void become(const Plan& plan, const sigset_t& mask) {
  if (plan.user) {
    require(::setgroups(0, nullptr), "setgroups");
    require(::setresgid(*plan.user, *plan.user, *plan.user), "setresgid");
    require(::setresuid(*plan.user, *plan.user, *plan.user), "setresuid");
  }
  ::sigprocmask(SIG_SETMASK, &mask, nullptr);
  ::execvp(plan.program[0], plan.program);
  std::fprintf(stderr, "within: %s: %s\n", plan.program[0], std::strerror(errno));
  std::_Exit(127);
}

// Passes signals on to the child until it has ended and, for the first process of a PID namespace,
// until no other is left.
int attend(pid_t child, bool all, const sigset_t& signals) {
  int code = 0;
  while (true) {
    int signal = 0;
    ::sigwait(&signals, &signal);
    if (signal != SIGCHLD) {
      if (child > 0) ::kill(child, signal);
      continue;
    }
    int status = 0;
    pid_t ended = 0;
    while ((ended = ::waitpid(-1, &status, WNOHANG)) > 0) {
      if (ended != child) continue;
      code = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
      child = -1;
    }
    if (child < 0 && (!all || ended < 0)) return code;
  }
}

}  // namespace

int main(int, char** argv) {
  const Plan plan = read_plan(argv);
  sigset_t signals;
  sigset_t mask;
  ::sigemptyset(&signals);
  for (const int signal : {SIGCHLD, SIGTERM, SIGINT, SIGHUP, SIGUSR1}) {
    ::sigaddset(&signals, signal);
  }
  ::sigprocmask(SIG_BLOCK, &signals, &mask);
  if (plan.user_namespace) make_user_namespace();
  if (!plan.enter_pid.empty()) enter(plan.enter_pid, "pid", CLONE_NEWPID);
  if (!plan.enter_mount.empty()) enter(plan.enter_mount, "mnt", CLONE_NEWNS);
  if (plan.pid || plan.pid_of_children) require(::unshare(CLONE_NEWPID), "unshare a PID namespace");
  if (!plan.pid && plan.enter_pid.empty()) {
    change_proc(plan);
    become(plan, mask);
  }
  const pid_t inside = ::fork();
  require(inside, "fork");
  if (inside > 0) return attend(inside, false, signals);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // of process number 1: the whole namespace ends with it
  change_proc(plan);
  if (!plan.pid) become(plan, mask);
  const pid_t child = ::fork();
  require(child, "fork");
  if (child == 0) become(plan, mask);
  return attend(child, true, signals);
}
