// A way to the API server that can be cut without a reset, as a pulled cable is: what one candidate
// sends and is sent waits there, while all the others go on.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <thread>
#include <vector>

namespace elector::tests {

class Relay {
 public:
  // To the server that the kubeconfig's first cluster names. Throws if it cannot listen, or does
  // not understand the address.
  explicit Relay(const std::string& kubeconfig);
  ~Relay();
  Relay(const Relay&) = delete;
  Relay& operator=(const Relay&) = delete;

  // What leads a candidate this way.
  std::vector<std::string> flags() const;

  // Connections stay open, new ones are taken, and nothing gets through.
  void cut();
  // What waits gets through, late.
  void restore();

 private:
  struct Pair {
    int client;
    int server;
  };

  void run();
  void accept_one();
  bool forward(int from, int to) const;

  std::string host_;
  std::string port_;
  int listener_ = -1;
  std::uint16_t own_port_ = 0;
  int wake_ = -1;
  std::atomic<bool> cut_{false};
  std::atomic<bool> end_{false};
  std::vector<Pair> pairs_;
  std::thread thread_;
};

}  // namespace elector::tests
