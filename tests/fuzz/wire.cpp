// SPDX-License-Identifier: Apache-2.0
#include "tests/fuzz/wire.h"

#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <memory>
#include <optional>
#include <utility>

#include "kube/base/poller.h"
#include "kube/base/utf8.h"
#include "kube/config/url.h"
#include "kube/http/curl_link.h"
#include "kube/http/warning_header.h"
#include "tests/fuzz/fuzz.h"

namespace elector::tests {
namespace {

// A self-signed certificate: an authority has to be named, or the system's would be read each time.
constexpr const char* kAuthority = R"(-----BEGIN CERTIFICATE-----
MIIBVjCB/aADAgECAhQWqC49q+uN9e7ycyb3250foyPKsTAKBggqhkjOPQQDAjAA
MCAXDTI2MTIwMTAxNDQ0N1oYDzIxMjYxMTA3MDE0NDQ3WjAAMFkwEwYHKoZIzj0C
AQYIKoZIzj0DAQcDQgAE5SGOpX9aVqMTc6pLttfkfi1rse6XGTgmbq2UtLfw6C2b
Z1gy40AdeDLJ5jYh4UxLVakg8lP/wSuSNeapB6zYjaNTMFEwHQYDVR0OBBYEFKC9
LUWU+FdrCogzfvi0IR4bxTeQMB8GA1UdIwQYMBaAFKC9LUWU+FdrCogzfvi0IR4b
xTeQMA8GA1UdEwEB/wQFMAMBAf8wCgYIKoZIzj0EAwIDSAAwRQIhAImc6u5ZdDPo
rl05deXSTF9c37vo5iMWZqj9mdYbvG/nAiAU6ArXjlajAP+s/iuvlvoDH/khqR1D
D/HhZBP9bDY0eg==
-----END CERTIFICATE-----
)";

// Turns of the event loop. An exchange takes a few; what waits for a timer of libcurl's takes more.
constexpr int kTurns = 2000;

// The peer: it takes the one connection that an exchange may have, sends its bytes and closes the
// connection. It listens on an abstract Unix socket, whose name the kernel chooses, short enough
// for any sockaddr.
class WirePeer {
 public:
  WirePeer(std::string_view bytes, kube::TurnSockets& sockets) : bytes_(bytes), sockets_(sockets) {}
  ~WirePeer() {
    if (fd_ >= 0) close(fd_);
  }
  WirePeer(const WirePeer&) = delete;
  WirePeer& operator=(const WirePeer&) = delete;

  // For CURLOPT_OPENSOCKETFUNCTION: a socket of the client, and the address to connect it to.
  static curl_socket_t open_socket(void* self, curlsocktype, curl_sockaddr* address) {
    auto* const peer = static_cast<WirePeer*>(self);
    if (std::exchange(peer->opened_, true)) return CURL_SOCKET_BAD;
    address->family = AF_UNIX;
    address->addrlen = sizeof address->addr;
    socklen_t length = sizeof address->addr;
    getsockname(listener(), &address->addr, &length);
    address->addrlen = length;
    const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    peer->sockets_.add(fd);
    return fd;
  }

  // Does what it can do now.
  void act() {
    if (fd_ >= 0) return;
    fd_ = accept4(listener(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd_ < 0) return;
    while (!bytes_.empty()) {
      const ssize_t count = send(fd_, bytes_.data(), bytes_.size(), MSG_NOSIGNAL);
      require(count > 0, "the bytes fit into the socket");
      bytes_.remove_prefix(static_cast<std::size_t>(count));
    }
    shutdown(fd_, SHUT_WR);
  }

  std::string received() const {
    std::string all;
    std::array<char, 4096> buffer{};
    while (true) {
      const ssize_t count = recv(fd_, buffer.data(), buffer.size(), 0);
      if (count <= 0) return all;
      all.append(buffer.data(), static_cast<std::size_t>(count));
    }
  }

 private:
  static int listener() {
    static const int kListener = [] {
      const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
      sockaddr none{};
      none.sa_family = AF_UNIX;
      const bool listens = bind(fd, &none, sizeof none.sa_family) == 0 && listen(fd, 1) == 0;
      require(listens, "the peer listens");
      return fd;
    }();
    return kListener;
  }

  std::string_view bytes_;
  kube::TurnSockets& sockets_;
  bool opened_ = false;
  int fd_ = -1;
};

kube::Poller& the_poller() {
  static const std::unique_ptr<kube::Poller> kPoller = [] {
    signal(SIGPIPE, SIG_IGN);
    curl_global_init(CURL_GLOBAL_ALL);
    auto poller = kube::Poller::create();
    require(poller.has_value(), "there is a poller");
    return std::move(*poller);
  }();
  return *kPoller;
}

}  // namespace

kube::ExchangeSetup wire_setup(const std::string& server, const std::string& proxy) {
  kube::ExchangeSetup setup;
  setup.server = *kube::parse_url(server);
  if (!proxy.empty()) setup.proxy = *kube::parse_url(proxy);
  setup.connection.server = server;
  setup.connection.proxy_url = proxy;
  setup.connection.tls.ca_pem = kAuthority;
  setup.connection.tls.system_pem = kAuthority;
  setup.user_agent = "elector";
  setup.dead_peer = std::chrono::seconds(15);
  return setup;
}

WireResult exchange(const kube::ExchangeSetup& setup, const kube::HttpRequest& request,
                    const std::string& token, std::string_view bytes, bool stream) {
  kube::Poller& poller = the_poller();
  std::optional<kube::CurlLink::Finished> finished;
  kube::CurlLink link(poller, [&finished](kube::CurlLink& one) {
    if (!finished) finished = one.next_finished();
  });
  kube::HttpExchange exchange(setup, request);
  kube::Auth auth;
  if (!token.empty()) auth.authorization = "Bearer " + token;
  const Failure failure = exchange.prepare(auth);
  require(!failure, "the exchange is prepared", failure ? failure->message : "");
  exchange.note_sockets(link.sockets());
  if (stream) exchange.deliver_pieces([] {});
  WirePeer peer(bytes, link.sockets());
  curl_easy_setopt(exchange.easy(), CURLOPT_OPENSOCKETFUNCTION, &WirePeer::open_socket);
  curl_easy_setopt(exchange.easy(), CURLOPT_OPENSOCKETDATA, &peer);
  require(!link.add(exchange.easy()), "the exchange begins");
  for (int turn = 0; turn < kTurns && !finished; ++turn) {
    poller.wait(std::chrono::milliseconds(1));
    peer.act();
  }
  require(finished.has_value(), "an exchange whose peer has hung up ends");
  WireResult result;
  result.response = exchange.result(finished->result, link.cut_off());
  result.streamed = exchange.take_received();
  link.remove(exchange.easy());
  result.sent = peer.received();
  return result;
}

void require_sound(const kube::HttpResponse& response) {
  require(response.status == 0 || (response.status >= 200 && response.status <= 999),
          "a status is a final one");
  require(
      response.retry_after >= core::Duration(0) && response.retry_after <= kube::kLongestRetryAfter,
      "a pause can be reckoned with");
  require(response.warnings.size() <= kube::kMostWarnings, "there are not too many warnings");
  for (const std::string& warning : response.warnings) {
    require(is_one_line(warning) && kube::is_utf8(warning), "a warning is one line", warning);
  }
  require(is_one_line(response.audit_id), "an audit's name is one line", response.audit_id);
  if (response.error) require_good(*response.error);
  require(response.status != 0 || response.error, "where there is no answer, there is an error");
}

}  // namespace elector::tests
