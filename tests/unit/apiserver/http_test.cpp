// SPDX-License-Identifier: Apache-2.0
// The server over a socket: keep-alive, streams that leave at once, and faults on the wire.
#include "tests/apiserver/http.h"

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <chrono>
#include <string>
#include <thread>

#include "tests/unit/apiserver/world.h"

namespace elector::tests::apiserver {
namespace {

using std::chrono::milliseconds;
constexpr int kPatience = 20'000;  // ms that a test waits for what must come

// A server on its own thread. Everything goes over its socket.
class Running {
 public:
  Running() : front_(server_, {}) {
    server_.start();
    REQUIRE(front_.start().empty());
    port = front_.port();
    thread_ = std::thread([this] {
      while (!stop_) front_.step(milliseconds(20));
    });
  }
  ~Running() {
    stop_ = true;
    thread_.join();
  }
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;

  int port = 0;

 private:
  Server server_{{}};
  HttpFront front_;
  std::atomic<bool> stop_ = false;
  std::thread thread_;
};

// One connection, spoken by hand.
class Line {
 public:
  explicit Line(int port) : socket_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
  }
  ~Line() { close(socket_); }
  Line(const Line&) = delete;
  Line& operator=(const Line&) = delete;

  void send(const std::string& method, const std::string& path, const std::string& body = "") {
    const std::string text = method + " " + path +
                             " HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer admin-token\r\n"
                             "Content-Type: application/json\r\nContent-Length: " +
                             std::to_string(body.size()) + "\r\n\r\n" + body;
    REQUIRE(::send(socket_, text.data(), text.size(), MSG_NOSIGNAL) ==
            static_cast<ssize_t>(text.size()));
  }

  // Reads until what came contains the words, and returns it; "" from then on means that the peer
  // has closed.
  std::string until(const std::string& words) {
    while (text_.find(words) == std::string::npos && read_more()) {
    }
    return text_;
  }
  // Reads to the end of the connection.
  std::string rest() {
    while (read_more()) {
    }
    return text_;
  }
  // One answer with a Content-Length: its status line's code and its body.
  std::pair<int, std::string> answer() {
    until("\r\n\r\n");
    const std::size_t head = text_.find("\r\n\r\n") + 4;
    const std::size_t length = text_.find("Content-Length: ");
    REQUIRE(length < head);
    const std::size_t size = std::stoul(text_.substr(length + 16));
    while (text_.size() < head + size && read_more()) {
    }
    const std::pair<int, std::string> read{std::stoi(text_.substr(9, 3)), text_.substr(head, size)};
    text_.erase(0, head + size);
    return read;
  }
  bool quiet_for(milliseconds time) {
    pollfd wait{socket_, POLLIN, 0};
    return poll(&wait, 1, static_cast<int>(time.count())) == 0;
  }

 private:
  bool read_more() {
    pollfd wait{socket_, POLLIN, 0};
    REQUIRE(poll(&wait, 1, kPatience) == 1);
    std::array<char, 4096> chunk{};
    const ssize_t got = recv(socket_, chunk.data(), chunk.size(), 0);
    if (got <= 0) return false;
    text_.append(chunk.data(), static_cast<std::size_t>(got));
    return true;
  }

