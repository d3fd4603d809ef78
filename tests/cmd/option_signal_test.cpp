// Signals by the names that people type.
#include "cmd/option_signal.h"

#include <doctest/doctest.h>

#include <csignal>
#include <string>
#include <utility>
#include <vector>

namespace elector::tests {

TEST_CASE("a signal may be given by its name, with or without SIG, in any case, or by its number") {
  const std::vector<std::pair<std::string, int>> table{
      {"TERM", SIGTERM},     {"SIGTERM", SIGTERM},      {"term", SIGTERM},
      {"SigTerm", SIGTERM},  {"15", SIGTERM},           {"1", SIGHUP},
      {"HUP", SIGHUP},       {"INT", SIGINT},           {"QUIT", SIGQUIT},
      {"USR1", SIGUSR1},     {"sigusr2", SIGUSR2},      {"WINCH", SIGWINCH},
      {"CONT", SIGCONT},     {"TSTP", SIGTSTP},         {"KILL", SIGKILL},
      {"9", SIGKILL},        {"RTMIN", SIGRTMIN},       {"SIGRTMIN", SIGRTMIN},
      {"RTMIN+0", SIGRTMIN}, {"RTMIN+1", SIGRTMIN + 1}, {"rtmin+3", SIGRTMIN + 3},
      {"RTMAX", SIGRTMAX},   {"RTMAX-1", SIGRTMAX - 1}, {std::to_string(SIGRTMAX), SIGRTMAX},
  };
  for (const auto& [name, signal] : table) {
    const auto& given = name;  // clang 14 captures no structured binding
    CAPTURE(given);
    CHECK(cmd::signal_by_name(name) == signal);
  }
}

TEST_CASE("what is no signal that can ask something of a process is none") {
  for (const std::string name :
       {"", "0", "-1", "65", "999999999999", "FOO", "SIG", "SIGSIGTERM", "TERM ", " TERM", "15s",
        "RTMIN-1", "RTMIN+", "RTMIN+x", "RTMIN+100", "RTMAX+1", "RTMAX-100", "RTMIN+-1", "RT"}) {
    CAPTURE(name);
    CHECK_FALSE(cmd::signal_by_name(name).has_value());
  }
}

}  // namespace elector::tests
