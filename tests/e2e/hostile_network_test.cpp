// A peer that sends without end and faster than it is read, at every layer: it costs the program
// its connection, and nothing else. Signals, probes and time limits go on.
#include <doctest/doctest.h>

#include <cstdlib>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "tests/e2e/tls_peer.h"
#include "tests/support/candidate.h"
#include "tests/support/cluster.h"
#include "tests/support/http.h"
#include "tests/support/temp_dir.h"

namespace elector::tests {
namespace {

using Peer = RawServer::Peer;

// What the program may take for anything that it must do whatever a peer sends.
constexpr Milliseconds kPrompt{5000};

enum class Where { kProxy, kServer, kTlsServer };

struct Case {
  std::string what;
  Where where;
  RawServer::Script script;
};

std::string repeated(std::string_view text, std::size_t size) {
  std::string all;
  while (all.size() < size) all += text;
  return all;
}

// Sends `begin`, and then `again` as long as the client takes it.
RawServer::Script flood(const std::string& begin, std::string_view again) {
  return [begin, block = repeated(again, 64 << 10)](Peer& peer) {
    if (peer.request().empty()) return;
    peer.send(begin);
    while (peer.send(block)) {
    }
  };
}

// The same without a look at what the client sends.
RawServer::Script flood_at_once(std::string_view again) {
  return [block = repeated(again, 64 << 10)](Peer& peer) {
    while (peer.send(block)) {
    }
  };
}

RawServer::Script after_handshake(bool http2, const std::function<void(TlsPeer&)>& go_on) {
  const auto server = std::make_shared<TlsServer>(http2);
  return [server, go_on](Peer& peer) {
    TlsPeer tls(*server, peer);
    if (tls.shaken()) go_on(tls);
  };
}

std::string frame(int type, int flags, int stream, std::string_view payload) {
  const auto byte = [](std::size_t value) { return static_cast<char>(value & 0xffU); };
  std::string text{byte(payload.size() >> 16U), byte(payload.size() >> 8U), byte(payload.size()),
                   byte(static_cast<std::size_t>(type)), byte(static_cast<std::size_t>(flags))};
  text += {0, 0, 0, byte(static_cast<std::size_t>(stream))};
  return text.append(payload);
}

// HTTP/2: settings, then `begin`, then `again` without end.
RawServer::Script flood_frames(const std::string& begin, const std::string& again) {
  return after_handshake(true, [begin, block = repeated(again, 16'000)](TlsPeer& tls) {
    if (!tls.wait_for_bytes()) return;
    tls.send(frame(4, 0, 0, "") + begin);
    while (tls.send(block)) {
    }
  });
}

std::vector<Case> cases() {
  // ":status: 200" of HPACK's static table.
  const std::string headers = frame(1, 4, 1, "\x88");
  const std::string four_zeros(4, '\0');
  const std::string eight_zeros(8, '\0');
  using std::string_literals::operator""s;
  return {
      {"the body of a refused CONNECT", Where::kProxy,
       flood("HTTP/1.1 407 No\r\nContent-Length: 100000000000\r\n\r\n", "x")},
      {"the body of a refused CONNECT, to its end", Where::kProxy,
       flood("HTTP/1.1 407 No\r\n\r\n", "x")},
      {"chunks of a refused CONNECT", Where::kProxy,
       flood("HTTP/1.1 407 No\r\nTransfer-Encoding: chunked\r\n\r\n", "1\r\nx\r\n")},
      {"a chunk extension of a refused CONNECT", Where::kProxy,
       flood("HTTP/1.1 407 No\r\nTransfer-Encoding: chunked\r\n\r\n1;", "x=y;")},
      {"chunk trailers of a refused CONNECT", Where::kProxy,
       flood("HTTP/1.1 407 No\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n", "A: b\r\n")},
      {"headers of a granted CONNECT", Where::kProxy, flood("HTTP/1.1 200 Yes\r\n", "A: b\r\n")},
      {"one header of a granted CONNECT", Where::kProxy, flood("HTTP/1.1 200 Yes\r\nA: ", "b")},
      {"interim answers to a CONNECT", Where::kProxy, flood("", "HTTP/1.1 100 Continue\r\n\r\n")},
      {"what is no HTTP, to a CONNECT", Where::kProxy, flood("", "\n")},
      {"bytes that are no TLS behind a granted CONNECT", Where::kProxy,
       flood("HTTP/1.1 200 Yes\r\n\r\n", "x")},
      {"empty TLS records behind a granted CONNECT", Where::kProxy,
       flood("HTTP/1.1 200 Yes\r\n\r\n", "\x16\x03\x03\0\0"s)},
      {"headers", Where::kServer, flood("HTTP/1.1 200 OK\r\n", "A: b\r\n")},
      {"a chunk extension", Where::kServer,
       flood("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;", "x=y;")},
      {"chunk trailers", Where::kServer,
       flood("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n", "A: b\r\n")},
      {"chunks of white space", Where::kServer,
       flood("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "1\r\n \r\n")},
      {"TLS alerts before the handshake", Where::kTlsServer,
       flood_at_once("\x15\x03\x03\0\x02\x01\0"s)},
      {"TLS change-cipher-spec records", Where::kTlsServer,
       flood_at_once("\x14\x03\x03\0\x01\x01"s)},
      {"a handshake message in pieces of a byte", Where::kTlsServer,
       flood_at_once("\x16\x03\x03\0\x01\x02"s)},
      {"TLS key updates", Where::kTlsServer,
       after_handshake(false,
                       [](TlsPeer& tls) {
                         while (tls.update_key()) {
                         }
                       })},
      {"TLS session tickets", Where::kTlsServer,
       after_handshake(false,
                       [](TlsPeer& tls) {
                         while (tls.send_ticket()) {
                         }
                       })},
      {"TLS key updates instead of HTTP/2", Where::kTlsServer,
       after_handshake(true,
                       [](TlsPeer& tls) {
                         while (tls.update_key()) {
                         }
                       })},
      {"HTTP/2 PING answers", Where::kTlsServer, flood_frames("", frame(6, 1, 0, eight_zeros))},
      {"HTTP/2 PINGs", Where::kTlsServer, flood_frames("", frame(6, 0, 0, eight_zeros))},
      {"HTTP/2 settings", Where::kTlsServer, flood_frames("", frame(4, 0, 0, ""))},
      {"HTTP/2 frames of an unknown type", Where::kTlsServer,
       flood_frames("", frame(0x55, 0, 0, ""))},
      {"HTTP/2 priorities", Where::kTlsServer,
       flood_frames("", frame(2, 0, 3, four_zeros + "\x01"))},
      {"HTTP/2 data that is empty", Where::kTlsServer, flood_frames(headers, frame(0, 0, 1, ""))},
      {"HTTP/2 data that is padding", Where::kTlsServer,
       flood_frames(headers, frame(0, 8, 1, "\x03"s + std::string(3, '\0')))},
      {"HTTP/2 continuations", Where::kTlsServer,
       flood_frames(frame(1, 0, 1, "\x88"), frame(9, 0, 1, ""))},
      {"HTTP/2 headers of interim answers", Where::kTlsServer,
       flood_frames("", frame(1, 4, 1,
                              "\x08\x03"
                              "100"))},
  };
}

std::string kubeconfig(const TempDir& dir, const Case& one, const RawServer& server) {
  const std::string port = std::to_string(server.port());
  const std::string cluster =
      one.where == Where::kProxy
          ? "server: 'https://127.0.0.1:1', proxy-url: 'http://127.0.0.1:" + port + "'"
      : one.where == Where::kServer
          ? "server: 'http://127.0.0.1:" + port + "'"
          : "server: 'https://127.0.0.1:" + port + "', insecure-skip-tls-verify: true";
  return dir.write("kubeconfig",
                   "apiVersion: v1\nkind: Config\ncurrent-context: c\n"
                   "contexts: [{name: c, context: {cluster: k, user: u}}]\n"
                   "users: [{name: u, user: {}}]\nclusters: [{name: k, cluster: {" +
                       cluster + "}}]\n");
}

bool status_gives_up(const std::string& config) {
  Process status(Command{.arguments = {elector_binary(), "status", "example",
                                       "--request-timeout=1s", "--kubeconfig=" + config},
                         .environment = clean_environment()});
  const auto code = status.wait_exit(Milliseconds(1000) + kPrompt);
  return code && code != 0 && !status.lines(Process::Stream::kErr).empty();
}

bool run_answers_and_ends(const std::string& config) {
  Candidate candidate({.kubeconfig = config, .election = "example", .id = "a"});
  const Address address = candidate.http_address();
  // Several probes, since the peer holds the process off and on.
  for (int i = 0; i < 3; ++i) {
    if (http(address, {.path = "/livez"}, kPrompt).status != 200) return false;
  }
  candidate.signal(SIGTERM);
  return candidate.process().wait_exit(kPrompt) == 0;
}

bool exec_gives_up(const std::string& config) {
  Process exec(Command{.arguments = {elector_binary(), "exec", "--election=example", "--wait=1s",
                                     "--kubeconfig=" + config, "--", "true"},
                       .environment = clean_environment()});
  const auto code = exec.wait_exit(Milliseconds(1000) + kPrompt);
  return code == 124 || code == 125;
}

bool exec_ends(const std::string& config) {
  Process exec(Command{.arguments = {elector_binary(), "exec", "--election=example",
                                     "--kubeconfig=" + config, "--", "true"},
                       .environment = clean_environment()});
  if (!exec.wait_for_line(Process::Stream::kErr, containing(""))) return false;
  exec.signal(SIGTERM);
  return exec.wait_exit(kPrompt).has_value();
}

// A busy machine may be late once; a process that is held is late each time.
bool at_last(const std::function<bool()>& scene) {
  constexpr int kTries = 4;
  for (int i = 0; i < kTries; ++i) {
    if (scene()) return true;
  }
  return false;
}

}  // namespace

TEST_SUITE("a peer that sends without end") {
  // Each takes some ten seconds of computing. So `make test` tries one of each layer, and
  // `make test-hostile` all of them.
  TEST_CASE("keeps the program from nothing but its answer") {
    const std::size_t step = std::getenv("ELECTOR_TEST_ALL_PEERS") != nullptr ? 1 : 5;
    const std::vector<Case> all = cases();
    for (std::size_t i = 0; i < all.size(); i += step) {
      const Case& one = all[i];
      INFO(one.what);
      const TempDir dir;
      const RawServer server(one.script);
      const std::string config = kubeconfig(dir, one, server);
      CHECK(at_last([&] { return status_gives_up(config); }));
      CHECK(at_last([&] { return run_answers_and_ends(config); }));
      CHECK(at_last([&] { return exec_gives_up(config); }));
      CHECK(at_last([&] { return exec_ends(config); }));
    }
  }
}

}  // namespace elector::tests
