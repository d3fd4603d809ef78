// SPDX-License-Identifier: Apache-2.0
// Writes to standard output and standard error without ever waiting for their reader: a reader that
// stalls must not cost a lease.
#pragma once

#include <sys/types.h>

#include <string_view>

namespace elector::cmd {

// Writes the beginning of `text`, at most PIPE_BUF bytes, if there is room for it now. Returns how
// many bytes were written, or -1 with errno set, EAGAIN if there is no room.
//
// The descriptor is shared with other processes, so this process must not set O_NONBLOCK. The call
// may still block if another process fills the same pipe at the same moment.
ssize_t write_unblocked(int fd, std::string_view text);

// Writes to standard error what there is room for now; drops the rest.
void say(std::string_view text);

}  // namespace elector::cmd
