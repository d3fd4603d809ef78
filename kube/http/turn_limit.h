// SPDX-License-Identifier: Apache-2.0
// Limits one turn of libcurl: its work between two looks at the program's other events.
//
// libcurl and OpenSSL keep reading while there are bytes that complete nothing: the body of a
// refused CONNECT, TLS messages after the handshake. A peer that sends faster than they read would
// keep the program in that one call, while SIGTERM, probes and all time limits wait. Two mechanisms
// end such a turn, as neither covers every case: libcurl's progress callback, which calls
// over_time(), and a timer whose signal handler disconnects the sockets of the link.
//
// The limit is on the thread's own processor time: a peer that holds a turn makes it compute, while
// a process that was suspended, or waited for a processor, has done nothing wrong. Once a second
// has passed, a lower limit applies, for machines where processor time is scarce.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>

namespace elector::kube {

// Limit on a turn's computing. Ordinary turns take well under a millisecond, a TLS handshake a few.
inline constexpr std::chrono::milliseconds kLongestTurn{250};
// The limit once kSlowTurn has passed.
inline constexpr std::chrono::milliseconds kLongestSlowTurn{100};
inline constexpr std::chrono::seconds kSlowTurn{1};

// The open sockets of one link, for the signal handler, which cannot take a lock: a fixed number of
// places. A socket beyond them is limited by the progress callback alone.
class TurnSockets {
 public:
  void add(int socket);
  void remove(int socket);
  // Makes all reads and writes on them fail from now on; they stay open. Async-signal-safe.
  void disconnect() const;

 private:
  static constexpr std::size_t kPlaces = 64;
  std::array<std::atomic<int>, kPlaces> sockets_{};  // the descriptor plus one; 0: free
};

// One turn, for the lifetime of the object. Turns do not nest.
class Turn {
 public:
  explicit Turn(const TurnSockets& sockets);
  ~Turn();
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;

  // Whether there is a turn and it has exceeded its limit. Async-signal-safe.
  static bool over_time();
};

}  // namespace elector::kube
