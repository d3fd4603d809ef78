// SPDX-License-Identifier: Apache-2.0
// Waits for conditions, with a limit that is generous enough for a busy machine, so that no test
// sleeps and hopes.
#pragma once

#include <chrono>
#include <functional>
#include <vector>

namespace elector::tests {

using SteadyTime = std::chrono::steady_clock::time_point;
using Milliseconds = std::chrono::milliseconds;

// How long anything may take that should happen soon.
inline constexpr Milliseconds kLimit = std::chrono::seconds(30);

// Checks every few milliseconds until the condition holds; returns false if it does not within the
// limit.
bool eventually(const std::function<bool()>& condition, Milliseconds limit = kLimit);

// Whether the condition holds at every check over that span. For what must *not* happen; a slow
// machine checks less often but is never wrong.
bool throughout(Milliseconds span, const std::function<bool()>& condition);

// Runs the scenarios at the same time, each in its own thread, and returns when all have ended.
// Rethrows the first exception (a failed REQUIRE is one) in the caller.
void together(const std::vector<std::function<void()>>& scenarios);

}  // namespace elector::tests
