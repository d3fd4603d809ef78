// SPDX-License-Identifier: Apache-2.0
// Which host a request is for.
#include "cmd/http/host.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace elector::tests {

using cmd::HttpTarget;

TEST_CASE("an address, localhost and the host of --http are this machine; other names are not") {
  const std::vector<std::string> ours{
      "localhost",          "localhost:4040",     "LocalHost:80",   "localhost.",
      "localhost.:4040",    "localhost:",         "127.0.0.1",      "127.0.0.1:4040",
      "127.0.0.1.",         "10.1.2.3:1",         "[::1]",          "[::1]:4040",
      "[fe80::1%25eth0]:1", "[::ffff:127.0.0.1]", "node-1.example", "Node-1.Example.:65535"};
  const std::vector<std::string> others{"",
                                        ":4040",
                                        ".",
                                        "evil.example",
                                        "evil.example:4040",
                                        "localhost.evil.example",
                                        "127.0.0.1.evil.example",
                                        "evil.localhost",
                                        "localhost..",
                                        "xlocalhost",
                                        "localhostx",
                                        "127.1",
                                        "0x7f000001",
                                        "2130706433",
                                        "127.0.0.1.1",
                                        "::1",
                                        "::1:4040",
                                        "[::1",
                                        "[::1]x",
                                        "[localhost]",
                                        "[]",
                                        "localhost:x",
                                        "localhost:80:80",
                                        "localhost:123456",
                                        "u@localhost",
                                        "localhost@evil",
                                        "localhost/",
                                        "localhost,evil.example",
                                        "local host",
                                        "node-1",
                                        "node-1.example.evil",
                                        std::string("localhost\0.evil", 15)};
  for (const bool is_ours : {true, false}) {
    for (const std::string& host : is_ours ? ours : others) {
      CAPTURE(host);
      const std::vector<std::string> hosts{host};
      CHECK(cmd::is_for_this_machine({"/leader", "HTTP/1.1", hosts}, "node-1.example") == is_ours);
      // In a target as for a proxy, too.
      const std::vector<std::string> local{"localhost"};
      const std::string target = "hTTp://" + host;
      if (host.find('/') != std::string::npos) continue;
      CHECK(cmd::is_for_this_machine({target, "HTTP/1.1", local}, "node-1.example") == is_ours);
      CHECK(cmd::is_for_this_machine({target + "/leader", "HTTP/1.1", local}, "node-1.example") ==
            is_ours);
    }
  }
}

TEST_CASE("without a host of its own, and without Host in HTTP/1.0") {
  const std::vector<std::string> empty{""};
  const std::vector<std::string> none;
  CHECK_FALSE(cmd::is_for_this_machine({"/", "HTTP/1.1", empty}, ""));
  CHECK(cmd::is_for_this_machine({"/", "HTTP/1.0", none}, ""));
}

TEST_CASE("a request has one Host; in HTTP/1.0 it may lack it") {
  const std::vector<std::string> none;
  const std::vector<std::string> one{"x"};
  const std::vector<std::string> two{"x", "x"};
  for (const std::string version : {"HTTP/1.1", "HTTP/1.2", "HTTP/2.0"}) {
    CHECK_FALSE(cmd::has_one_host({"/", version, none}));
    CHECK(cmd::has_one_host({"/", version, one}));
    CHECK_FALSE(cmd::has_one_host({"/", version, two}));
  }
  CHECK(cmd::has_one_host({"/", "HTTP/1.0", none}));
  CHECK(cmd::has_one_host({"/", "HTTP/1.0", one}));
  CHECK_FALSE(cmd::has_one_host({"/", "HTTP/1.0", two}));
}

TEST_CASE("the path of a target in absolute form is what follows the host") {
  CHECK(cmd::path_of("/leader") == "/leader");
  CHECK(cmd::path_of("http://x:1/leader") == "/leader");
  CHECK(cmd::path_of("HTTP://x") == "/");
  CHECK(cmd::path_of("*") == "*");
  CHECK(cmd::path_of("/http://x/y") == "/http://x/y");
}

}  // namespace elector::tests
