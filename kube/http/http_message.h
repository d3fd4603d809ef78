// SPDX-License-Identifier: Apache-2.0
// HTTP requests and responses as plain values, and the small pieces of syntax that go with them.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/error.h"
#include "core/time.h"

namespace elector::kube {

// The largest answer that is kept. An object has at most 1.5 MiB in etcd, and the API server writes
// some of its characters ("<", control characters) as six bytes of JSON: at most 9 MiB.
inline constexpr std::size_t kMaxBody = 10UL << 20U;

// The same for an object's metadata alone.
inline constexpr std::size_t kMaxMetadata = 4UL << 20U;

// How much of an unwanted body is read, so that the connection can be used again; on more, the
// connection is closed. As much as the kubelet reads of a probe's answer.
inline constexpr std::size_t kDroppedBody = 10UL << 10U;

struct HttpRequest {
  std::string method = "GET";
  std::string path;  // from the API's root ("/api/v1/…"), percent-encoded
  std::vector<std::pair<std::string, std::string>> query{};  // not encoded yet
  std::string body{};                                        // sent if not empty
  std::string content_type = "application/json";             // of the body
  std::string accept = "application/json";
  // Limit on CLOCK_BOOTTIME from send() to the end of the answer, including the wait for
  // credentials; for a stream, to its beginning. 0 for no limit.
  core::Duration timeout{};
  std::size_t body_limit = kMaxBody;
  // While the API asks to come back later (pause_before_retry() in kube/http/api_status.h), the
  // request is sent again at that time if it is before this one, each time with `timeout`. By
  // default it is never sent again, and the answer that asks for it is the result.
  core::BootTime patient_until{};
  // False if only the status is wanted: then at most the first kDroppedBody bytes of the body are
  // waited for, and none are kept.
  bool keep_body = true;
};

// Whether carrying the request out twice may differ from carrying it out once.
bool changes_something(const HttpRequest& request);

struct HttpResponse {
  int status = 0;  // 0: no answer; `error` gives the reason
  std::string body;
  std::string content_type;
  std::optional<std::chrono::sys_seconds> date;  // the server's clock, from the Date header
  core::Duration retry_after{};                  // from Retry-After; 0 if absent
  std::string location{};                        // of a redirect
  std::string audit_id{};               // the request's identifier in the API server's audit log
  std::vector<std::string> warnings{};  // see parse_warnings(); at most kMostWarnings
  // Set if there is no usable answer: none at all, only part of one, one that is too long, or a
  // redirect. Never set for a status that the API gives, such as 403 or 500.
  std::optional<Error> error;
  bool too_large = false;  // with `error`: the answer has more than HttpRequest::body_limit
  // With `error`: whether the server may have carried the request out. False only if it certainly
  // has not.
  bool maybe_done = false;

  bool ok() const { return !error && status >= 200 && status < 300; }
};

// RFC 3986: everything but letters, digits and "-._~" as %XX.
std::string percent_encode(std::string_view text);

// "?a=b&c=d", encoded; "" for an empty list.
std::string query_string(const std::vector<std::pair<std::string, std::string>>& query);

// Parses an HTTP date (RFC 9110 5.6.7); returns nothing for any other text.
std::optional<std::chrono::sys_seconds> parse_http_date(const std::string& value);

// The longest pause that a server can ask for: the sender of the answer, perhaps a load balancer,
// may be gone by then, and an election needs candidates that keep looking.
inline constexpr std::chrono::seconds kLongestRetryAfter = std::chrono::seconds(60);

// Parses Retry-After (RFC 9110 10.2.3): seconds, or a date that is compared with `date`, the
// server's own clock. Returns 0 if it is neither, if `date` is not known, or if the date has
// passed; at most kLongestRetryAfter.
core::Duration parse_retry_after(const std::string& value,
                                 std::optional<std::chrono::sys_seconds> date);

}  // namespace elector::kube
