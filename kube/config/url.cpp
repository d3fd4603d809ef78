// SPDX-License-Identifier: Apache-2.0
// URLs (RFC 3986, as far as configurations use it) and the rules of
// golang.org/x/net/http/httpproxy.
#include "kube/config/url.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstddef>
#include <cstring>
#include <memory>
#include <new>
#include <optional>

#include "kube/base/host_port.h"
#include "kube/base/text.h"

namespace elector::kube {
namespace {

Error problem(std::string text) {
  return Error{Error::Kind::kConfig, std::move(text)};
}

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return result;
}

// An IP address as 16 bytes, IPv4 in its IPv6 form, so that both compare the same way.
using Address = std::array<std::uint8_t, 16>;

std::optional<Address> parse_address(const std::string& text) {
  Address address{};
  in_addr four{};
  if (inet_pton(AF_INET, text.c_str(), &four) == 1) {
    address[10] = address[11] = 0xff;
    std::memcpy(address.data() + 12, &four, 4);
    return address;
  }
  if (inet_pton(AF_INET6, text.c_str(), address.data()) == 1) return address;
  return std::nullopt;
}

bool is_ipv4(const Address& address) {
  static constexpr Address kPrefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  return std::equal(kPrefix.begin(), kPrefix.begin() + 12, address.begin());
}

// net.ParseCIDR and IPNet.Contains: an IPv6 network, for example ::/0, contains no IPv4 addresses.
bool in_network(const Address& address, const std::string& network) {
  const auto slash = network.find('/');
  auto base = parse_address(network.substr(0, slash));
  const std::string length = network.substr(slash + 1);
  if (!base || length.empty() || length.size() > 6) return false;
  std::size_t bits = 0;
  for (const char c : length) {
    if (c < '0' || c > '9') return false;
    bits = bits * 10 + static_cast<std::size_t>(c - '0');
  }
  if (network.find(':') == std::string::npos) bits += 96;
  if (bits > 128) return false;
  Address masked = address;
  for (std::size_t i = bits; i < 128; ++i) {
    const auto bit = static_cast<std::uint8_t>(~(0x80U >> (i % 8)));
    (*base)[i / 8] &= bit;
    masked[i / 8] &= bit;
  }
  return masked == *base && is_ipv4(*base) == is_ipv4(address);
}

bool is_loopback(const std::string& host) {
  if (host == "localhost") return true;
  const auto address = parse_address(host);
  return address && (in_network(*address, "127.0.0.0/8") || in_network(*address, "::1/128"));
}

// One entry of NO_PROXY: "*", an address, a network, ".domain" (subdomains), "domain" (it and its
// subdomains); all but networks may have ":port".
bool excludes(const std::string& text, const Url& server) {
  if (text == "*") return true;
  const std::string host = lower(server.host);
  const auto address = parse_address(host);
  if (address && text.find('/') != std::string::npos && in_network(*address, text)) return true;
  // As net.SplitHostPort: text without a port is the host as it is, brackets included.
  auto entry = split_host_port(text);
  if (!entry || !entry->port) entry = HostPort{.host = text, .bracketed = false, .port = ""};
  if (entry->host.empty()) return false;
  if (!entry->port->empty() && *entry->port != server.effective_port()) return false;
  std::string name(entry->host);
  if (const auto literal = parse_address(name)) return address == literal;
  if (name.starts_with("*.")) name.erase(0, 1);
  if (name.starts_with(".")) return host.ends_with(name);
  return host == name || host.ends_with("." + name);
}

bool excluded(const std::string& list, const Url& server) {
  std::size_t from = 0;
  while (from <= list.size()) {
    const std::size_t to = std::min(list.find(',', from), list.size());
    const std::string entry = lower(trim(std::string_view(list).substr(from, to - from)));
    if (!entry.empty() && excludes(entry, server)) return true;
    from = to + 1;
  }
  return false;
}

// RFC 3986's reg-name, and bytes of non-ASCII letters, which a resolver may know.
bool is_host(std::string_view text) {
  static constexpr std::string_view kOthers = "-._~%!$&'()*+,;=";
  return std::all_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte >= 0x80 || is_alphanumeric(c) || kOthers.find(c) != std::string_view::npos;
  });
}

