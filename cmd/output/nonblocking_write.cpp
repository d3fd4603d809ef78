// SPDX-License-Identifier: Apache-2.0
#include "cmd/output/nonblocking_write.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstddef>

namespace elector::cmd {
namespace {

constexpr std::size_t kTerminalRoom = 128;

}  // namespace

ssize_t write_unblocked(int fd, std::string_view text) {
  // Up to PIPE_BUF bytes do not block where poll(2) reports room: a pipe then has a free page
  // (pipe(7)), and files always have room. A terminal may have room for 256 bytes only, the
  // kernel's buffer unit, and blocks a longer write until it is read (n_tty_write() in
  // drivers/tty/n_tty.c); each byte may become two there, as a newline does.
  pollfd ask{.fd = fd, .events = POLLOUT, .revents = 0};
  if (::poll(&ask, 1, 0) != 1) {
    errno = EAGAIN;
    return -1;
  }
  const std::size_t most = ::isatty(fd) == 1 ? kTerminalRoom : PIPE_BUF;
  return ::write(fd, text.data(), std::min(text.size(), most));
}

void say(std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = write_unblocked(STDERR_FILENO, text);
    if (written > 0) {
      text.remove_prefix(static_cast<std::size_t>(written));
    } else if (written == 0 || errno != EINTR) {
      return;
    }
  }
}

}  // namespace elector::cmd
