#include "cmd/option_signal.h"

#include <cctype>
#include <charconv>
#include <csignal>
#include <cstring>
#include <string>

namespace elector::cmd {
namespace {

std::optional<int> number(std::string_view text) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// RTMIN, RTMIN+N, RTMAX, RTMAX-N; the C library decides at run time where they are.
std::optional<int> real_time(std::string_view name) {
  const bool from_least = name.starts_with("RTMIN");
  if (!from_least && !name.starts_with("RTMAX")) return std::nullopt;
  int signal = from_least ? SIGRTMIN : SIGRTMAX;
  const std::string_view rest = name.substr(5);
  if (!rest.empty()) {
    const auto offset = rest[0] == (from_least ? '+' : '-') ? number(rest.substr(1)) : std::nullopt;
    if (!offset) return std::nullopt;
    signal += from_least ? *offset : -*offset;
  }
  if (signal < SIGRTMIN || signal > SIGRTMAX) return std::nullopt;
  return signal;
}

}  // namespace

std::optional<int> signal_by_name(std::string_view name) {
  if (const auto value = number(name)) {
    return *value > 0 && *value <= SIGRTMAX ? value : std::nullopt;
  }
  std::string upper;
  for (const char c : name) {
    upper += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  }
  if (upper.starts_with("SIG")) upper.erase(0, 3);
  for (int signal = 1; signal < 32; ++signal) {
    const char* abbreviation = ::sigabbrev_np(signal);
    if (abbreviation != nullptr && upper == abbreviation) return signal;
  }
  return real_time(upper);
}

}  // namespace elector::cmd
