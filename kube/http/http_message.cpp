// SPDX-License-Identifier: Apache-2.0
#include "kube/http/http_message.h"

#include <curl/curl.h>

#include <algorithm>
#include <charconv>

#include "kube/base/text.h"

namespace elector::kube {

bool changes_something(const HttpRequest& request) {
  return request.method != "GET" && request.method != "HEAD";
}

std::string percent_encode(std::string_view text) {
  return percent_encode(text, "-._~");
}

std::string query_string(const std::vector<std::pair<std::string, std::string>>& query) {
  std::string text;
  for (const auto& [name, value] : query) {
    text += text.empty() ? '?' : '&';
    text += percent_encode(name) + '=' + percent_encode(value);
  }
  return text;
}

std::optional<std::chrono::sys_seconds> parse_http_date(const std::string& value) {
  const time_t seconds = curl_getdate(value.c_str(), nullptr);
  if (seconds < 0) return std::nullopt;
  return std::chrono::sys_seconds(std::chrono::seconds(seconds));
}

core::Duration parse_retry_after(const std::string& value,
                                 std::optional<std::chrono::sys_seconds> date) {
  std::chrono::seconds::rep count = 0;
  const char* const end = value.data() + value.size();
  const auto [rest, failure] = std::from_chars(value.data(), end, count);
  if (failure == std::errc::result_out_of_range)
    return value.front() == '-' ? core::Duration(0) : kLongestRetryAfter;
  std::chrono::seconds wait(0);
  if (failure == std::errc() && rest == end) {
    wait = std::chrono::seconds(count);
  } else if (const auto until = parse_http_date(value); until && date) {
    wait = *until - *date;
  }
  return std::clamp(wait, std::chrono::seconds(0), kLongestRetryAfter);
}

}  // namespace elector::kube
