// SPDX-License-Identifier: Apache-2.0
// Identifies the client of a connection that the HTTP server has accepted.
#pragma once

#include <sys/socket.h>

#include <string>

namespace elector::cmd {

// Returns the client's IPv4 address; the /64 of its IPv6 address, because a single machine commonly
// has all of one; an IPv4 address mapped into IPv6 as itself. For a Unix socket, returns the
// process at the other end. `fd` is the connection and `address` what accept(2) returned for it.
std::string peer_of(int fd, const sockaddr_storage& address);

// Whether the socket is bound to an address that only this machine reaches: 127.0.0.0/8 or ::1.
bool is_loopback(const sockaddr_storage& address);

}  // namespace elector::cmd
