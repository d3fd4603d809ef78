// Writing to standard output and standard error without ever waiting for whoever reads them: a
// reader that stalls must not cost a lease.
#pragma once

#include <sys/types.h>

#include <string_view>

namespace elector::cmd {

// Writes the beginning of `text`, at most PIPE_BUF bytes, if there is room for it now. Returns how
// much was written, or -1 with errno, EAGAIN if there is no room.
//
// The descriptor is shared with other processes, so O_NONBLOCK is not ours to set. Who shares a
// pipe with others that fill it at the same moment can still have to wait.
ssize_t write_unblocked(int fd, std::string_view text);

// To standard error, what there is room for now; the rest is left out.
void say(std::string_view text);

}  // namespace elector::cmd
