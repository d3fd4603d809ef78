// SPDX-License-Identifier: Apache-2.0
// A minimal HTTP client on plain sockets, so that what the tests see does not go through the code
// that they test.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "tests/support/eventually.h"

namespace elector::tests {

struct Address {
  std::string host = "127.0.0.1";  // an IP address, or the path of a Unix socket
  std::uint16_t port = 0;
  std::string from{};  // the IPv4 source address, "" for the default
};

struct HttpAnswer {
  int status = 0;                                // 0: no answer; the body gives the reason
  std::map<std::string, std::string> headers{};  // names in lower case
  std::string body{};
};

struct HttpRequest {
  std::string method = "GET";
  std::string path = "/";
  std::map<std::string, std::string> headers{};
  std::string body{};
};

// Sends one request on its own connection. Does not throw: a refused connection, a silent peer and
// an incomplete answer all have status 0.
HttpAnswer http(const Address& address, const HttpRequest& request, Milliseconds limit = kLimit);
HttpAnswer http_get(const Address& address, const std::string& path);

// A connection that the test controls byte by byte: one that stays silent, or reads a stream.
class OpenConnection {
 public:
  // Throws std::runtime_error if the connection is refused.
  explicit OpenConnection(const Address& address);
  ~OpenConnection();
  OpenConnection(OpenConnection&& other) noexcept;
  OpenConnection(const OpenConnection&) = delete;
  OpenConnection& operator=(const OpenConnection&) = delete;

  // Returns whether everything could be sent.
  bool send(const std::string& text) const;
  // Whether that text arrives, after the text that the last call found.
  bool receives(const std::string& text, Milliseconds limit = kLimit);
  // Whether the other side ends the connection.
  bool ends(Milliseconds limit = kLimit);
  // Returns everything that has arrived so far.
  const std::string& received() const { return received_; }

 private:
  bool read_some(SteadyTime end);

  int fd_;
  bool ended_ = false;
  std::string received_;
  std::size_t looked_to_ = 0;
};

}  // namespace elector::tests
