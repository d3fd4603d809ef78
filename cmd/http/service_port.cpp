// SPDX-License-Identifier: Apache-2.0
#include "cmd/http/service_port.h"

#include <strings.h>

#include <array>
#include <charconv>
#include <fstream>
#include <sstream>
#include <utility>

namespace elector::cmd {
namespace {

// The TCP services that Go's net package has built in.
constexpr std::array<std::pair<std::string_view, std::uint16_t>, 14> kKnown{{{"ftp", 21},
                                                                             {"ftps", 990},
                                                                             {"gopher", 70},
                                                                             {"http", 80},
                                                                             {"https", 443},
                                                                             {"imap2", 143},
                                                                             {"imap3", 220},
                                                                             {"imaps", 993},
                                                                             {"pop3", 110},
                                                                             {"pop3s", 995},
                                                                             {"smtp", 25},
                                                                             {"submissions", 465},
                                                                             {"ssh", 22},
                                                                             {"telnet", 23}}};

bool is_same(std::string_view a, std::string_view b) {
  return a.size() == b.size() && ::strncasecmp(a.data(), b.data(), a.size()) == 0;
}

// Parses "80/tcp"; returns nothing for another protocol.
std::optional<std::uint16_t> tcp_port(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc() || text.substr(static_cast<std::size_t>(end - text.data())) != "/tcp") {
    return std::nullopt;
  }
  return port;
}

}  // namespace

std::optional<std::uint16_t> service_port(std::string_view name, const std::string& services) {
  std::ifstream file(services);
  for (std::string line; std::getline(file, line);) {
    std::istringstream words(line.substr(0, line.find('#')));
    std::string first;
    std::string number;
    words >> first >> number;
    const auto port = tcp_port(number);
    if (!port) continue;
    bool found = is_same(first, name);
    for (std::string alias; !found && words >> alias;) found = is_same(alias, name);
    if (found) return port;
  }
  for (const auto& [known, port] : kKnown) {
    if (is_same(known, name)) return port;
  }
  return std::nullopt;
}

}  // namespace elector::cmd
