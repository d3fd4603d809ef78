// SPDX-License-Identifier: Apache-2.0
// Parses the URLs in a configuration (the API server's, a proxy's), and finds the proxy for a
// server.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/error.h"
#include "kube/config/environment.h"

namespace elector::kube {

struct Url {
  std::string scheme;    // in lower case
  std::string userinfo;  // "user:password" as written, without the "@"; a secret
  std::string host;      // an IPv6 address without its brackets
  std::string port;      // "" for none
  std::string path;      // "" or "/…", without trailing slashes

  // Returns the URL as text, without the userinfo.
  std::string text() const;
  // Returns the port, or the scheme's default.
  std::string effective_port() const;
};

// Parses `text`. Fails with kConfig and the end of a sentence about it ("has no scheme: …"). A
// query and a fragment are refused: they would have no meaning here.
Expected<Url> parse_url(std::string_view text);

// Returns any text, a URL or an attempt at one, in a form that a message may show: without user
// name and password.
std::string without_password(const std::string& text);

// Returns the target of a redirect from the URL `from`: `location`, which may be relative (RFC 3986
// 5), without its fragment. Returns nothing if that is not a URL.
std::optional<std::string> redirect_target(const std::string& from, const std::string& location);

// A URL's user and password, decoded. Both empty for "".
struct UserInfo {
  std::string user;
  std::string password;
};
UserInfo parse_userinfo(const std::string& userinfo);

// Returns the proxy for `server` as Go's clients choose it: HTTPS_PROXY or HTTP_PROXY (or in lower
// case) by the server's scheme, unless NO_PROXY names the host; never for localhost and loopback
// addresses. Returns "" for none.
std::string proxy_from_environment(const Url& server, const Environment& environment);

}  // namespace elector::kube
