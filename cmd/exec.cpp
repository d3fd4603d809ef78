#include "cmd/exec.h"

#include <sys/prctl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <optional>
#include <string>

#include "cmd/candidate_setup.h"
#include "cmd/cgroup_leaf.h"
#include "cmd/cgroup_place.h"
#include "cmd/command_lookup.h"
#include "cmd/exit_code.h"
#include "cmd/guard_process.h"
#include "cmd/hardening.h"
#include "cmd/job.h"
#include "cmd/process_tree.h"
#include "cmd/rbac.h"

namespace elector::cmd {
namespace {

struct ForkedGuard {
  int socket = -1;
  pid_t pid = -1;
};

// Before there is anything that the guard should not have. Nothing if it cannot be, which is said.
std::optional<ForkedGuard> start_guard(const ExecOptions& options, Foreground foreground,
                                       const std::string& leaf, const Log& log) {
  ForkedGuard guard;
  guard.socket = fork_guard({.command = options.command,
                             .grace = options.grace,
                             .foreground = foreground,
                             .stop_signal = options.signal,
                             .leaf = leaf},
                            guard.pid);
  if (guard.socket < 0) {
    log.error(std::string("cannot start the guard process: ") + std::strerror(errno));
    return std::nullopt;
  }
  // In /proc it finds what it has to end, and so do we.
  if (descendants(::getpid()).empty()) {
    log.error(
        "cannot see the guard process in /proc: what the command starts could not be found and "
        "ended; is proc(5) mounted there, and are there descriptors left to read it?");
    end_guard(guard.socket, guard.pid);
    return std::nullopt;
  }
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  return guard;
}

// The path of the command's cgroup, "" if it gets none.
std::string choose_leaf(const ExecOptions& options, const Log& log) {
  if (!options.cgroup) return "";
  const CgroupPlace place = find_cgroup_place();
  if (place.folder.empty()) {
    log.debug("the command gets no cgroup of its own", {{"reason", place.reason}});
    return "";
  }
  remove_dead_leaves(place.folder);
  std::string leaf = new_leaf_path(place.folder);
  log.debug("the command gets a cgroup of its own", {{"cgroup", leaf}});
  return leaf;
}

int fail(const kube::Error& error, const ExecOptions& options) {
  complain("exec", error, options);
  return kExitExecFailed;
}

}  // namespace

int exec(const ExecOptions& options) {
  end_without_memory(kExitExecFailed);
  if (options.print_rbac) {
    const auto rules = candidate_rules(options);
    return print_rbac("exec", options, options.election, rules) == 0 ? 0 : kExitExecFailed;
  }
  const Log log(options.log.format, options.log.verbosity);
  for (const std::string& note : options.notes) log.debug(note);
  if (options.election_from_command) {
    log.info("taking part in the election that the command names",
             {{"election", options.election}});
  }
  if (const int error = look_up_command(options.command.front()); error != 0) {
    log.error("cannot execute " + options.command.front() + ": " + std::strerror(error));
    return error == ENOENT ? kExitNotFound : kExitCannotRun;
  }
  const Foreground foreground = Foreground::of_process();
  const std::string leaf = choose_leaf(options, log);
  const auto guard = start_guard(options, foreground, leaf, log);
  if (!guard) return kExitExecFailed;
  auto session = Session::open(options.connection, log);
  if (!session) {
    end_guard(guard->socket, guard->pid);
    return fail(session.error(), options);
  }
  Job job(**session, log, options, foreground);
  if (const auto failure = job.open(guard->socket, guard->pid, leaf))
    return fail(*failure, options);
  log_standing(log, **session, options);
  return job.run();
}

}  // namespace elector::cmd