  int socket_;
  std::string text_;
};

void order(const Running& running, const std::string& rules) {
  Line line(running.port);
  line.send("POST", "/_control/faults", rules);
  REQUIRE(line.answer().first == 200);
}

TEST_CASE("one connection serves one request after the other") {
  const Running running;
  Line line(running.port);
  line.send("POST", kLeases, lease("a"));
  CHECK(line.answer().first == 201);
  line.send("GET", kLeases + "/x");
  CHECK(line.answer().second.find("\"holderIdentity\":\"a\"") != std::string::npos);
  line.send("GET", kLeases + "/y");
  CHECK(line.answer().first == 404);
  line.send("GET", kLeases + "?fieldSelector=metadata.name%3Dx");
  CHECK(line.answer().second.find("LeaseList") != std::string::npos);
}

TEST_CASE("an event leaves as soon as the write is done") {
  const Running running;
  Line watch(running.port);
  watch.send("GET", kLeases + "?watch=1");
  Line line(running.port);
  CHECK(watch.until("\r\n\r\n").find("Transfer-Encoding: chunked") != std::string::npos);
  line.send("POST", kLeases, lease("a"));
  CHECK(line.answer().first == 201);
  CHECK(watch.until("}}\n").find("\"ADDED\"") != std::string::npos);
}

TEST_CASE("a watch ends properly when its time is over, and its connection stays open") {
  const Running running;
  Line line(running.port);
  line.send("GET", kLeases + "?watch=1&timeoutSeconds=1");
  CHECK(line.until("\r\n0\r\n\r\n").find("200 OK") != std::string::npos);
  Line fresh(running.port);
  fresh.send("GET", "/_control/watches");
  CHECK(fresh.answer().second.empty());
}

TEST_CASE("a watcher that has gone is forgotten") {
  const Running running;
  Line line(running.port);
  {
    Line watch(running.port);
    watch.send("GET", kLeases + "?watch=1");
    watch.until("\r\n\r\n");
    line.send("GET", "/_control/watches");
    CHECK_FALSE(line.answer().second.empty());
  }
  std::string open = "?";
  for (int tries = 0; tries < 1000 && !open.empty(); ++tries) {
    line.send("GET", "/_control/watches");
    open = line.answer().second;
    if (!open.empty()) std::this_thread::sleep_for(milliseconds(10));
  }
  CHECK(open.empty());
}

TEST_CASE("a dropped request does nothing, a lost one is done, and neither is answered") {
  const Running running;
  order(running, R"([{"verb":"POST","action":"drop"},{"verb":"POST","action":"lose"}])");
  Line dropped(running.port);
  dropped.send("POST", kLeases, lease("a", "", "dropped"));
  CHECK(dropped.rest().empty());
  Line lost(running.port);
  lost.send("POST", kLeases, lease("a", "", "lost"));
  CHECK(lost.rest().empty());
  Line line(running.port);
  line.send("GET", kLeases + "/dropped");
  CHECK(line.answer().first == 404);
  line.send("GET", kLeases + "/lost");
  CHECK(line.answer().first == 200);
}

TEST_CASE("an answer that is cut ends in its middle") {
  const Running running;
  order(running, R"([{"action":"cut","bytes":10}])");
  Line line(running.port);
  line.send("GET", "/version");
  const std::string text = line.rest();
  CHECK(text.size() == text.find("\r\n\r\n") + 4 + 10);
}

TEST_CASE("a hanging request is never answered, and its end is noticed") {
  const Running running;
  order(running, R"([{"action":"hang"}])");
  {
    Line line(running.port);
    line.send("GET", "/version");
    CHECK(line.quiet_for(milliseconds(100)));
  }
  Line line(running.port);
  line.send("GET", "/version");
  CHECK(line.answer().first == 200);
}

TEST_CASE("a delayed request is done after its delay, or before it if so configured") {
  const Running running;
  order(running, R"([{"verb":"POST","name":"late","action":"delay","delay":300},)"
                 R"({"verb":"POST","name":"early","action":"delay","delay":300,"apply":true}])");
  Line watch(running.port);
  watch.send("GET", kLeases + "?watch=1");
  watch.until("\r\n\r\n");
  Line early(running.port);
  early.send("POST", kLeases, lease("a", "", "early"));
  watch.until("\"early\"");
  CHECK(early.answer().first == 201);
  Line late(running.port);
  late.send("POST", kLeases, lease("a", "", "late"));
  CHECK(late.answer().first == 201);
  CHECK(watch.until("\"late\"").find("\"late\"") != std::string::npos);
}

TEST_CASE("a status is answered instead, with the time to wait") {
  const Running running;
  order(running, R"([{"action":"status","code":429,"reason":"TooManyRequests","retryAfter":2}])");
  Line line(running.port);
  line.send("GET", kLeases);
  const std::string text = line.until("\r\n\r\n");
  CHECK(text.starts_with("HTTP/1.1 429"));
  CHECK(text.find("Retry-After: 2") != std::string::npos);
}

TEST_CASE("a throttled answer arrives whole, byte by byte") {
  const Running running;
  order(running, R"([{"path":"/healthz","action":"throttle","interval":20}])");
  Line line(running.port);
  line.send("GET", "/healthz");
  CHECK(line.answer().second == "ok");
}

TEST_CASE("a corrupt answer is not JSON") {
  const Running running;
  order(running, R"([{"action":"corrupt"}])");
  Line line(running.port);
  line.send("GET", "/version");
  const auto [code, body] = line.answer();
  CHECK(code == 200);
  CHECK_FALSE(parse_json(body));
}

}  // namespace
}  // namespace elector::tests::apiserver
