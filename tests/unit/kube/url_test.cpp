// SPDX-License-Identifier: Apache-2.0
#include "kube/config/url.h"

#include <doctest/doctest.h>

#include <map>
#include <string>
#include <vector>

using elector::kube::Environment;
using elector::kube::parse_url;
using elector::kube::proxy_from_environment;

TEST_CASE("a server's URL is taken apart and put together without slashes at its end") {
  struct Row {
    const char* text;
    const char* normal;
    const char* host;
    const char* port;
  };
  for (const Row& row : {
           Row{"https://host", "https://host", "host", "443"},
           Row{"HTTP://host:8080/", "http://host:8080", "host", "8080"},
           Row{"https://1.2.3.4:6443/k8s/clusters/c-1//", "https://1.2.3.4:6443/k8s/clusters/c-1",
               "1.2.3.4", "6443"},
           Row{"https://[::1]:6443", "https://[::1]:6443", "::1", "6443"},
           Row{"https://[fe80::1%25eth0]/a", "https://[fe80::1%25eth0]/a", "fe80::1%25eth0", "443"},
           Row{"https://host:", "https://host", "host", "443"},
           Row{"https://010.0.0.1", "https://010.0.0.1", "010.0.0.1", "443"},
           Row{"https://a%62c", "https://a%62c", "a%62c", "443"},
       }) {
    CAPTURE(row.text);
    const auto url = parse_url(row.text);
    REQUIRE(url);
    CHECK(url->text() == row.normal);
    CHECK(url->host == row.host);
    CHECK(url->effective_port() == row.port);
  }
}

TEST_CASE("an invalid URL is refused with the reason") {
  const std::vector<std::pair<std::string, std::string>> cases{
      {"", "has no scheme"},
      {"localhost:8080", "has no scheme"},
      {"//host", "has no scheme"},
      {"https://", "has no host"},
      {"https:///path", "has no host"},
      {"https://:443", "has no host"},
      {"https://host:0", "port"},
      {"https://host:65536", "port"},
      {"https://host:https", "port"},
      {"https://::1", "brackets"},
      {"https://[::1", "closing bracket"},
      {"https://[nonsense]", "not an IPv6 address"},
      {"https://[::1]x", "no valid host"},
      {"https://[::1]:8:9", "no valid host"},
      {"https://[fe80::1%25a[b]", "not an IPv6 address"},
      {"https://8[f", "not valid in a host name"},
      {"https://a]b:1", "not valid in a host name"},
      {"https://<a>", "not valid in a host name"},
      {"https://a|b", "not valid in a host name"},
      {"https://a b", "character"},
      {"https://a\n", "character"},
      {"https://a?x=1", "query"},
      {"https://a/#b", "fragment"},
  };
  for (const auto& row : cases) {
    const std::string& text = row.first;
    const std::string& expected = row.second;
    CAPTURE(text);
    const auto url = parse_url(text);
    REQUIRE_FALSE(url);
    CHECK(url.error().message.find(expected) != std::string::npos);
  }
}

TEST_CASE("a user in a URL is kept apart and never printed") {
  const auto url = parse_url("http://me:p@ss@proxy:3128");
  REQUIRE(url);
  CHECK(url->userinfo == "me:p@ss");
  CHECK(url->text() == "http://proxy:3128");
}

namespace {

std::string proxy_for(const std::string& server,
                      const std::map<std::string, std::string>& variables) {
  Environment environment;
  environment.variable = [&](const std::string& name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    if (found == variables.end()) return std::nullopt;
    return found->second;
  };
  return proxy_from_environment(*parse_url(server), environment);
}

}  // namespace

TEST_CASE("the proxy comes from the variable of the server's scheme, in either case") {
  CHECK(proxy_for("https://a", {}).empty());
  CHECK(proxy_for("https://a", {{"HTTPS_PROXY", "http://p:1"}}) == "http://p:1");
  CHECK(proxy_for("https://a", {{"https_proxy", "p:1"}}) == "http://p:1");
  CHECK(proxy_for("https://a", {{"HTTPS_PROXY", "u"}, {"https_proxy", "l"}}) == "http://u");
  CHECK(proxy_for("https://a", {{"HTTP_PROXY", "p:1"}}).empty());
  CHECK(proxy_for("http://a", {{"http_proxy", "socks5://p:1"}}) == "socks5://p:1");
}

TEST_CASE("loopback is never reached through a proxy") {
  for (const char* server :
       {"https://localhost:1", "https://127.0.0.1", "https://127.9.9.9", "https://[::1]:6443"}) {
    CHECK(proxy_for(server, {{"HTTPS_PROXY", "p"}}).empty());
  }
}

