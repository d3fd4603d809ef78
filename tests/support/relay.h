// SPDX-License-Identifier: Apache-2.0
// A candidate's own connection to the API server, which a test can disturb for that candidate
// alone: cut, held up as by a pulled cable, slowed down, delayed, damaged.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <list>
#include <mutex>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/eventually.h"

namespace elector::tests {

// What happens to the bytes.
struct Passage {
  enum class Kind {
    kPass,
    kCut,      // connections are reset, new ones too
    kHold,     // connections stay open, new ones are accepted, and nothing gets through
    kDeaf,     // what the candidate sends gets through, the answers do not
    kSlow,     // one byte at a time
    kDelay,    // each byte gets through this much later
    kDamage,   // now and then a byte is changed: within TLS that breaks the record
    kControl,  // now and then a byte becomes a control character, invalid in JSON text
  };
  Kind kind = Kind::kPass;
  Milliseconds delay{0};                    // kDelay
  std::chrono::microseconds interval{200};  // kSlow: between two bytes
  int spacing = 1000;                       // kDamage, kControl: approximate bytes between two
                                            // changes
  std::uint64_t seed = 1;                   // determines which bytes
};

class Relay {
 public:
  // Connects to the server that the kubeconfig's first cluster names. Throws if it cannot listen,
  // or does not understand the address.
  explicit Relay(const std::string& kubeconfig);
  Relay(std::string host, std::uint16_t port);
  ~Relay();
  Relay(const Relay&) = delete;
  Relay& operator=(const Relay&) = delete;

  // Returns the flags that make a candidate use this relay.
  std::vector<std::string> flags() const;
  // The relay's port on 127.0.0.1.
  std::uint16_t port() const { return own_port_; }
  // Sends new connections to this port from now on: the server came up on another.
  void lead_to(std::uint16_t port) { port_ = port; }

  // Applies to new and existing connections from now on. What was held gets through, late, when it
  // passes again.
  void set(const Passage& passage);
  void hold() { set({.kind = Passage::Kind::kHold}); }
  void restore() { set({}); }
  // Resets the existing connections; new ones are accepted.
  void reset();

 private:
  struct Chunk {
    SteadyTime due;
    std::string bytes;
  };
  // One direction of a connection: what was read from one end and has not been written to the
  // other.
  struct Stream {
    int from = -1;
    int to = -1;
    bool is_answer = false;
    bool ended = false;  // the source has ended
    std::size_t queued = 0;
    std::deque<Chunk> chunks{};
    SteadyTime next_byte{};  // kSlow
    int until_change = 0;    // kDamage, kControl
  };
  struct Connection {
    Stream request;
    Stream answer;
  };

  void listen();
  void run();
  void wait() const;
  void take_passage();
  void accept_one();
  bool work(Connection& connection);
  bool held(const Stream& stream) const;
  bool read_some(Stream& stream);
  bool write_some(Stream& stream, SteadyTime now) const;
  void damage(Stream& stream, std::string& bytes);
  static void end(const Connection& connection, bool reset);

  std::string host_;
  std::atomic<std::uint16_t> port_{0};
  int listener_ = -1;
  std::uint16_t own_port_ = 0;
  int wake_ = -1;
  std::atomic<bool> end_{false};
  std::atomic<bool> reset_{false};
  std::mutex mutex_;
  Passage wanted_;     // as set by set(), under the mutex
  Passage passage_{};  // as used by the thread
  std::mt19937_64 random_;
  std::list<Connection> connections_;
  std::thread thread_;
};

}  // namespace elector::tests
