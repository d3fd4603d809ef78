// SPDX-License-Identifier: Apache-2.0
// Signals by the names that people read and type.
#include "kube/base/signal_name.h"

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
      {"IO", SIGIO},         {"SIGPOLL", SIGPOLL},      {"IOT", SIGABRT},
      {"CLD", SIGCHLD},      {"SIGRTMAX-0", SIGRTMAX},  {"RTMIN+30", SIGRTMAX},
  };
  for (const auto& [name, signal] : table) {
    const auto& given = name;  // clang 14 captures no structured binding
    CAPTURE(given);
    CHECK(kube::signal_by_name(name) == signal);
  }
}

TEST_CASE("a text that is not a signal names none") {
  for (const std::string name : {"",
                                 "0",
                                 "-1",
                                 "65",
                                 "999999999999",
                                 "FOO",
                                 "SIG",
                                 "SIGSIGTERM",
                                 "TERM ",
                                 " TERM",
                                 "15s",
                                 "RTMIN-1",
                                 "RTMIN+",
                                 "RTMIN+x",
                                 "RTMIN+100",
                                 "RTMAX+1",
                                 "RTMAX-100",
                                 "RTMIN+-1",
                                 "RT",
                                 "signal 32",
                                 "RTMIN+2147483647",
                                 "RTMAX-2147483647",
                                 "RTMAX--2147483648",
                                 "SIG15"}) {
    CAPTURE(name);
    CHECK_FALSE(kube::signal_by_name(name).has_value());
  }
}

TEST_CASE("every number has a name, and each name of a signal means its number again") {
  for (int signal = 1; signal <= SIGRTMAX; ++signal) {
    CAPTURE(signal);
    const std::string name = kube::signal_name(signal);
    if (signal > SIGSYS && signal < SIGRTMIN) {
      CHECK(name == "signal " + std::to_string(signal));  // the C library's own
      continue;
    }
    CHECK(name.starts_with("SIG"));
    CHECK(kube::signal_by_name(name) == signal);
    CHECK(kube::signal_by_name(name.substr(3)) == signal);
    CHECK(kube::signal_by_name(std::to_string(signal)) == signal);
  }
  const std::vector<std::pair<int, std::string>> table{{SIGHUP, "SIGHUP"},
                                                       {SIGTERM, "SIGTERM"},
                                                       {SIGABRT, "SIGABRT"},
                                                       {SIGCHLD, "SIGCHLD"},
                                                       {SIGWINCH, "SIGWINCH"},
                                                       {SIGRTMIN, "SIGRTMIN"},
                                                       {SIGRTMIN + 3, "SIGRTMIN+3"},
                                                       {SIGRTMAX - 2, "SIGRTMAX-2"},
                                                       {SIGRTMAX, "SIGRTMAX"},
                                                       {0, "signal 0"},
                                                       {-1, "signal -1"},
                                                       {SIGRTMAX + 1, "signal 65"},
                                                       {127, "signal 127"},
                                                       {2147483647, "signal 2147483647"}};
  for (const auto& [signal, expected] : table) CHECK(kube::signal_name(signal) == expected);
}

}  // namespace elector::tests
