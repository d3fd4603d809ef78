#include "cmd/unblocked.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstddef>

namespace elector::cmd {

ssize_t write_unblocked(int fd, std::string_view text) {
  // Up to PIPE_BUF bytes do not block where poll(2) reports room: a pipe then has a free page
  // (pipe(7)), files always have, and terminals take what they can.
  pollfd ask{.fd = fd, .events = POLLOUT, .revents = 0};
  if (::poll(&ask, 1, 0) != 1) {
    errno = EAGAIN;
    return -1;
  }
  return ::write(fd, text.data(), std::min<std::size_t>(text.size(), PIPE_BUF));
}

}  // namespace elector::cmd
