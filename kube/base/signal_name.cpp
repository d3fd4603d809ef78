// SPDX-License-Identifier: Apache-2.0
#include "kube/base/signal_name.h"

#include <array>
#include <cctype>
#include <charconv>
#include <csignal>

namespace elector::kube {
namespace {

struct Name {
  int signal;
  std::string_view name;
};

// Not every C library has such a table, and those that do have null pointers for unnamed signals.
// Of two names for one number the first is printed.
constexpr std::array kNames{
    Name{SIGHUP, "HUP"},       Name{SIGINT, "INT"},   Name{SIGQUIT, "QUIT"},
    Name{SIGILL, "ILL"},       Name{SIGTRAP, "TRAP"}, Name{SIGABRT, "ABRT"},
    Name{SIGBUS, "BUS"},       Name{SIGFPE, "FPE"},   Name{SIGKILL, "KILL"},
    Name{SIGUSR1, "USR1"},     Name{SIGSEGV, "SEGV"}, Name{SIGUSR2, "USR2"},
    Name{SIGPIPE, "PIPE"},     Name{SIGALRM, "ALRM"}, Name{SIGTERM, "TERM"},
#ifdef SIGSTKFLT
    Name{SIGSTKFLT, "STKFLT"},
#endif
    Name{SIGCHLD, "CHLD"},     Name{SIGCONT, "CONT"}, Name{SIGSTOP, "STOP"},
    Name{SIGTSTP, "TSTP"},     Name{SIGTTIN, "TTIN"}, Name{SIGTTOU, "TTOU"},
    Name{SIGURG, "URG"},       Name{SIGXCPU, "XCPU"}, Name{SIGXFSZ, "XFSZ"},
    Name{SIGVTALRM, "VTALRM"}, Name{SIGPROF, "PROF"}, Name{SIGWINCH, "WINCH"},
    Name{SIGPOLL, "POLL"},     Name{SIGPWR, "PWR"},   Name{SIGSYS, "SYS"},
    Name{SIGABRT, "IOT"},      Name{SIGCHLD, "CLD"},  Name{SIGPOLL, "IO"},
};

std::optional<int> number(std::string_view text) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// RTMIN, RTMIN+N, RTMAX, RTMAX-N; the C library determines their values at run time.
std::optional<int> real_time(std::string_view name) {
  const bool from_least = name.starts_with("RTMIN");
  if (!from_least && !name.starts_with("RTMAX")) return std::nullopt;
  const int span = SIGRTMAX - SIGRTMIN;
  const std::string_view rest = name.substr(5);
  if (rest.empty()) return from_least ? SIGRTMIN : SIGRTMAX;
  if (rest[0] != (from_least ? '+' : '-')) return std::nullopt;
  const auto offset = number(rest.substr(1));
  if (!offset || *offset < 0 || *offset > span) return std::nullopt;
  return from_least ? SIGRTMIN + *offset : SIGRTMAX - *offset;
}

std::string real_time_name(int signal) {
  const int above = signal - SIGRTMIN;
  const int below = SIGRTMAX - signal;
  if (above == 0) return "SIGRTMIN";
  if (below == 0) return "SIGRTMAX";
  return above <= below ? "SIGRTMIN+" + std::to_string(above) : "SIGRTMAX-" + std::to_string(below);
}

}  // namespace

std::string signal_name(int signal) {
  for (const Name& one : kNames) {
    if (one.signal == signal) return "SIG" + std::string(one.name);
  }
  if (signal >= SIGRTMIN && signal <= SIGRTMAX) return real_time_name(signal);
  return "signal " + std::to_string(signal);
}

std::optional<int> signal_by_name(std::string_view name) {
  if (const auto value = number(name)) {
    return *value > 0 && *value <= SIGRTMAX ? value : std::nullopt;
  }
  std::string upper;
  for (const char c : name) {
    upper += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  }
  if (upper.starts_with("SIG")) upper.erase(0, 3);
  for (const Name& one : kNames) {
    if (one.name == upper) return one.signal;
  }
  return real_time(upper);
}

}  // namespace elector::kube
