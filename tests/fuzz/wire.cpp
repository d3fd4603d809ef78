#include "tests/fuzz/wire.h"

#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <memory>
#include <optional>

#include "kube/curl_link.h"
#include "kube/json_text.h"
#include "kube/poller.h"
#include "kube/url.h"
#include "kube/warning_header.h"
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

// Both ends of the one connection that an exchange may have.
class Pair {
 public:
  explicit Pair(std::string_view bytes) {
    std::array<int, 2> ends{};
    const int made = socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data());
    require(made == 0, "there is a socket pair");
    ours_ = ends[0];
    peers_ = ends[1];
    while (!bytes.empty()) {
      const ssize_t count = send(peers_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
      require(count > 0, "the bytes fit into the socket");
      bytes.remove_prefix(static_cast<std::size_t>(count));
    }
    shutdown(peers_, SHUT_WR);
  }
  ~Pair() {
    if (ours_ >= 0) close(ours_);
    close(peers_);
  }
  Pair(const Pair&) = delete;
  Pair& operator=(const Pair&) = delete;

  // libcurl's end, once.
  int take() { return std::exchange(ours_, -1); }
  std::string received() const {
    std::string all;
    std::array<char, 4096> buffer{};
    while (true) {
      const ssize_t count = recv(peers_, buffer.data(), buffer.size(), MSG_DONTWAIT);
      if (count <= 0) return all;
      all.append(buffer.data(), static_cast<std::size_t>(count));
    }
  }

 private:
  int ours_ = -1;
  int peers_ = -1;
};

struct Opening {
  Pair& pair;
  kube::TurnSockets& sockets;
};

curl_socket_t open_socket(void* self, curlsocktype, curl_sockaddr*) {
  auto* const opening = static_cast<Opening*>(self);
  const int fd = opening->pair.take();
  if (fd < 0) return CURL_SOCKET_BAD;
  opening->sockets.add(fd);
  return fd;
}

int already_connected(void*, curl_socket_t, curlsocktype) {
  return CURL_SOCKOPT_ALREADY_CONNECTED;
}

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
  Pair pair(bytes);
  std::optional<kube::CurlLink::Finished> finished;
  kube::CurlLink link(poller, [&finished](kube::CurlLink& one) {
    if (!finished) finished = one.next_finished();
  });
  kube::HttpExchange exchange(setup, request);
  kube::Auth auth;
  if (!token.empty()) auth.authorization = "Bearer " + token;
  const kube::Failure failure = exchange.prepare(auth);
  require(!failure, "the exchange is prepared", failure ? failure->message : "");
  exchange.note_sockets(link.sockets());
  if (stream) exchange.deliver_pieces([] {});
  Opening opening{pair, link.sockets()};
  curl_easy_setopt(exchange.easy(), CURLOPT_OPENSOCKETFUNCTION, &open_socket);
  curl_easy_setopt(exchange.easy(), CURLOPT_OPENSOCKETDATA, &opening);
  curl_easy_setopt(exchange.easy(), CURLOPT_SOCKOPTFUNCTION, &already_connected);
  require(!link.add(exchange.easy()), "the exchange begins");
  for (int turn = 0; turn < kTurns && !finished; ++turn) {
    poller.wait(std::chrono::milliseconds(1));
  }
  require(finished.has_value(), "an exchange whose peer has hung up ends");
  WireResult result;
  result.response = exchange.result(finished->result, link.cut_off());
  result.streamed = exchange.take_received();
  link.remove(exchange.easy());
  result.sent = pair.received();
  return result;
}

void require_sound(const kube::HttpResponse& response) {
  require(response.status >= 0 && response.status <= 999, "a status has three digits");
  require(
      response.retry_after >= core::Duration(0) && response.retry_after <= kube::kLongestRetryAfter,
      "a pause can be reckoned with");
  require(response.warnings.size() <= kube::kMostWarnings, "there are not too many warnings");
  for (const std::string& warning : response.warnings) {
    require(is_one_line(warning) && kube::json::is_utf8(warning), "a warning is one line", warning);
  }
  require(is_one_line(response.audit_id), "an audit's name is one line", response.audit_id);
  if (response.error) require_good(*response.error);
  require(response.status != 0 || response.error, "where there is no answer, there is an error");
}

}  // namespace elector::tests
