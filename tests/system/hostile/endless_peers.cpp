// SPDX-License-Identifier: Apache-2.0
#include "tests/system/hostile/endless_peers.h"

#include <functional>
#include <memory>
#include <string_view>

#include "tests/system/hostile/tls_peer.h"

namespace elector::tests {
namespace {

using Peer = RawServer::Peer;
using Place = EndlessPeer::Place;

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

}  // namespace

std::vector<EndlessPeer> endless_peers() {
  // ":status: 200" of HPACK's static table.
  const std::string headers = frame(1, 4, 1, "\x88");
  const std::string four_zeros(4, '\0');
  const std::string eight_zeros(8, '\0');
  using std::string_literals::operator""s;
  return {
      {"the body of a refused CONNECT", Place::kProxy,
       flood("HTTP/1.1 407 No\r\nContent-Length: 100000000000\r\n\r\n", "x")},
      {"the body of a refused CONNECT, to its end", Place::kProxy,
       flood("HTTP/1.1 407 No\r\n\r\n", "x")},
      {"chunks of a refused CONNECT", Place::kProxy,
       flood("HTTP/1.1 407 No\r\nTransfer-Encoding: chunked\r\n\r\n", "1\r\nx\r\n")},
      {"a chunk extension of a refused CONNECT", Place::kProxy,
       flood("HTTP/1.1 407 No\r\nTransfer-Encoding: chunked\r\n\r\n1;", "x=y;")},
      {"chunk trailers of a refused CONNECT", Place::kProxy,
       flood("HTTP/1.1 407 No\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n", "A: b\r\n")},
      {"headers of a granted CONNECT", Place::kProxy, flood("HTTP/1.1 200 Yes\r\n", "A: b\r\n")},
      {"one header of a granted CONNECT", Place::kProxy, flood("HTTP/1.1 200 Yes\r\nA: ", "b")},
      {"interim answers to a CONNECT", Place::kProxy, flood("", "HTTP/1.1 100 Continue\r\n\r\n")},
      {"what is no HTTP, to a CONNECT", Place::kProxy, flood("", "\n")},
      {"bytes that are no TLS behind a granted CONNECT", Place::kProxy,
       flood("HTTP/1.1 200 Yes\r\n\r\n", "x")},
      {"empty TLS records behind a granted CONNECT", Place::kProxy,
       flood("HTTP/1.1 200 Yes\r\n\r\n", "\x16\x03\x03\0\0"s)},
      {"headers", Place::kServer, flood("HTTP/1.1 200 OK\r\n", "A: b\r\n")},
      {"a chunk extension", Place::kServer,
       flood("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;", "x=y;")},
      {"chunk trailers", Place::kServer,
       flood("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n", "A: b\r\n")},
      {"chunks of white space", Place::kServer,
       flood("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "1\r\n \r\n")},
      {"TLS alerts before the handshake", Place::kTlsServer,
       flood_at_once("\x15\x03\x03\0\x02\x01\0"s)},
      {"TLS change-cipher-spec records", Place::kTlsServer,
       flood_at_once("\x14\x03\x03\0\x01\x01"s)},
      {"a handshake message in pieces of a byte", Place::kTlsServer,
       flood_at_once("\x16\x03\x03\0\x01\x02"s)},
      {"TLS key updates", Place::kTlsServer,
       after_handshake(false,
                       [](TlsPeer& tls) {
                         while (tls.update_key()) {
                         }
                       })},
      {"TLS session tickets", Place::kTlsServer,
       after_handshake(false,
                       [](TlsPeer& tls) {
                         while (tls.send_ticket()) {
                         }
                       })},
      {"TLS key updates instead of HTTP/2", Place::kTlsServer,
       after_handshake(true,
                       [](TlsPeer& tls) {
                         while (tls.update_key()) {
                         }
                       })},
      {"HTTP/2 PING answers", Place::kTlsServer, flood_frames("", frame(6, 1, 0, eight_zeros))},
      {"HTTP/2 PINGs", Place::kTlsServer, flood_frames("", frame(6, 0, 0, eight_zeros))},
      {"HTTP/2 settings", Place::kTlsServer, flood_frames("", frame(4, 0, 0, ""))},
      {"HTTP/2 frames of an unknown type", Place::kTlsServer,
       flood_frames("", frame(0x55, 0, 0, ""))},
      {"HTTP/2 priorities", Place::kTlsServer,
       flood_frames("", frame(2, 0, 3, four_zeros + "\x01"))},
      {"HTTP/2 data that is empty", Place::kTlsServer, flood_frames(headers, frame(0, 0, 1, ""))},
      {"HTTP/2 data that is padding", Place::kTlsServer,
       flood_frames(headers, frame(0, 8, 1, "\x03"s + std::string(3, '\0')))},
      {"HTTP/2 continuations", Place::kTlsServer,
       flood_frames(frame(1, 0, 1, "\x88"), frame(9, 0, 1, ""))},
      {"HTTP/2 headers of interim answers", Place::kTlsServer,
       flood_frames("", frame(1, 4, 1,
                              "\x08\x03"
                              "100"))},
  };
}

std::string cluster_fields(Place place, int port) {
  const std::string address = "127.0.0.1:" + std::to_string(port);
  switch (place) {
    case Place::kProxy:
      return "server: 'https://127.0.0.1:1', insecure-skip-tls-verify: true, proxy-url: 'http://" +
             address + "'";
    case Place::kServer:
      return "server: 'http://" + address + "'";
    case Place::kTlsServer:
      return "server: 'https://" + address + "', insecure-skip-tls-verify: true";
  }
  return "";
}

}  // namespace elector::tests
