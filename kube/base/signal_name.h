// SPDX-License-Identifier: Apache-2.0
// Signals by the names that people read and type. Every part of elector that prints or parses a
// signal uses these two functions, so that each printed name can also be typed.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace elector::kube {

// Returns SIGTERM, SIGRTMIN+3, SIGRTMAX-1 (relative to the nearer end of the real-time signals), or
// "signal 32" for a number without a name: one that the C library reserves, or not a signal.
std::string signal_name(int signal);

// Parses TERM, SIGTERM, term, 15, RTMIN, RTMIN+3, RTMAX-1: what kill(1) accepts, synonyms (CLD, IO,
// IOT) included. Returns nothing for text that is not a signal from 1 to RTMAX.
std::optional<int> signal_by_name(std::string_view name);

}  // namespace elector::kube
