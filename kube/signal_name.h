// Signals by the names that people read and type. Every part of elector that prints or parses a
// signal uses these two functions, so that each name that is printed can be typed.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace elector::kube {

// SIGTERM, SIGRTMIN+3, SIGRTMAX-1: whichever end of the real-time signals is nearer. "signal 32"
// for a number that has no name: one that the C library keeps for itself, or no signal at all.
std::string signal_name(int signal);

// TERM, SIGTERM, term, 15, RTMIN, RTMIN+3, RTMAX-1: what kill(1) takes, synonyms (CLD, IO, IOT)
// included. Nothing for a text that is not a signal from 1 to RTMAX.
std::optional<int> signal_by_name(std::string_view name);

}  // namespace elector::kube
