// SPDX-License-Identifier: Apache-2.0
// What a proxy sends to a client that connects to the API server through it, including the tunnel's
// content. The first byte chooses the kind of proxy. Nothing that a proxy sends is taken for the
// API server's answer, because no TLS connection is established, and the proxy gets no token. Only
// libcurl and OpenSSL parse these bytes: the target checks what this program makes of their end.
#include <array>

#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/wire.h"

namespace elector::tests {
namespace {

constexpr const char* kServer = "https://192.0.2.1:6443";
constexpr const char* kToken = "t0k3n";

void check(std::string_view text) {
  static const std::array<kube::ExchangeSetup, 4> kSetups{
      wire_setup(kServer, "http://user:s3cr3t@192.0.2.2:3128"),
      wire_setup(kServer, "http://192.0.2.2:3128"),
      wire_setup(kServer, "socks5://user:s3cr3t@192.0.2.2"),
      wire_setup(kServer, "https://user:s3cr3t@192.0.2.2:3129"),
  };
  if (text.empty()) return;
  const auto kind = static_cast<unsigned char>(text.front()) % kSetups.size();
  const WireResult result = exchange(kSetups.at(kind), {.method = "PUT", .path = "/a", .body = "b"},
                                     kToken, text.substr(1));
  const kube::HttpResponse& response = result.response;
  require_sound(response);
  require(response.status == 0 && response.error && response.body.empty(),
          "a proxy's answer is not the API server's", response.body);
  require(!response.maybe_done, "nothing has been done at the API server");
  require(count(response.error->message, kSecret) == 0, "no error shows the proxy's password",
          response.error->message);
  require(count(response.error->message, kToken) == 0 && count(result.sent, kToken) == 0,
          "a proxy is not sent the token", result.sent);
}

}  // namespace
}  // namespace elector::tests

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  elector::tests::check(elector::tests::text_of(data, size));
  return 0;
}
