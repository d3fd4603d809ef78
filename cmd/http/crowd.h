// SPDX-License-Identifier: Apache-2.0
// Chooses which connection of the HTTP server gives way when there is no room. A pure rule over the
// connections as they are.
//
// A connection is worth as much as what it has asked for. One without a complete request costs its
// client nothing, so a client can open as many as it likes and renew them at any rate: they give
// way first, whatever their age. A probe sends its request at once and is answered in the same turn
// of the loop, so it is never among them for long. Of equals, the client with the most gives way,
// so that one client cannot displace the others.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

#include "core/time.h"

namespace elector::cmd {

enum class HttpActivity {
  kSilent,     // no complete request: none yet, part of one, or none since the last answer
  kAnswering,  // the client has not read the whole answer
  kStreaming,  // follows a stream
};

struct HttpGuest {
  std::string_view peer;  // owner of the connection: an address, or a process (http/peer.h)
  HttpActivity activity = HttpActivity::kSilent;
  core::BootTime since{};      // of the activity
  const void* body = nullptr;  // what it must still be sent; connections may share one
  std::size_t size = 0;        // of the body
};

// Each function returns the index of the connection that gives way, or nothing.

// For a new connection: a silent one, otherwise one that does not read its answer; never a stream.
std::optional<std::size_t> gives_way_to_connection(std::span<const HttpGuest> guests);

// For another stream of `peer`: a stream of a peer that still has at least as many as `peer`
// afterwards. Thus two peers never displace each other in turn.
std::optional<std::size_t> gives_way_to_stream(std::span<const HttpGuest> guests,
                                               std::string_view peer);

// For memory, while all bodies together exceed `limit` bytes: a connection that has not read its
// body, but never `newest`. A shared body counts once.
std::optional<std::size_t> gives_way_to_body(std::span<const HttpGuest> guests, std::size_t newest,
                                             std::size_t limit);

}  // namespace elector::cmd
