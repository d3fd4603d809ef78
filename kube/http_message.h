// HTTP requests and responses as plain values, and the small pieces of syntax that go with them.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/time.h"
#include "kube/error.h"

namespace elector::kube {

// The largest answer that is kept. An object has at most 1.5 MiB in etcd, and the API server writes
// some characters of it ("<", control characters) as six bytes of JSON: that makes 9 MiB.
inline constexpr std::size_t kMaxBody = 10UL << 20U;

// The same where an object's metadata alone is asked for.
inline constexpr std::size_t kMaxMetadata = 4UL << 20U;

// Of a body that nobody wants, this much is read, so that the connection can be used again; the
// connection is closed on more. As much as the kubelet reads of a probe's answer.
inline constexpr std::size_t kDroppedBody = 10UL << 10U;

struct HttpRequest {
  std::string method = "GET";
  std::string path;  // from the API's root ("/api/v1/…"), percent-encoded
  std::vector<std::pair<std::string, std::string>> query{};  // not encoded yet
  std::string body{};                                        // sent if not empty
  std::string content_type = "application/json";             // of the body
  std::string accept = "application/json";
  // From send() to the end of the answer, the wait for credentials included; for a stream, to its
  // beginning. On CLOCK_BOOTTIME. 0 is no limit.
  core::Duration timeout{};
  std::size_t body_limit = kMaxBody;
  // While the API asks to come back later (pause_before_retry() in kube/status.h), it is sent again
  // then, each time with `timeout`, if that moment is before this one. As it is: never, the answer
  // that asks for it is the answer.
  core::BootTime patient_until{};
  // False for who wants the status alone: of the body only the first kDroppedBody are waited for,
  // and none is kept.
  bool keep_body = true;
};

// Whether it makes a difference to be carried out twice.
bool changes_something(const HttpRequest& request);

struct HttpResponse {
  int status = 0;  // 0: there is no answer; `error` says why
  std::string body;
  std::string content_type;
  std::optional<std::chrono::sys_seconds> date;  // the server's clock, from the Date header
  core::Duration retry_after{};                  // from Retry-After; 0 without one
  std::string location{};                        // of a redirect
  std::string audit_id{};               // the API server's name for the request, in its audit log
  std::vector<std::string> warnings{};  // see parse_warnings(); kMostWarnings at most
  // Set if there is no usable answer: none at all, only a part of one, too long a one, or a
  // redirect. Never for a status that the API gives, such as 403 or 500.
  std::optional<Error> error;
  bool too_large = false;  // with `error`: the answer has more than HttpRequest::body_limit
  // With `error`: whether the server may have carried the request out. False only if that is
  // certain.
  bool maybe_done = false;

  bool ok() const { return !error && status >= 200 && status < 300; }
};

// RFC 3986: everything but letters, digits and "-._~" as %XX.
std::string percent_encode(std::string_view text);

// "?a=b&c=d", encoded; "" for an empty list.
std::string query_string(const std::vector<std::pair<std::string, std::string>>& query);

// An HTTP date (RFC 9110 5.6.7); nothing if it is none.
std::optional<std::chrono::sys_seconds> parse_http_date(const std::string& value);

// A server is left alone for no longer than this, however long it asks to be: who asked, a load
// balancer perhaps, may be gone by then, and an election needs candidates who look.
inline constexpr std::chrono::seconds kLongestRetryAfter = std::chrono::seconds(60);

// Retry-After (RFC 9110 10.2.3): seconds, or a date that is compared with `date`, the server's own
// clock. 0 if it is neither, or no date is known, or it has passed; at most kLongestRetryAfter.
core::Duration parse_retry_after(const std::string& value,
                                 std::optional<std::chrono::sys_seconds> date);

}  // namespace elector::kube
