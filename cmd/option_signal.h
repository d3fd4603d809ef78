// Signals by the names that people type.
#pragma once

#include <optional>
#include <string_view>

namespace elector::cmd {

// TERM, SIGTERM, term, 15, RTMIN, RTMIN+3, RTMAX-1: what kill(1) takes. Nothing for what is no
// signal that can be sent to ask something of a process (0, and numbers beyond the last).
std::optional<int> signal_by_name(std::string_view name);

}  // namespace elector::cmd
