// SPDX-License-Identifier: Apache-2.0
// Exit codes of elector's commands, besides 0; see EXIT STATUS in their manual pages.
#pragma once

namespace elector {

inline constexpr int kExitFailed = 1;
inline constexpr int kExitUsage = 2;       // for all commands but exec: see kExitExecFailed
inline constexpr int kExitNobody = 3;      // status, resign: no holder, or not the one asked for
inline constexpr int kExitTimedOut = 124;  // as timeout(1)
// exec: elector itself failed. From here on as env(1) and timeout(1).
inline constexpr int kExitExecFailed = 125;
inline constexpr int kExitCannotRun = 126;  // the command was found but cannot be executed
inline constexpr int kExitNotFound = 127;   // the command was not found
inline constexpr int kExitBySignal = 128;   // + the signal that ended it

}  // namespace elector
