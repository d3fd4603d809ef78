// A TCP server on loopback that does what a script says: the answers, silences and broken
// connections that a client must live with, none of which a proper HTTP server would produce.
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
  // One connection. What a peer sent that is no longer there is "", and sending to it does nothing.
  class Peer {
   public:
    Peer(int descriptor, int number) : descriptor_(descriptor), number_(number) {}

    // The next HTTP request, head and body; "" when the client has closed the connection.
    std::string request();
    // The next `count` bytes; fewer when the client has closed the connection.
    std::string bytes(std::size_t count);
    // Whether the client took all of it.
    bool send(std::string_view bytes);
    // A complete HTTP answer.
    void answer(int status, std::string_view body, std::string_view headers = "");
    // The beginning of a chunked answer, a piece of it, and its end.
    void begin_chunks();
    bool chunk(std::string_view bytes);
    void end_chunks() { send("0\r\n\r\n"); }
    // Waits until the client closes the connection, or the server is destroyed.
    void wait_for_close();
    // Ends the connection as soon as the script has returned or asks for the next request: in
    // order, or with a reset, which may take what was sent with it.
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

  // Runs on a thread of its own for each connection, which is closed when it returns.
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

// What the server's threads saw, for the test's thread.
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
