// A candidate's own way to the API server, which can be spoilt for it alone while all the others go
// on: cut, held up as by a pulled cable, slowed down, delayed, damaged.
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

// What becomes of the bytes.
struct Passage {
  enum class Kind {
    kPass,
    kCut,      // connections are reset, new ones too
    kHold,     // connections stay open, new ones are taken, and nothing gets through
    kDeaf,     // what the candidate sends gets through, the answers do not
    kSlow,     // one byte at a time
    kDelay,    // each byte gets through so much later
    kDamage,   // now and then a byte becomes another: within TLS that breaks the record
    kControl,  // now and then a byte becomes a control character, which no JSON text may contain
  };
  Kind kind = Kind::kPass;
  Milliseconds delay{0};                    // kDelay
  std::chrono::microseconds interval{200};  // kSlow: between two bytes
  int spacing = 1000;                       // kDamage, kControl: bytes between two changes, about
  std::uint64_t seed = 1;                   // says which
};

class Relay {
 public:
  // To the server that the kubeconfig's first cluster names. Throws if it cannot listen, or does
  // not understand the address.
  explicit Relay(const std::string& kubeconfig);
  Relay(std::string host, std::uint16_t port);
  ~Relay();
  Relay(const Relay&) = delete;
  Relay& operator=(const Relay&) = delete;

  // What leads a candidate this way.
  std::vector<std::string> flags() const;
  // On 127.0.0.1.
  std::uint16_t port() const { return own_port_; }
  // Where new connections go from now on: the server came up elsewhere.
  void lead_to(std::uint16_t port) { port_ = port; }

  // From now on, for new connections and old. What was held gets through when it passes again,
  // late.
  void set(const Passage& passage);
  void hold() { set({.kind = Passage::Kind::kHold}); }
  void restore() { set({}); }
  // Resets the connections that there are; new ones are welcome.
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
    bool ended = false;  // nothing more comes from there
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
  Passage wanted_;     // what set() said, under the mutex
  Passage passage_{};  // what the thread goes by
  std::mt19937_64 random_;
  std::list<Connection> connections_;
  std::thread thread_;
};

}  // namespace elector::tests
