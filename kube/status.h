// What the API server says when it says no: the Status object (k8s.io/apimachinery, meta/v1) in an
// answer's body.
#pragma once

#include <optional>
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
  bool has_causes = false;       // details.causes is there, and says something
};

// Reads a Status object. For anything else (a proxy's HTML page) reason is empty, and the message
// is the beginning of the body, in printable characters on one line; "" for an empty body.
Status parse_status(std::string_view body);

// One sentence on an answer that is not ok(): the transport's error, or the API's own words, or the
// HTTP status; with the Audit-ID of the answer, by which an administrator finds the request.
std::string describe_failure(const HttpResponse& response, const std::string& server);

// The same text for the same cause: each answer has an Audit-ID of its own.
std::string without_audit_id(std::string text);

// Whether this is RBAC's refusal (or another authorizer's, which speaks alike): what a permission
// would cure. The API says 403 also of a namespace that is terminating (with details.causes), of a
// quota that is used up, and for admission plugins; then there is nothing to allow.
bool lacks_permission(const HttpResponse& response);

// Whether the API will not have this watched: a permission is missing, or there is no such thing to
// watch. A 404 that is not in the API's words is somebody's on the way to it, and may be over soon.
bool refuses_watch(const HttpResponse& response);

// How long to wait before this request is sent again, if the API asks for that, as client-go does:
// a 429, and for a reading also a 5xx that bears Retry-After. A write that was answered by a 5xx
// may have been done. At least a second, so that nobody is flooded who asks for less.
std::optional<core::Duration> pause_before_retry(const HttpRequest& request,
                                                 const HttpResponse& response);

// Retry-After, else the Status's retryAfterSeconds; 0 without both.
core::Duration retry_after(const HttpResponse& response);

}  // namespace elector::kube
