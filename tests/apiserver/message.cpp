// SPDX-License-Identifier: Apache-2.0
// Look-ups in a request.
#include "tests/apiserver/message.h"

#include <strings.h>

#include <algorithm>

namespace elector::tests::apiserver {

std::string Request::parameter(std::string_view name) const {
  for (const auto& [key, value] : query) {
    if (key == name) return value;
  }
  return {};
}

bool Request::has_parameter(std::string_view name) const {
  return std::any_of(query.begin(), query.end(),
                     [&](const auto& pair) { return pair.first == name; });
}

std::string Request::header(std::string_view name) const {
  const std::vector<std::string> values = header_values(name);
  return values.empty() ? std::string() : values.front();
}

std::vector<std::string> Request::header_values(std::string_view name) const {
  std::vector<std::string> values;
  for (const auto& [key, value] : headers) {
    if (key.size() == name.size() && strncasecmp(key.data(), name.data(), name.size()) == 0) {
      values.push_back(value);
    }
  }
  return values;
}

bool Request::flag(std::string_view name) const {
  const std::string value = parameter(name);
  return has_parameter(name) && value != "0" && strcasecmp(value.c_str(), "false") != 0;
}

bool Request::wants_watch() const {
  return flag("watch");
}

}  // namespace elector::tests::apiserver
