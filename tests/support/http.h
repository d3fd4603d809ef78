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
};

struct HttpAnswer {
  int status = 0;                                // 0: no answer; why is in the body
  std::map<std::string, std::string> headers{};  // names in lower case
  std::string body{};
};

struct HttpRequest {
  std::string method = "GET";
  std::string path = "/";
  std::map<std::string, std::string> headers{};
  std::string body{};
};

// One request on a connection of its own. It does not throw: a refused connection, a silent peer
// and an answer that breaks off all have status 0.
HttpAnswer http(const Address& address, const HttpRequest& request, Milliseconds limit = kLimit);
HttpAnswer http_get(const Address& address, const std::string& path);

}  // namespace elector::tests
