// SPDX-License-Identifier: Apache-2.0
#include "cmd/output/terminal.h"

#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string_view>

#include "cmd/output/nonblocking_write.h"

namespace elector::cmd {

bool is_terminal(int fd) {
  return ::isatty(fd) == 1;
}

bool use_color(ColorChoice choice, int fd) {
  if (choice != ColorChoice::kAuto) return choice == ColorChoice::kAlways;
  const char* const no_color = std::getenv("NO_COLOR");
  const char* const term = std::getenv("TERM");
  if (no_color != nullptr && *no_color != '\0') return false;
  return is_terminal(fd) && term != nullptr && std::string_view(term) != "dumb";
}

bool print(const std::string& text) {
  errno = 0;
  const bool written =
      std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0;
  if (!written) say_unprinted(errno);
  return written;
}

void say_unprinted(int error) {
  if (error == EPIPE) return;
  say("elector: cannot write to standard output: " + std::string(std::strerror(error)) + "\n");
}

}  // namespace elector::cmd