TEST_CASE("NO_PROXY names hosts, domains, addresses and networks") {
  struct Row {
    const char* no_proxy;
    const char* server;
    bool direct;
  };
  for (const Row& row : {
           Row{"*", "https://a", true},
           Row{"", "https://a", false},
           Row{"b, a", "https://a", true},
           Row{"example.com", "https://example.com", true},
           Row{"example.com", "https://api.Example.com", true},
           Row{"example.com", "https://notexample.com", false},
           Row{".example.com", "https://example.com", false},
           Row{".example.com", "https://api.example.com", true},
           Row{"*.example.com", "https://api.example.com", true},
           Row{"example.com:6443", "https://example.com:6443", true},
           Row{"example.com:6443", "https://example.com", false},
           Row{"example.com:443", "https://example.com", true},
           Row{"10.0.0.1", "https://10.0.0.1", true},
           Row{"10.0.0.1", "https://10.0.0.10", false},
           Row{"10.0.0.0/8,::/0", "https://10.200.0.1:6443", true},
           Row{"::/0", "https://10.200.0.1:6443", false},
           Row{"::/0", "https://[fd12::1]", true},
           Row{"0.0.0.0/0", "https://10.200.0.1", true},
           Row{"0.0.0.0/0", "https://[fd12::1]", false},
           Row{"::ffff:10.0.0.0/104", "https://10.200.0.1", true},
           Row{"::ffff:0:0/90", "https://10.200.0.1", false},
           Row{"::ffff:0:0/95", "https://[::fffe:1:1]", true},
           Row{"10.0.0.0/008", "https://10.200.0.1", true},
           Row{"10.0.0.0/", "https://10.0.0.0", false},
           Row{"10.0.0.0/-1", "https://10.0.0.0", false},
           Row{"010.0.0.0/8", "https://10.0.0.0", false},
           Row{"10.0.0.0/8:443", "https://10.0.0.0", false},
           Row{"10.0.0.1:443", "https://10.0.0.1", true},
           Row{"10.0.0.1:444", "https://10.0.0.1", false},
           Row{"10.0.0.1:", "https://10.0.0.1:6443", true},
           Row{"::ffff:10.0.0.1", "https://10.0.0.1", true},
           Row{"[fd12::1]", "https://[fd12::1]", false},
           Row{"[fd12::1]", "https://[fd12::1]:6443", false},
           Row{"[fd12::1]:", "https://[fd12::1]:6443", true},
           Row{"[fd12::1]:443", "https://[fd12::1]:6443", false},
           Row{"[fd12::1", "https://[fd12::1]", false},
           Row{"fd12::1]:443", "https://[fd12::1]", false},
           Row{"[example.com]:443", "https://example.com", true},
           Row{"[example.com]", "https://example.com", false},
           Row{"example.com:", "https://example.com:6443", true},
           Row{"example.com:https", "https://example.com", false},
           Row{":443", "https://example.com", false},
           Row{".", "https://example.com.", true},
           Row{".", "https://example.com", false},
           Row{"*.", "https://example.com.", true},
           Row{"example.com.", "https://example.com", false},
           Row{"example.com.", "https://example.com.", true},
           Row{"example.com.:6443", "https://example.com.:6443", true},
           Row{"example.com.:6443", "https://example.com:6443", false},
           Row{"example.com", "https://example.com.", false},
           Row{".com.", "https://example.com.", true},
           Row{"*.example.com:6443", "https://api.example.com:6443", true},
           Row{"*example.com", "https://api.example.com", false},
           Row{"*,b", "https://a", true},
           Row{" ,, a ,", "https://a", true},
           Row{"a b", "https://a", false},
           Row{"EXAMPLE.COM", "https://example.com", true},
           Row{"10.0.0.0/8", "https://11.0.0.1", false},
           Row{"10.0.0.0/8", "https://host", false},
           Row{"10.0.0.0/99", "https://10.0.0.1", false},
           Row{"fd00::/8", "https://[fd12::1]", true},
           Row{"fd00::/8", "https://[fe12::1]", false},
           Row{"[fd12::1]:6443", "https://[fd12::1]:6443", true},
           Row{"fd12::1", "https://[fd12:0::1]", true},
       }) {
    CAPTURE(row.no_proxy);
    CAPTURE(row.server);
    CHECK(proxy_for(row.server, {{"HTTPS_PROXY", "p"}, {"NO_PROXY", row.no_proxy}}).empty() ==
          row.direct);
  }
}