// Parses "host", "host:port" and "[v6]:port" into url.
Failure parse_authority(std::string_view authority, Url& url) {
  const auto parts = split_host_port(authority);
  if (!parts && !authority.starts_with('[')) {
    return problem("has more than one colon in its host; an IPv6 address needs brackets");
  }
  if (!parts) {
    const bool closed = authority.find(']') != std::string_view::npos;
    return problem(closed ? "has no valid host" : "has an address without its closing bracket");
  }
  url.host = parts->host;
  if (parts->bracketed && !is_ipv6(url.host) && !parse_address(url.host)) {
    return problem("has something in brackets that is not an IPv6 address");
  }
  if (!parts->bracketed && !is_host(url.host)) {
    return problem("contains a character that is not valid in a host name");
  }
  if (url.host.empty()) return problem("has no host");
  url.port = parts->port.value_or("");
  if (!url.port.empty() && port_number(url.port).value_or(0) == 0) {
    return problem("has a port that is not a number from 1 to 65535");
  }
  return std::nullopt;
}

}  // namespace

std::string Url::text() const {
  return scheme + "://" + bracketed(host) + (port.empty() ? "" : ":" + port) + path;
}

std::string Url::effective_port() const {
  if (!port.empty()) return port;
  if (scheme.starts_with("socks5")) return "1080";
  return scheme == "https" ? "443" : "80";
}

Expected<Url> parse_url(std::string_view text) {
  for (const char c : text) {
    if (static_cast<unsigned char>(c) <= ' ' || c == 0x7f || c == '"' || c == '\\') {
      return problem("contains a character that is not valid in a URL");
    }
  }
  const auto colon = text.find("://");
  if (colon == std::string_view::npos) {
    return problem("has no scheme: write https:// (or http://) before the host");
  }
  Url url;
  url.scheme = lower(text.substr(0, colon));
  text.remove_prefix(colon + 3);
  if (text.find_first_of("?#") != std::string_view::npos) {
    return problem("has a query or a fragment, which is not supported here");
  }
  const auto slash = text.find('/');
  std::string_view authority = text.substr(0, slash);
  if (slash != std::string_view::npos) {
    url.path = text.substr(slash);
    while (url.path.ends_with('/')) url.path.pop_back();
  }
  if (const auto at = authority.rfind('@'); at != std::string_view::npos) {
    url.userinfo = authority.substr(0, at);
    authority.remove_prefix(at + 1);
  }
  if (auto failure = parse_authority(authority, url)) return *failure;
  return url;
}

std::optional<std::string> redirect_target(const std::string& from, const std::string& location) {
  const std::unique_ptr<CURLU, decltype(&curl_url_cleanup)> url(curl_url(), &curl_url_cleanup);
  constexpr unsigned kFlags = CURLU_NON_SUPPORT_SCHEME | CURLU_PATH_AS_IS;
  if (!url || curl_url_set(url.get(), CURLUPART_URL, from.c_str(), kFlags) != CURLUE_OK ||
      curl_url_set(url.get(), CURLUPART_URL, location.c_str(), kFlags) != CURLUE_OK ||
      curl_url_set(url.get(), CURLUPART_FRAGMENT, nullptr, 0) != CURLUE_OK) {
    return std::nullopt;
  }
  char* text = nullptr;
  if (curl_url_get(url.get(), CURLUPART_URL, &text, 0) != CURLUE_OK) return std::nullopt;
  std::string target = text;
  curl_free(text);
  return target;
}

UserInfo parse_userinfo(const std::string& userinfo) {
  const auto decoded = [](const std::string& text) {
    int length = 0;
    char* const plain =
        curl_easy_unescape(nullptr, text.data(), static_cast<int>(text.size()), &length);
    if (plain == nullptr) throw std::bad_alloc();
    std::string result(plain, static_cast<std::size_t>(length));
    curl_free(plain);
    return result;
  };
  const std::size_t colon = std::min(userinfo.find(':'), userinfo.size());
  return {decoded(userinfo.substr(0, colon)),
          colon < userinfo.size() ? decoded(userinfo.substr(colon + 1)) : ""};
}

std::string proxy_from_environment(const Url& server, const Environment& environment) {
  const auto either = [&](const char* upper_name, const char* lower_name) {
    const std::string value = environment.get(upper_name);
    return value.empty() ? environment.get(lower_name) : value;
  };
  const std::string proxy = server.scheme == "https" ? either("HTTPS_PROXY", "https_proxy")
                                                     : either("HTTP_PROXY", "http_proxy");
  if (proxy.empty() || is_loopback(lower(server.host))) return "";
  if (excluded(either("NO_PROXY", "no_proxy"), server)) return "";
  return proxy.find("://") == std::string::npos ? "http://" + proxy : proxy;
}

std::string without_password(const std::string& url) {
  const std::size_t scheme = url.find("://");
  const std::size_t begin = scheme == std::string::npos ? 0 : scheme + 3;
  const std::size_t end = url.find_first_of("/?#", begin);
  const std::size_t at = url.substr(0, end).rfind('@');
  if (at == std::string::npos || at < begin) return url;
  return url.substr(0, begin) + url.substr(at + 1);
}

}  // namespace elector::kube
