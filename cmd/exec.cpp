// SPDX-License-Identifier: Apache-2.0
#include "cmd/exec.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>
#include <string>
#include <vector>

#include "cmd/candidate/candidacy.h"
#include "cmd/cli/complain.h"
#include "cmd/exec_job.h"
#include "cmd/guard/cgroup_leaf.h"
#include "cmd/guard/cgroup_place.h"
#include "cmd/guard/command_lookup.h"
#include "cmd/guard/guard_process.h"
#include "cmd/guard/obstacle.h"
#include "cmd/guard/process_tree.h"
#include "cmd/output/session_lines.h"
#include "cmd/print_rbac.h"
#include "cmd/process/hardening.h"
#include "core/exit_code.h"

namespace elector::cmd {
namespace {

bool has_child(pid_t pid) {
  const std::vector<pid_t> pids = children(::getpid()).pids;
  return std::find(pids.begin(), pids.end(), pid) != pids.end();
}

// Returns the path of the command's cgroup; "" if it gets none.
std::string choose_leaf(const ExecOptions& options, const Log& log) {
  if (!options.cgroup) return "";
  const CgroupPlace place = find_cgroup_place();
  if (place.folder.empty()) {
    log.debug("the command does not get a separate cgroup", {{"reason", place.reason}});
    return "";
  }
  remove_dead_leaves(place.folder);
  std::string leaf = new_leaf_path(place.folder);
  log.debug("the command gets a separate cgroup", {{"cgroup", leaf}});
  return leaf;
}

// Called before there is anything that the guard should not inherit. Returns nothing if the guard
// cannot be started, and logs why.
std::optional<ForkedGuard> start_guard(const ExecOptions& options, Foreground foreground,
                                       const Log& log) {
  ForkedGuard guard;
  guard.leaf = choose_leaf(options, log);
  Obstacle obstacle = take_charge_of_orphans();
  if (obstacle == Obstacle::kNone) {
    guard.earlier_children = children(::getpid()).pids;
    guard.socket = fork_guard({.command = options.command,
                               .grace = options.grace,
                               .foreground = foreground,
                               .stop_signal = options.signal,
                               .leaf = guard.leaf,
                               .log_format = options.log.format},
                              guard.pid);
    if (guard.socket < 0) {
      log.error(std::string("cannot start the guard process: ") + std::strerror(errno));
      return std::nullopt;
    }
    obstacle = await_guard(guard.socket);
  }
  // Checks elector's own list of children, which hidepid= does not affect.
  if (obstacle == Obstacle::kNone && !has_child(guard.pid)) {
    obstacle = Obstacle::kGuardHidden;
  }
  if (obstacle == Obstacle::kNone) return guard;
  log.error(describe(obstacle));
  end_guard(guard.socket, guard.pid);
  return std::nullopt;
}

// `exec report -- x` may be meant as env(1) reads it: run `report` with the arguments -- and x.
void log_two_readings(const ExecOptions& options, const Log& log) {
  if (!options.election_before_dashes || options.command.front() == options.election) return;
  if (look_up_command(options.election) != 0) return;
  log.warn(
      "the word before -- is the election's name, and also that of a program, which is not run; to "
      "run it, write -- before it",
      {{"election", options.election}, {"command", options.command.front()}});
}

// For `exec NAME --wait=0 -- CMD`, where NAME is the command.
std::string advice_on_order(const ExecOptions& options) {
  const std::vector<std::string>& command = options.command;
  const bool dashes = std::find(command.begin(), command.end(), "--") != command.end();
  if (!dashes || !options.election_from_command) return "";
  return "; if it is the election, write the flags before it: exec FLAGS " + command.front() +
         " -- COMMAND";
}

int fail(const Error& error, const ExecOptions& options) {
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
  const Log log(options.log.format, options.log.verbosity, options.log.quiet);
  for (const std::string& note : options.notes) log.debug(note);
  if (options.election_from_command) {
    log.info("no --election given: using the command's name", {{"election", options.election}});
  }
  log_two_readings(options, log);
  if (const int error = look_up_command(options.command.front()); error != 0) {
    log.error("cannot execute " + options.command.front() + ": " + std::strerror(error) +
              advice_on_order(options));
    return error == ENOENT ? kExitNotFound : kExitCannotRun;
  }
  const Foreground foreground = Foreground::of_process();
  const auto guard = start_guard(options, foreground, log);
  if (!guard) return kExitExecFailed;
  auto session = kube::Session::open(options.connection, options.lock.kinds, session_lines(log));
  if (!session) {
    end_guard(guard->socket, guard->pid);
    return fail(session.error(), options);
  }
  Job job(**session, log, options, foreground);
  if (const auto failure = job.open(*guard)) return fail(*failure, options);
  log_standing(log, **session, options);
  return job.run();
}

}  // namespace elector::cmd
