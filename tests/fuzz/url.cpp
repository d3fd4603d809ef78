// SPDX-License-Identifier: Apache-2.0
// URLs of configurations and variables: the server's, on the first line; NO_PROXY, the proxy's, and
// where a redirect leads, on the next three. What is taken apart is the same when it is put
// together, goes where libcurl goes with it, and shows no password.
#include "kube/config/url.h"

#include <curl/curl.h>

#include <algorithm>
#include <cctype>
#include <memory>
#include <optional>

#include "kube/http/http_message.h"
#include "tests/fuzz/fuzz.h"

namespace elector::tests {
namespace {

struct Input {
  std::string server;
  std::string no_proxy;
  std::string proxy;
  std::string location;
};

std::string part_of(CURLU* url, CURLUPart part) {
  char* text = nullptr;
  if (curl_url_get(url, part, &text, CURLU_DEFAULT_PORT) != CURLUE_OK) return "";
  std::string result = text;
  curl_free(text);
  return result;
}

// A name that both take as it is: libcurl decodes "%41", and reads "0x7f.1" as an address.
bool is_plain_name(const std::string& host) {
  const std::size_t last = host.find_last_of('.') + 1;
  return !host.empty() && host.find("..") == std::string::npos && host.front() != '.' &&
         last < host.size() && std::isalpha(static_cast<unsigned char>(host[last])) != 0 &&
         std::all_of(host.begin(), host.end(), [](char c) {
           return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '.' || c == '-';
         });
}

void check_against_libcurl(const kube::Url& url) {
  if (url.scheme != "https" && url.scheme != "http") return;
  if (!is_plain_name(url.host)) return;
  const std::unique_ptr<CURLU, decltype(&curl_url_cleanup)> other(curl_url(), &curl_url_cleanup);
  const std::string text = url.text();
  if (curl_url_set(other.get(), CURLUPART_URL, text.c_str(), CURLU_PATH_AS_IS) != CURLUE_OK) return;
  require(part_of(other.get(), CURLUPART_HOST) == url.host, "libcurl goes to the same host", text);
  require(std::stoi(part_of(other.get(), CURLUPART_PORT)) == std::stoi(url.effective_port()),
          "libcurl goes to the same port", text);
  require(part_of(other.get(), CURLUPART_USER).empty(), "libcurl sees no user", text);
}

void check_userinfo(const std::string& user, const std::string& password) {
  const kube::UserInfo back =
      kube::parse_userinfo(kube::percent_encode(user) + ":" + kube::percent_encode(password));
  require(back.user == user && back.password == password, "a user and a password come back", user);
}

void check_url(const std::string& text) {
  const std::string shown = kube::without_password(text);
  const auto url = kube::parse_url(text);
  if (!url) {
    require_good(url.error());
    require(count(url.error().message, kSecret) == 0, "no error shows a secret",
            url.error().message);
    return;
  }
  const auto again = kube::parse_url(url->text());
  require(again.has_value(), "a URL that was put together is one", url->text());
  require(again->userinfo.empty() && again->scheme == url->scheme && again->host == url->host &&
              again->port == url->port && again->path == url->path,
          "a URL that was put together is the same", url->text());
  require(!url->host.empty() && url->host.find_first_of("/@[]") == std::string::npos,
          "a host is only a host", url->host);
  require(is_one_line(url->text()), "no line can be broken into a request", url->text());
  require(url->path.empty() || (url->path.starts_with('/') && !url->path.ends_with('/')),
          "a path can be prolonged", url->path);
  const auto as_shown = kube::parse_url(shown);
  require(as_shown && as_shown->userinfo.empty() && as_shown->host == url->host,
          "a URL is shown without its user, and is the same otherwise", shown);
  check_against_libcurl(*url);
}

std::string chosen_proxy(const kube::Url& server, const std::string& proxy,
                         const std::string& no_proxy) {
  kube::Environment environment;
  environment.variable = [&](const std::string& name) -> std::optional<std::string> {
    if (name == "HTTPS_PROXY" || name == "http_proxy") return proxy;
    if (name == "NO_PROXY") return no_proxy;
    return std::nullopt;
  };
  return kube::proxy_from_environment(server, environment);
}

std::string upper(std::string text) {
  for (char& c : text) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return text;
}

std::string reversed_list(const std::string& list) {
  std::string result;
  std::size_t end = list.size();
  while (true) {
    const std::size_t comma = end == 0 ? std::string::npos : list.rfind(',', end - 1);
    const std::size_t begin = comma == std::string::npos ? 0 : comma + 1;
    result += list.substr(begin, end - begin) + ',';
    if (comma == std::string::npos) return result;
    end = comma;
  }
}

void check_proxy(const Input& input) {
  const auto server = kube::parse_url(input.server);
  if (!server) return;
  const auto chosen = [&](const std::string& no_proxy) {
    return chosen_proxy(*server, input.proxy, no_proxy);
  };
  const std::string proxy = chosen(input.no_proxy);
  const std::string always = chosen("");
  require(proxy.empty() || (proxy == always && proxy.find("://") != std::string::npos),
          "a proxy is the one that the variable names", proxy);
  require(chosen("*," + input.no_proxy).empty(), "an asterisk stands for every host", always);
  require(chosen(reversed_list(input.no_proxy)) == proxy, "the order of NO_PROXY means nothing",
          input.no_proxy);
  require(chosen(upper(input.no_proxy)) == proxy, "neither does the case", input.no_proxy);
  require(chosen(input.no_proxy + ", nothing.invalid") == proxy ||
              upper(server->host).ends_with("NOTHING.INVALID"),
          "another host's entry changes nothing", input.no_proxy);
  if (is_plain_name(server->host)) {
    require(chosen(input.no_proxy + ',' + server->host).empty(), "NO_PROXY keeps its host direct",
            server->host);
  }
}

void check(std::string_view text) {
  std::vector<std::string> lines = lines_of(text);
  lines.resize(4);
  const Input input{lines[0], lines[1], lines[2], lines[3]};
  check_url(input.server);
  check_url(input.proxy);
  check_proxy(input);
  check_userinfo(input.server, input.proxy);
  const auto target = kube::redirect_target(input.server, input.location);
  if (target) require(is_one_line(*target), "a redirect is one line", *target);
}

}  // namespace
}  // namespace elector::tests

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  elector::tests::check(elector::tests::text_of(data, size));
  return 0;
}
