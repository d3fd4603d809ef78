// SPDX-License-Identifier: Apache-2.0
#include "cmd/http/request.h"

#include <microhttpd.h>
#include <strings.h>

#include <algorithm>
#include <cstdint>
#include <utility>

#include "cmd/http/limits.h"

namespace elector::cmd {
namespace {

int value_of(char digit) {
  if (digit >= '0' && digit <= '9') return digit - '0';
  if (digit >= 'a' && digit <= 'f') return digit - 'a' + 10;
  return digit >= 'A' && digit <= 'F' ? digit - 'A' + 10 : -1;
}

}  // namespace

std::size_t percent_decode(char* text) {
  char* to = text;
  for (const char* from = text; *from != '\0'; ++to) {
    const int high = from[0] == '%' ? value_of(from[1]) : -1;
    const int low = high >= 0 ? value_of(from[2]) : -1;
    const bool decodes = low >= 0 && high + low > 0;
    *to = decodes ? static_cast<char>(high * 16 + low) : *from;
    from += decodes ? 3 : 1;
  }
  *to = '\0';
  return static_cast<std::size_t>(to - text);
}

bool is_cut_off(const char* target_end, const char* version) {
  const auto from = reinterpret_cast<std::uintptr_t>(target_end);
  const auto to = reinterpret_cast<std::uintptr_t>(version);
  if (to <= from || to - from > kConnectionMemory) return false;
  return std::any_of(target_end, version,
                     [](char c) { return c != '\0' && c != ' ' && c != '\t'; });
}

std::vector<std::string> hosts_of(MHD_Connection* connection) {
  std::vector<std::string> hosts;
  const auto take = [](void* into, MHD_ValueKind, const char* name, const char* value) {
    if (::strcasecmp(name, MHD_HTTP_HEADER_HOST) == 0) {
      std::string host = value != nullptr ? value : "";
      host.erase(host.find_last_not_of(" \t") + 1);
      static_cast<std::vector<std::string>*>(into)->push_back(std::move(host));
    }
    return MHD_YES;
  };
  MHD_get_connection_values(connection, MHD_HEADER_KIND, take, &hosts);
  return hosts;
}

}  // namespace elector::cmd
