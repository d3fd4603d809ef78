// SPDX-License-Identifier: Apache-2.0
// A container without an engine, for the tests of the shipped artifacts: runs a program as process
// number 1 of its own PID namespace, with a folder as its read-only root, as an unprivileged user
// that cannot gain capabilities, in a clean environment.
//
//   cage [--mount OUTSIDE:INSIDE]... [--env NAME=VALUE]... [--no-proc] ROOT PROGRAM [ARGUMENT...]
//
// ROOT must have the folders that are mounted on (/proc, too); a mounted folder is writable if its
// owner lets user 65532 write to it. Without root it creates a user namespace, in which the program
// then runs as the caller. Signals are passed on. Exits as the program does, with 128 + N if signal
// N ended it, and with 125 if the cage could not be built.
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
#include <string>
#include <utility>
#include <vector>

namespace {

constexpr uid_t kUser = 65532;  // as in the image

struct Plan {
  std::string root;
  std::vector<std::pair<std::string, std::string>> mounts;  // outside, inside
  std::vector<char*> environment;
  std::vector<char*> command;
  bool proc = true;
};

[[noreturn]] void fail(const std::string& what) {
  std::fprintf(stderr, "cage: %s: %s\n", what.c_str(), std::strerror(errno));
  std::_Exit(125);
}

void require(int result, const std::string& what) {
  if (result != 0) fail(what);
}

Plan read_plan(int argc, char** argv) {
  Plan plan;
  int at = 1;
  for (; at < argc && std::strncmp(argv[at], "--", 2) == 0; ++at) {
    const std::string option = argv[at];
    if (option == "--no-proc") {
      plan.proc = false;
    } else if (option == "--env" && at + 1 < argc) {
      plan.environment.push_back(argv[++at]);
    } else if (option == "--mount" && at + 1 < argc) {
      const std::string pair = argv[++at];
      const std::size_t colon = pair.rfind(':');
      plan.mounts.emplace_back(pair.substr(0, colon), pair.substr(colon + 1));
    } else {
      errno = EINVAL;
      fail(option);
    }
  }
  errno = EINVAL;
  if (at + 1 >= argc) fail("give ROOT and PROGRAM");
  plan.root = argv[at];
  for (++at; at < argc; ++at) plan.command.push_back(argv[at]);
  plan.command.push_back(nullptr);
  plan.environment.push_back(nullptr);
  return plan;
}

void write_to(const char* file, const std::string& text) {
  std::ofstream(file) << text;
}

void leave_namespaces() {
  const uid_t user = ::geteuid();
  const gid_t group = ::getegid();
  if (user == 0) {
    require(::unshare(CLONE_NEWNS | CLONE_NEWPID), "unshare");
    return;
  }
  require(::unshare(CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID), "unshare a user namespace");
  write_to("/proc/self/setgroups", "deny");
  write_to("/proc/self/uid_map", "0 " + std::to_string(user) + " 1");
  write_to("/proc/self/gid_map", "0 " + std::to_string(group) + " 1");
}

void mount_all(const Plan& plan) {
  const char* root = plan.root.c_str();
  require(::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr), "make mounts private");
  require(::mount(root, root, nullptr, MS_BIND | MS_REC, nullptr), "bind " + plan.root);
  if (plan.proc) {
    require(::mount("proc", (plan.root + "/proc").c_str(), "proc", 0, nullptr), "mount proc");
  }
  for (const auto& [outside, inside] : plan.mounts) {
    require(
        ::mount(outside.c_str(), (plan.root + inside).c_str(), nullptr, MS_BIND | MS_REC, nullptr),
        std::string("bind ").append(outside).append(" to ").append(inside));
  }
  require(::mount(nullptr, root, nullptr, MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOSUID, nullptr),
          "make the root read-only");
}

[[noreturn]] void become(const Plan& plan, bool as_root, const sigset_t& mask) {
  mount_all(plan);
  require(::chroot(plan.root.c_str()), "chroot");
  require(::chdir("/"), "chdir");
  if (as_root) {
    require(::setgroups(0, nullptr), "setgroups");
    require(::setresgid(kUser, kUser, kUser), "setresgid");
    require(::setresuid(kUser, kUser, kUser), "setresuid");
  }
  ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // after the change of user, which clears it
  ::sigprocmask(SIG_SETMASK, &mask, nullptr);
  environ = const_cast<char**>(plan.environment.data());  // the program is looked up in its PATH
  ::execvp(plan.command[0], plan.command.data());
  fail(plan.command[0]);
}

// Waits for the program's end and passes on signals until then.
int attend(pid_t child, const sigset_t& all) {
  while (true) {
    int signal = 0;
    ::sigwait(&all, &signal);
    if (signal != SIGCHLD) {
      ::kill(child, signal);
      continue;
    }
    int status = 0;
    if (::waitpid(child, &status, WNOHANG) != child) continue;
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
  }
}

}  // namespace

int main(int argc, char** argv) {
  const Plan plan = read_plan(argc, argv);
  const bool as_root = ::geteuid() == 0;
  sigset_t signals;
  sigset_t mask;
  ::sigemptyset(&signals);
  for (const int signal : {SIGCHLD, SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2}) {
    ::sigaddset(&signals, signal);
  }
  ::sigprocmask(SIG_BLOCK, &signals, &mask);
  leave_namespaces();
  const pid_t child = ::fork();
  if (child < 0) fail("fork");
  if (child == 0) become(plan, as_root, mask);
  return attend(child, signals);
}
