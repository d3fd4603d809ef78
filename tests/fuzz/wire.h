// SPDX-License-Identifier: Apache-2.0
// One request of the real transport (HttpExchange on a CurlLink, and below it libcurl and OpenSSL)
// to a peer that sends given bytes and closes the connection: a server, or a proxy on the way to a
// server. There is no network: the connection is a pair of Unix sockets.
#pragma once

#include <string>
#include <string_view>

#include "kube/http/http_exchange.h"

namespace elector::tests {

struct WireResult {
  kube::HttpResponse response;
  std::string sent;      // what the peer received
  std::string streamed;  // what of the body came piece by piece
};

// What a client of `server` sets up, by way of `proxy` unless that is "".
kube::ExchangeSetup wire_setup(const std::string& server, const std::string& proxy);

// Sends the request with `token` ("" for none) over a new connection on which the peer sends
// `bytes`. A stream is read as Client reads a watch. Ends the process if the exchange has no end.
WireResult exchange(const kube::ExchangeSetup& setup, const kube::HttpRequest& request,
                    const std::string& token, std::string_view bytes, bool stream = false);

// What must be true of any answer.
void require_sound(const kube::HttpResponse& response);

}  // namespace elector::tests
