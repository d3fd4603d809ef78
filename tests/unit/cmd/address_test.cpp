// SPDX-License-Identifier: Apache-2.0
// The address of --http.
#include "cmd/http/address.h"

#include <doctest/doctest.h>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cmd/http/service_port.h"
#include "tests/support/temp_dir.h"

namespace elector::tests {
namespace {

TEST_CASE("an address is parsed, or refused with the expected form") {
  const std::vector<std::pair<std::string, cmd::HttpAddress>> good{
      {"0.0.0.0:4040", {"0.0.0.0", 4040, ""}},
      {":4040", {"", 4040, ""}},
      {"localhost:0", {"localhost", 0, ""}},
      {"my-host.example:65535", {"my-host.example", 65535, ""}},
      {"[::1]:4040", {"::1", 4040, ""}},
      {"[::]:4040", {"::", 4040, ""}},
      {"[fe80::1%eth0]:80", {"fe80::1%eth0", 80, ""}},
      {"unix:/run/e.sock", {"", 0, "/run/e.sock"}},
  };
  for (const auto& [text, address] : good) {
    const auto& given = text;  // clang 14 captures no structured binding
    CAPTURE(given);
    const auto parsed = cmd::parse_http_address(text);
    REQUIRE(parsed.has_value());
    CHECK(*parsed == address);
    CHECK(to_string(*parsed) == text);
  }
  const std::vector<std::pair<std::string, std::string>> bad{
      {"", "is not HOST:PORT, :PORT or unix:/PATH"},
      {"host", "is not HOST:PORT, :PORT or unix:/PATH"},
      {"a b:80", "is not HOST:PORT, :PORT or unix:/PATH"},
      {"g:h:80", "is not HOST:PORT, :PORT or unix:/PATH"},
      {"80", "is only a port; write :80 for every address"},
      {"host:",
       "has neither a port from 0 to 65535 nor a known service such as http after its last colon"},
      {":no-such-service",
       "has neither a port from 0 to 65535 nor a known service such as http after its last colon"},
      {":-http",
       "has neither a port from 0 to 65535 nor a known service such as http after its last colon"},
      {":-1",
       "has neither a port from 0 to 65535 nor a known service such as http after its last colon"},
      {":65536",
       "has neither a port from 0 to 65535 nor a known service such as http after its last colon"},
      {"[::1]", "is not HOST:PORT, :PORT or unix:/PATH"},
      {"::1:4040", "needs brackets around the IPv6 address: [::1]:4040, for example"},
      {"[]:80", "has no IPv6 address between its brackets"},
      {"[host]:80", "has no IPv6 address between its brackets"},
      {"http://0.0.0.0:4040", "is a URL; give HOST:PORT alone"},
      {"unix:", "needs a whole path: unix:/run/elector.sock, for example"},
      {"unix:e.sock", "needs a whole path: unix:/run/elector.sock, for example"},
      {"unix:/" + std::string(107, 'a'),
       "has too long a path: the path of a socket can have at most 107 bytes"},
  };
  for (const auto& [text, problem] : bad) {
    const auto& given = text;  // clang 14 captures no structured binding
    CAPTURE(given);
    const auto parsed = cmd::parse_http_address(text);
    REQUIRE_FALSE(parsed.has_value());
    CHECK(parsed.error().message.ends_with("\" " + problem));
  }
}

TEST_CASE("a port may be a service's name, as in Go") {
  for (const auto& [text, shown] :
       std::vector<std::pair<std::string, std::string>>{{":http", ":80"},
                                                        {"localhost:https", "localhost:443"},
                                                        {"[::1]:HTTP", "[::1]:80"},
                                                        {"127.0.0.1:ssh", "127.0.0.1:22"}}) {
    const auto& given = text;  // clang 14 captures no structured binding
    CAPTURE(given);
    const auto parsed = cmd::parse_http_address(text);
    REQUIRE(parsed.has_value());
    CHECK(to_string(*parsed) == shown);
  }
}

TEST_CASE("a service is found in services(5) by its name and its aliases, for TCP") {
  const TempDir dir;
  const std::string file = dir.write("services",
                                     "# a comment\n"
                                     "web\t8000/tcp\tportal Site # comment\n"
                                     "web 9000/udp other\n"
                                     "broken\nfar 65536/tcp\nnear x/tcp\n"
                                     "http 8080/tcp");
  using Port = std::optional<std::uint16_t>;
  const std::vector<std::pair<std::string, Port>> table{
      {"web", 8000},  {"WEB", 8000}, {"portal", 8000}, {"site", 8000}, {"http", 8080},
      {"https", 443}, {"other", {}}, {"comment", {}},  {"broken", {}}, {"far", {}},
      {"near", {}},   {"", {}},      {"telnet", 23},   {"#", {}},      {"8000/tcp", {}}};
  for (const auto& [name, port] : table) {
    const auto& given = name;  // clang 14 captures no structured binding
    CAPTURE(given);
    CHECK(cmd::service_port(name, file) == port);
  }
  CHECK(cmd::service_port("http", dir.path("missing")) == Port(80));
  CHECK(cmd::service_port("web", dir.path("missing")) == Port());
}

}  // namespace
}  // namespace elector::tests
