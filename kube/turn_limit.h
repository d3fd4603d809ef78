// Limits one turn of libcurl, the work between two looks at the program's other events.
//
// libcurl and OpenSSL read on as long as there are bytes where those bytes end nothing: the body of
// a refused CONNECT, TLS messages after the handshake. A peer that sends faster than they read
// would keep the program in that one call, with SIGTERM, probes and every time limit waiting. Two
// means end such a turn, as neither reaches everywhere: libcurl's progress callback, which asks
// over_time(), and a timer whose signal handler disconnects the sockets of the link.
//
// A turn is over its limit by the thread's own processor time: a peer that holds a turn makes it
// compute, while a process that was suspended, or that waited for a processor, has done nothing
// wrong. Where processors are scarce, less of it is enough once a second has passed.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>

namespace elector::kube {

// What a turn may compute. Ordinary ones take well under a millisecond, and a TLS handshake a few.
inline constexpr std::chrono::milliseconds kLongestTurn{250};
// What it may compute once kSlowTurn has passed.
inline constexpr std::chrono::milliseconds kLongestSlowTurn{100};
inline constexpr std::chrono::seconds kSlowTurn{1};

// The open sockets of one link, for the signal handler, which can take no lock: a fixed number of
// places. A socket beyond them is limited by the progress callback alone.
class TurnSockets {
 public:
  void add(int socket);
  void remove(int socket);
  // Makes every read and write on them fail from now on; they stay open. Async-signal-safe.
  void disconnect() const;

 private:
  static constexpr std::size_t kPlaces = 64;
  std::array<std::atomic<int>, kPlaces> sockets_{};  // one more than the descriptor; 0: free
};

// One turn: begins with the object and ends with it. Turns do not nest.
class Turn {
 public:
  explicit Turn(const TurnSockets& sockets);
  ~Turn();
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;

  // Whether there is a turn and it is over its limit. Async-signal-safe.
  static bool over_time();
};

}  // namespace elector::kube
