// SPDX-License-Identifier: Apache-2.0
// TLS for a script of a RawServer: a server that presents a generated certificate, and then sends
// what no proper server would.
#pragma once

#include <openssl/ssl.h>

#include <memory>
#include <string_view>

#include "tests/support/raw_server.h"

namespace elector::tests {

// What connections share. May be used by several threads.
class TlsServer {
 public:
  // With `http2` it agrees to speak HTTP/2, otherwise HTTP/1.1.
  explicit TlsServer(bool http2);
  ~TlsServer();
  TlsServer(const TlsServer&) = delete;
  TlsServer& operator=(const TlsServer&) = delete;

  SSL_CTX* context() const { return context_; }

 private:
  SSL_CTX* context_;
};

// One connection, after the handshake.
class TlsPeer {
 public:
  TlsPeer(const TlsServer& server, const RawServer::Peer& peer);

  bool shaken() const { return shaken_; }
  // Whether the client took all of it.
  bool send(std::string_view bytes);
  // Waits for the client's first bytes, its request.
  bool wait_for_bytes();
  // A message after the handshake, TLS 1.3's: each returns whether the client took it.
  bool update_key();
  bool send_ticket();

 private:
  std::unique_ptr<SSL, decltype(&SSL_free)> ssl_;
  bool shaken_ = false;
};

}  // namespace elector::tests
