// What elector's commands exit with, besides 0 and 2 (wrong usage); EXIT STATUS of their manual
// pages.
#pragma once

namespace elector::cmd {

inline constexpr int kExitFailed = 1;
inline constexpr int kExitNobody = 3;  // status, resign: nobody holds it, or not the one asked for
inline constexpr int kExitTimedOut = 124;  // as timeout(1)
inline constexpr int kExitExecFailed =
    125;  // exec: elector itself; as env(1) and timeout(1) from here
inline constexpr int kExitCannotRun = 126;  // the command was found and cannot be executed
inline constexpr int kExitNotFound = 127;   // the command was not found
inline constexpr int kExitBySignal = 128;   // + the signal that ended it

}  // namespace elector::cmd
