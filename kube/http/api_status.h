// SPDX-License-Identifier: Apache-2.0
// The API server's error answers: the Status object (k8s.io/apimachinery, meta/v1) in the body.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/time.h"
#include "kube/http/http_message.h"

namespace elector::kube {

struct Status {
  std::string reason;  // "Conflict", "AlreadyExists", "Expired", …; "" if the body is not a Status
  std::string message;           // the API's sentence, on one line
  int code = 0;                  // 0 if absent
  core::Duration retry_after{};  // details.retryAfterSeconds; 0 if absent
  bool has_causes = false;       // details.causes is present and not empty
};

// Reads a Status object. For anything else (a proxy's HTML page) reason is empty, and the message
// is the beginning of the body, in printable characters on one line; "" for an empty body.
Status parse_status(std::string_view body);

// Returns one sentence on an answer that is not ok(): the transport's error, or the API's own
// words, or the HTTP status; with the answer's Audit-ID, by which an administrator finds the
// request.
std::string describe_failure(const HttpResponse& response, const std::string& server);

// Removes the Audit-ID, which differs in each answer, so that one cause always has one text.
std::string without_audit_id(std::string text);

// Whether this is a refusal by RBAC (or by another authorizer, with the same words), which a
// permission on the resource would resolve. Not a refusal to impersonate, whose verb is none of
// elector's. The API also answers 403 for a terminating namespace (with
// details.causes), for a used-up quota, and for admission plugins; then no permission is missing.
bool lacks_permission(const HttpResponse& response);

// Returns the user that such a refusal names, as the API server knows this client: with --as, the
// impersonated one. "" for any other answer.
std::string refused_user(const HttpResponse& response);

// Whether the API refuses this watch: a permission is missing, or the resource does not exist. A
// 404 that is not in the API's words comes from a server in between, and may be transient.
bool refuses_watch(const HttpResponse& response);

// Returns how long to wait before this request is sent again, if the API asks for that. As in
// client-go: for a 429, and for a read also for a 5xx with Retry-After. A write that was answered
// with a 5xx may have been done. Never less than one second, even if the server asks for less.
std::optional<core::Duration> pause_before_retry(const HttpRequest& request,
                                                 const HttpResponse& response);

// Returns Retry-After, otherwise the Status's retryAfterSeconds; 0 if both are absent.
core::Duration retry_after(const HttpResponse& response);

}  // namespace elector::kube
