// What elector's commands exit with, besides 0 and 2 (wrong usage); EXIT STATUS of their manual
// pages.
#pragma once

#include <sys/wait.h>

#include "core/job_course.h"

namespace elector::cmd {

inline constexpr int kExitFailed = 1;
inline constexpr int kExitNobody = 3;  // status, resign: nobody holds it, or not the one asked for
inline constexpr int kExitTimedOut = 124;  // as timeout(1)
// exec: elector itself; as env(1) and timeout(1) from here
inline constexpr int kExitExecFailed = core::kExecFailed;
inline constexpr int kExitCannotRun = 126;  // the command was found and cannot be executed
inline constexpr int kExitNotFound = 127;   // the command was not found
inline constexpr int kExitBySignal = core::kEndedBySignal;  // + the signal that ended it

// wait_status: as of wait(2).
inline int exec_exit_code(int wait_status) {
  return WIFSIGNALED(wait_status) ? kExitBySignal + WTERMSIG(wait_status)
                                  : WEXITSTATUS(wait_status);
}

}  // namespace elector::cmd
