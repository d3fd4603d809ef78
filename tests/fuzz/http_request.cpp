// SPDX-License-Identifier: Apache-2.0
// Whatever a client sends to the sidecar's HTTP server, it is answered in order or not at all, only
// with the content of the pages, and the next client is served as usual.
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cassert>
#include <memory>

#include "cmd/http/server.h"
#include "kube/base/json_text.h"
#include "kube/base/poller.h"
#include "tests/fuzz/fuzz.h"
#include "tests/support/temp_dir.h"

namespace elector::tests {
namespace {

constexpr std::string_view kLeader = R"({"name":"node-7"})";
constexpr int kTurns = 200;

class Sidecar {
 public:
  Sidecar() {
    auto poller = kube::Poller::create();
    require(poller.has_value(), "there is a poller");
    poller_ = std::move(*poller);
    cmd::HttpServer::Routes routes;
    const auto page = [] { return cmd::HttpReply{200, "application/json", std::string(kLeader)}; };
    routes.pages["/"] = page;
    routes.pages["/leader"] = page;
    routes.streams["/watch"] = [] { return cmd::HttpEvent{"event-1", std::string(kLeader)}; };
    cmd::HttpAddress address;
    address.unix_path = folder_.path() + "/socket";
    auto server = cmd::HttpServer::create(*poller_, address, std::move(routes));
    require(server.has_value(), "the server listens", server ? "" : server.error().message);
    server_ = std::move(*server);
    path_ = address.unix_path;
  }

  // Sends it all, ends the sending side, and returns what comes back.
  std::string ask(std::string_view request) {
    const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_un name{};
    name.sun_family = AF_UNIX;
    path_.copy(name.sun_path, sizeof name.sun_path - 1);
    const int connected = ::connect(fd, reinterpret_cast<sockaddr*>(&name), sizeof name);
    require(connected == 0, "the server takes a connection");
    for (int turn = 0; turn < kTurns && !request.empty(); ++turn) {
      const ssize_t sent = ::send(fd, request.data(), request.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
      if (sent > 0) request.remove_prefix(static_cast<std::size_t>(sent));
      poller_->process();
    }
    // A stream ends with its client.
    ::shutdown(fd, SHUT_WR);
    std::string answer;
    std::array<char, 4096> buffer{};
    for (int turn = 0; turn < kTurns; ++turn) {
      poller_->process();
      const ssize_t got = ::recv(fd, buffer.data(), buffer.size(), MSG_DONTWAIT);
      if (got == 0) break;
      if (got > 0) answer.append(buffer.data(), static_cast<std::size_t>(got));
    }
    ::close(fd);
    poller_->process();
    return answer;
  }

 private:
  TempDir folder_;
  std::string path_;
  std::unique_ptr<kube::Poller> poller_;
  std::unique_ptr<cmd::HttpServer> server_;
};

// The body of the first answer, by its Content-Length; nothing if there is no body.
std::string_view body_of(std::string_view answer) {
  const std::size_t end = answer.find("\r\n\r\n");
  constexpr std::string_view kLength = "Content-Length: ";
  const std::size_t at = answer.substr(0, end).find(kLength);
  if (end == std::string_view::npos || at == std::string_view::npos) return {};
  const std::size_t length = std::stoul(std::string(answer.substr(at + kLength.size(), 8)));
  return answer.substr(end + 4, length);
}

void check_answer(std::string_view request, std::string_view answer) {
  if (answer.empty()) return;
  require(answer.starts_with("HTTP/1.1 ") || answer.starts_with("HTTP/1.0 "),
          "an answer is one of HTTP", answer);
  const std::string_view status = answer.substr(9, 3);
  for (const char c : status) require(c >= '0' && c <= '9', "it has a status", answer);
  require(status != "500", "no request breaks the server", request);
  // What is answered without a body need not come first: the server passes over lines before it
  // that have nothing in them, by its own idea of a line.
  const bool bare = count(request, "HEAD") != 0 || count(request, "OPTIONS") != 0 ||
                    request.find_first_not_of("\r\n") != 0;
  const bool json = count(answer.substr(0, answer.find("\r\n\r\n")), "application/json") != 0;
  if (json && !bare && status != "100") {
    const std::string_view body = body_of(answer);
    require(!kube::json::check(body), "what is called JSON is JSON", answer);
    require(status != "200" || body == kLeader, "a page says what it says", body);
  }
  // Names of headers and their values come back nowhere; a path does, in its 404.
  const bool in_path = count(answer, "no such page") != 0;
  require(in_path || count(answer, kSecret) == 0 || status == "400",
          "what was sent is not sent back", answer);
}

void check(std::string_view request) {
  static Sidecar sidecar;
  check_answer(request, sidecar.ask(request));
  static unsigned asked = 0;
  if (asked++ % 16 != 0) return;
  const std::string next =
      sidecar.ask("GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  require(next.starts_with("HTTP/1.1 200 ") && next.ends_with(kLeader),
          "the next client is served as ever", next);
}

}  // namespace
}  // namespace elector::tests

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  elector::tests::check(elector::tests::text_of(data, size));
  return 0;
}
