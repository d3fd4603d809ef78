// The limits of the sidecar's HTTP server against slow, silent and hostile clients.
#pragma once

#include <chrono>
#include <cstddef>

#include "core/time.h"

namespace elector::cmd {

inline constexpr std::size_t kMaxConnections = 256;
// Fewer where the process may have few descriptors (RLIMIT_NOFILE): so many are left for the
// connections to the API server, credential plugins and the rest, but a few are always served.
inline constexpr std::size_t kReservedDescriptors = 40;
inline constexpr std::size_t kFewestConnections = 4;
// So many of them GET /watch may have, 192 of 256: there must be room for probes, whose failure
// ends the pod.
constexpr std::size_t most_streams(std::size_t connections) {
  return connections - connections / 4;
}
// For a request to come and its answer to be taken; and so long may a connection be kept idle.
inline constexpr core::Duration kRequestLimit = std::chrono::seconds(10);
inline constexpr std::size_t kHeaderLimit = std::size_t{8} * 1024;
// What libmicrohttpd may use for one connection: the header, twice over where its fields are
// listed, and a piece of the answer.
inline constexpr std::size_t kConnectionMemory = std::size_t{12} * 1024;
// What the kernel may keep of an answer that a client does not read. It counts toward the memory of
// the container, and would grow to megabytes for each connection.
inline constexpr int kSendBuffer = 32 * 1024;
// All bodies together that clients have not read to the end, shared ones counted once. Only a
// single body may be larger.
inline constexpr std::size_t kBodyMemory = std::size_t{8} * 1024 * 1024;

}  // namespace elector::cmd
