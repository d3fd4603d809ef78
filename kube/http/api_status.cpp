// SPDX-License-Identifier: Apache-2.0
#include "kube/http/api_status.h"

#include <algorithm>
#include <chrono>

#include "kube/base/json_text.h"
#include "kube/base/text.h"

namespace elector::kube {
namespace {

constexpr std::size_t kExcerpt = 160;
constexpr std::chrono::seconds kShortestPause{1};

// Returns the beginning of any text: HTML tags removed, white space and unprintable characters
// folded into single spaces. Whole UTF-8 sequences only.
std::string excerpt(std::string_view body) {
  std::string text;
  bool in_tag = false;
  bool space = false;
  for (const char c : body.substr(0, 16 * kExcerpt)) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '<') in_tag = true;
    if (in_tag || byte <= ' ' || byte >= 127) {
      if (c == '>') in_tag = false;
      space = true;
      continue;
    }
    if (space && !text.empty()) text += ' ';
    space = false;
    text += c;
    if (text.size() >= kExcerpt) return text + "...";
  }
  return text;
}

}  // namespace

Status parse_status(std::string_view body) {
  Status status;
  if (json::check(body) || !json::is_object(body) || json::string_at(body, {"kind"}) != "Status") {
    status.message = excerpt(body);
    return status;
  }
  status.reason = on_one_line(json::string_at(body, {"reason"}));
  status.message = on_one_line(json::string_at(body, {"message"}));
  if (const auto code = json::find(body, "code")) {
    status.code =
        static_cast<int>(std::clamp<std::int64_t>(json::to_integer(*code).value_or(0), 0, 999));
  }
  if (const auto wait = json::find_at(body, {"details", "retryAfterSeconds"})) {
    status.retry_after = std::chrono::seconds(std::clamp<std::int64_t>(
        json::to_integer(*wait).value_or(0), 0, kLongestRetryAfter.count()));
  }
  if (const auto causes = json::find_at(body, {"details", "causes"})) {
    status.has_causes = !json::elements(*causes).empty();
  }
  return status;
}

namespace {

std::string sentence(const HttpResponse& response, const std::string& server) {
  const Status status = parse_status(response.body);
  // For a 401 the API server has only one word of its own: "Unauthorized".
  if (response.status == 401) {
    return server + " refused the request: the credentials are missing or not valid" +
           (status.message.empty() ? "" : " (" + status.message + ")");
  }
  if (!status.reason.empty() && !status.message.empty()) {
    // A create in a namespace that does not exist (yet).
    const bool no_namespace =
        status.reason == "NotFound" && status.message.starts_with("namespaces ");
    return status.message + (no_namespace ? "; create it or check --namespace" : "");
  }
  std::string text = server + " answers with HTTP status " + std::to_string(response.status);
  if (!status.message.empty()) text += ": " + status.message;
  return text;
}

constexpr std::string_view kAuditId = " (Audit-ID ";

struct Refusal {
  std::string user{};
  std::string verb{};
};

// Returns what Go's %q wrote after `begin` in the message, up to `end`; "" if nothing is quoted
// there.
std::string unquoted(std::string_view message, std::string_view begin, std::size_t end) {
  const std::string_view head = message.substr(0, end);
  const std::size_t at = head.rfind(begin);
  if (at == std::string_view::npos || !head.ends_with('"')) return "";
  std::string text;
  const std::string_view inner = head.substr(at + begin.size());
  for (std::size_t i = 0; i + 1 < inner.size(); ++i) {
    if (inner[i] == '\\' && i + 2 < inner.size()) ++i;
    text += inner[i];
  }
  return text;
}

// Parses `User "u" cannot get resource "leases" in API group …`, forbiddenMessage() in apiserver's
// endpoints/handlers/responsewriters/errors.go.
std::optional<Refusal> parse_refusal(const HttpResponse& response) {
  if (response.error || response.status != 403) return std::nullopt;
  const Status status = parse_status(response.body);
  if (status.reason.empty() || status.has_causes) return std::nullopt;
  constexpr std::string_view kCannot = " cannot ";
  const std::string_view message = status.message;
  for (auto at = message.find(kCannot); at != message.npos; at = message.find(kCannot, at + 1)) {
    const std::string_view rest = message.substr(at + kCannot.size());
    const std::size_t verb_end = std::min(rest.find(' '), rest.size());
    if (!rest.substr(verb_end).starts_with(" resource ")) continue;
    return Refusal{unquoted(message, "User \"", at), std::string(rest.substr(0, verb_end))};
  }
  return std::nullopt;
}

}  // namespace

std::string describe_failure(const HttpResponse& response, const std::string& server) {
  if (response.error) return response.error->message;
  std::string text = sentence(response, server);
  if (!response.audit_id.empty()) text.append(kAuditId).append(response.audit_id) += ')';
  return text;
}

std::string without_audit_id(std::string text) {
  const std::size_t begin = text.find(kAuditId);
  if (begin == std::string::npos) return text;
  const std::size_t end = text.find(')', begin);
  return end == std::string::npos ? text : text.erase(begin, end + 1 - begin);
}

bool lacks_permission(const HttpResponse& response) {
  const auto refusal = parse_refusal(response);
  return refusal && refusal->verb != "impersonate";
}

std::string refused_user(const HttpResponse& response) {
  const auto refusal = parse_refusal(response);
  return refusal ? refusal->user : "";
}

bool refuses_watch(const HttpResponse& response) {
  const int status = response.status;
  if (status == 404) return !parse_status(response.body).reason.empty();
  return status == 403 || status == 405;
}

std::optional<core::Duration> pause_before_retry(const HttpRequest& request,
                                                 const HttpResponse& response) {
  if (response.error) return std::nullopt;
  const core::Duration asked = retry_after(response);
  const bool is_busy = response.status == 429;
  const bool is_away =
      response.status >= 500 && request.method == "GET" && asked > core::Duration(0);
  if (!is_busy && !is_away) return std::nullopt;
  return std::max<core::Duration>(asked, kShortestPause);
}

core::Duration retry_after(const HttpResponse& response) {
  if (response.retry_after > core::Duration(0) || response.error || response.ok())
    return response.retry_after;
  return parse_status(response.body).retry_after;
}

}  // namespace elector::kube
