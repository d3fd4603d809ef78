// What the API server says when it says no: the Status object (k8s.io/apimachinery, meta/v1) in an
// answer's body.
#pragma once

#include <string>
#include <string_view>

#include "core/time.h"
#include "kube/http_message.h"

namespace elector::kube {

struct Status {
  std::string reason;   // "Conflict", "AlreadyExists", "Expired", …; "" if it is no Status
  std::string message;  // the API's sentence, on one line
  int code = 0;         // 0 if there is none
  core::Duration retry_after{};  // details.retryAfterSeconds; 0 without it
};

// Reads a Status object. For anything else (a proxy's HTML page) reason is empty, and the message
// is the beginning of the body, in printable characters on one line; "" for an empty body.
Status parse_status(std::string_view body);

// One sentence on an answer that is not ok(): the transport's error, or the API's own words, or the
// HTTP status.
std::string describe_failure(const HttpResponse& response, const std::string& server);

// Whether the API will not have this watched: a permission is missing, or there is no such thing to
// watch. A 404 that is not in the API's words is somebody's on the way to it, and may be over soon.
bool refuses_watch(const HttpResponse& response);

// Retry-After, else the Status's retryAfterSeconds; 0 without both.
core::Duration retry_after(const HttpResponse& response);

}  // namespace elector::kube
