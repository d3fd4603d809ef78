// SPDX-License-Identifier: Apache-2.0
// What a command that waits logs where standard error is not a terminal.
#include "cmd/output/progress.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include <chrono>
#include <string>
#include <vector>

namespace elector::tests {
namespace {

// Standard error is no terminal as long as this exists.
class NoTerminal {
 public:
  NoTerminal() : saved_(::dup(STDERR_FILENO)) {
    const int null = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
    REQUIRE(null >= 0);
    ::dup2(null, STDERR_FILENO);
    ::close(null);
  }
  ~NoTerminal() {
    ::dup2(saved_, STDERR_FILENO);
    ::close(saved_);
  }
  NoTerminal(const NoTerminal&) = delete;
  NoTerminal& operator=(const NoTerminal&) = delete;

 private:
  int saved_;
};

}  // namespace

TEST_CASE("a wait without a terminal is logged at its start, once per period, and when asked to") {
  const NoTerminal no_terminal;
  const auto poller = kube::Poller::create();
  REQUIRE(poller);
  std::vector<std::string> lines;
  cmd::Progress progress(
      **poller, [] { return "for a"; },
      [&lines](const std::string& line) { lines.push_back(line); }, std::chrono::milliseconds(1));
  CHECK(lines == std::vector<std::string>{"waiting for a"});
  progress.tell();
  CHECK(lines.size() == 2);
  (*poller)->run_until([&] { return lines.size() == 4; });
  CHECK(lines[3].starts_with("still waiting for a, for "));
}

}  // namespace elector::tests
