// SPDX-License-Identifier: Apache-2.0
// A TCP server on loopback that follows a script: answers, silences and broken connections that a
// client must cope with, and that a proper HTTP server would not produce.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace elector::tests {

class RawServer {
 public:
  // One connection. If the client is gone, reading returns "" and sending does nothing.
  class Peer {
   public:
    Peer(int descriptor, int number) : descriptor_(descriptor), number_(number) {}

    // Returns the next HTTP request, head and body; "" if the client has closed the connection.
    std::string request();
    // Returns the next `count` bytes; fewer if the client has closed the connection.
    std::string bytes(std::size_t count);
    // Returns whether the client accepted everything.
    bool send(std::string_view bytes);
    // Sends a complete HTTP answer.
    void answer(int status, std::string_view body, std::string_view headers = "");
    // Sends the beginning of a chunked answer, a piece of it, and its end.
    void begin_chunks();
    bool chunk(std::string_view bytes);
    void end_chunks() { send("0\r\n\r\n"); }
    // Waits until the client closes the connection, or the server is destroyed.
    void wait_for_close();
    // Ends the connection as soon as the script has returned or asks for the next request:
    // normally, or with a reset, which may discard what was sent with it.
    void hang_up() { ended_ = true; }
    void reset();

    int number() const { return number_; }  // of the connection, from 0
    int descriptor() const { return descriptor_; }

   private:
    int descriptor_;
    int number_;
    bool ended_ = false;
    std::string read_;
  };

  // Runs on its own thread for each connection, which is closed when it returns.
  using Script = std::function<void(Peer& peer)>;

  explicit RawServer(Script script);
  ~RawServer();
  RawServer(const RawServer&) = delete;
  RawServer& operator=(const RawServer&) = delete;

  int port() const { return port_; }
  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }
  int connections() const { return connections_; }

 private:
  void accept_all();
  void serve(int descriptor, int number);

  Script script_;
  int listener_ = -1;
  int port_ = 0;
  std::atomic<int> connections_{0};
  std::atomic<bool> ending_{false};
  std::mutex mutex_;
  std::set<int> open_;
  std::vector<std::thread> threads_;
  std::thread acceptor_;
};

// Passes what the server's threads saw to the test's thread.
class Notes {
 public:
  void add(std::string text) {
    const std::lock_guard lock(mutex_);
    texts_.push_back(std::move(text));
  }
  std::vector<std::string> all() const {
    const std::lock_guard lock(mutex_);
    return texts_;
  }
  std::size_t count() const { return all().size(); }

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> texts_;
};

}  // namespace elector::tests
