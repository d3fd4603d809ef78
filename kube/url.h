// The URLs that a configuration names (the API server's, a proxy's), taken apart, and which proxy
// serves a server.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kube/environment.h"
#include "kube/error.h"

namespace elector::kube {

struct Url {
  std::string scheme;    // in lower case
  std::string userinfo;  // "user:password" as written, without the "@"; a secret
  std::string host;      // an IPv6 address without its brackets
  std::string port;      // "" when there is none
  std::string path;      // "" or "/…", without slashes at its end

  // Put together again, without the userinfo.
  std::string text() const;
  // The port, or the scheme's own.
  std::string effective_port() const;
};

// Takes `text` apart. Fails with the end of a sentence about it ("has no scheme: …"), as kConfig. A
// query and a fragment are refused: there is nothing that they could mean here.
Expected<Url> parse_url(std::string_view text);

// Any text, a URL or what was meant as one, as a message may show it: without user name and
// password.
std::string without_password(const std::string& text);

// Where a redirect from the URL `from` leads: `location`, which may be relative (RFC 3986 5),
// without its fragment. Nothing if that is no URL.
std::optional<std::string> redirect_target(const std::string& from, const std::string& location);

// A URL's user and password, decoded. Both empty for "".
struct UserInfo {
  std::string user;
  std::string password;
};
UserInfo parse_userinfo(const std::string& userinfo);

// The proxy for `server` as Go's clients choose it: HTTPS_PROXY or HTTP_PROXY (or in lower case) by
// the server's scheme, unless NO_PROXY names the host; never for localhost and loopback addresses.
// "" for none.
std::string proxy_from_environment(const Url& server, const Environment& environment);

}  // namespace elector::kube
