// SPDX-License-Identifier: Apache-2.0
// The limits of the sidecar's HTTP server against slow, silent and hostile clients.
#pragma once

#include <chrono>
#include <cstddef>

#include "core/time.h"

namespace elector::cmd {

inline constexpr std::size_t kMaxConnections = 256;
// Fewer where the process may have few descriptors (RLIMIT_NOFILE): this many are reserved for the
// connections to the API server, credential plugins and the rest, but a few clients are always
// served.
inline constexpr std::size_t kReservedDescriptors = 40;
inline constexpr std::size_t kFewestConnections = 4;
// Limit on concurrent GET /watch streams (192 of 256 connections), so that there is room for
// probes, whose failure ends the pod.
constexpr std::size_t most_streams(std::size_t connections) {
  return connections - connections / 4;
}
// Time for a request to arrive and its answer to be read; also the time a connection may stay idle.
inline constexpr core::Duration kRequestLimit = std::chrono::seconds(10);
inline constexpr std::size_t kHeaderLimit = std::size_t{8} * 1024;
// Memory that libmicrohttpd may use for one connection: the header, twice where its fields are
// listed, and a piece of the answer.
inline constexpr std::size_t kConnectionMemory = std::size_t{12} * 1024;
// What the kernel may buffer of an answer that a client does not read. It counts toward the
// container's memory, and would grow to megabytes per connection.
inline constexpr int kSendBuffer = 32 * 1024;
// All bodies together that clients have not fully read, shared ones counted once. Only a single
// body may be larger.
inline constexpr std::size_t kBodyMemory = std::size_t{8} * 1024 * 1024;

}  // namespace elector::cmd
