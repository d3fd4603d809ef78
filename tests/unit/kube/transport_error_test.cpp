// SPDX-License-Identifier: Apache-2.0
// What libcurl's codes and words become for a user.
#include "kube/http/transport_error.h"

#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <vector>

namespace elector::tests {

TEST_CASE("a connection that the network ended is not a TLS problem, whatever call found out") {
  const std::unique_ptr<CURL, void (*)(CURL*)> easy(curl_easy_init(), curl_easy_cleanup);
  kube::Connection connection;
  connection.server = "https://a:6443";
  struct Row {
    CURLcode result;
    std::string detail;
    std::string sentence;
  };
  const std::string reset = "the connection to https://a:6443 was reset";
  const std::string closed = "the connection to https://a:6443 was closed by the other side";
  const std::vector<Row> rows{
      {CURLE_SSL_CONNECT_ERROR, "Recv failure: Connection reset by peer", reset},
      {CURLE_SSL_CONNECT_ERROR, "OpenSSL SSL_connect: Connection reset by peer in connection to a",
       reset},
      {CURLE_RECV_ERROR, "OpenSSL SSL_read: Connection reset by peer, errno 104", reset},
      {CURLE_SEND_ERROR, "OpenSSL SSL_write: Broken pipe, errno 32", reset},
      {CURLE_RECV_ERROR,
       "OpenSSL SSL_read: error:0A000126:SSL routines::unexpected eof while reading, errno 0",
       closed},
      {CURLE_SSL_CONNECT_ERROR, "OpenSSL SSL_connect: SSL_ERROR_SYSCALL in connection to a",
       closed},
      {CURLE_SSL_CONNECT_ERROR, "error:0A00010B:SSL routines::wrong version number",
       "https://a:6443: TLS handshake failed (error:0A00010B:SSL routines::wrong version number); "
       "is this an HTTPS address, and does it speak TLS 1.2?"},
      {CURLE_OPERATION_TIMEDOUT,
       "Operation timed out after 2001 milliseconds with 0 bytes received",
       "no answer from https://a:6443 in time"},
      {CURLE_OPERATION_TIMEDOUT, "Connection timed out after 2001 milliseconds",
       "no answer from https://a:6443 in time (connecting)"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.detail);
    CHECK(kube::transport_error(connection, easy.get(), row.result, row.detail).message ==
          row.sentence);
  }
}

}  // namespace elector::tests
