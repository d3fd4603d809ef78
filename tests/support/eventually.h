// Waiting for what must come about. Tests wait for conditions, with a limit that is generous enough
// for a busy machine; nothing sleeps and hopes.
#pragma once

#include <chrono>
#include <functional>
#include <vector>

namespace elector::tests {

using SteadyTime = std::chrono::steady_clock::time_point;
using Milliseconds = std::chrono::milliseconds;

// How long anything may take that should happen soon.
inline constexpr Milliseconds kLimit = std::chrono::seconds(30);

// Asks every few milliseconds until the condition holds; false if it does not within the limit.
bool eventually(const std::function<bool()>& condition, Milliseconds limit = kLimit);

// Whether the condition holds each time it is asked, over that span. For what must *not* come
// about; a slow machine asks less often but is never wrong.
bool throughout(Milliseconds span, const std::function<bool()>& condition);

// Runs the scenarios at the same time, each in a thread of its own, and returns when all have
// ended. The first exception (a failed REQUIRE is one) goes on in the caller.
void together(const std::vector<std::function<void()>>& scenarios);

}  // namespace elector::tests
