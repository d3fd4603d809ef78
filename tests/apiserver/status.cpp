// SPDX-License-Identifier: Apache-2.0
// The API's refusals.
#include "tests/apiserver/status.h"

#include "tests/apiserver/json.h"

namespace elector::tests::apiserver {
namespace {

// Appends ,"name":"value" unless the value is empty; first drops the comma.
void append(std::string& out, const char* name, const std::string& value, bool& first) {
  if (value.empty()) return;
  if (!first) out += ",";
  first = false;
  out += quoted(name) + ":" + quoted(value);
}

std::string details_text(const Status& status) {
  std::string out = "{";
  bool first = true;
  append(out, "name", status.name, first);
  append(out, "group", status.group, first);
  append(out, "kind", status.kind, first);
  append(out, "uid", status.uid, first);
  if (!status.causes.empty()) {
    out += first ? "\"causes\":[" : ",\"causes\":[";
    first = false;
    for (std::size_t i = 0; i < status.causes.size(); ++i) {
      bool first_member = true;
      out += i == 0 ? "{" : ",{";
      append(out, "reason", status.causes[i].reason, first_member);
      append(out, "message", status.causes[i].message, first_member);
      append(out, "field", status.causes[i].field, first_member);
      out += "}";
    }
    out += "]";
  }
  if (status.retry_after > 0) {
    out += first ? "" : ",";
    out += "\"retryAfterSeconds\":" + std::to_string(status.retry_after);
  }
  return out + "}";
}

Status about(const Resource& resource, const std::string& name, unsigned code, const char* reason) {
  Status status;
  status.code = code;
  status.reason = reason;
  status.name = name;
  status.group = resource.group;
  status.kind = resource.plural;
  return status;
}

}  // namespace

std::string status_text(const Status& status) {
  std::string out = R"({"kind":"Status","apiVersion":"v1","metadata":{},"status":)";
  out += status.code < 400 ? "\"Success\"" : "\"Failure\"";
  bool first = false;
  append(out, "message", status.message, first);
  append(out, "reason", status.reason, first);
  if (!status.bare) out += ",\"details\":" + details_text(status);
  if (status.code >= 400) out += ",\"code\":" + std::to_string(status.code);
  return out + "}";
}

Reply status_reply(const Status& status) {
  Reply reply;
  reply.code = status.code;
  reply.body = status_text(status) + "\n";
  if (status.retry_after > 0) {
    reply.headers.emplace_back("Retry-After", std::to_string(status.retry_after));
  }
  return reply;
}

Reply deleted_reply(const Resource& resource, const std::string& name, const std::string& uid) {
  Status status = about(resource, name, 200, "");
  status.uid = uid;
  return status_reply(status);
}

Status not_found(const Resource& resource, const std::string& name) {
  Status status = about(resource, name, 404, "NotFound");
  status.message = qualified_resource(resource) + " " + quoted(name) + " not found";
  return status;
}

Status already_exists(const Resource& resource, const std::string& name) {
  Status status = about(resource, name, 409, "AlreadyExists");
  status.message = qualified_resource(resource) + " " + quoted(name) + " already exists";
  return status;
}

Status conflict(const Resource& resource, const std::string& name, const std::string& why,
                bool kind_words) {
  Status status = about(resource, name, 409, "Conflict");
  if (kind_words) status.kind = resource.kind;
  status.message = "Operation cannot be fulfilled on " +
                   (kind_words ? qualified_kind(resource) : qualified_resource(resource)) + " " +
                   quoted(name) + ": " + why;
  return status;
}

Status invalid(const Resource& resource, const std::string& name, const std::vector<Cause>& causes,
               bool resource_words) {
  Status status = about(resource, name, 422, "Invalid");
  if (!resource_words) status.kind = resource.kind;
  status.causes = causes;
  std::string list;
  for (const Cause& cause : causes) {
    if (!list.empty()) list += ", ";
    list += cause.field + ": " + cause.message;
  }
  if (causes.size() > 1) list = "[" + list + "]";
  status.message = (resource_words ? qualified_resource(resource) : qualified_kind(resource)) +
                   " " + quoted(name) + " is invalid: " + list;
  return status;
}

Status plain_status(unsigned code, const std::string& reason, const std::string& message) {
  Status status;
  status.code = code;
  status.reason = reason;
  status.message = message;
  status.bare = true;
  return status;
}

Status bad_request(const std::string& message) {
  return plain_status(400, "BadRequest", message);
}

Status no_such_path() {
  Status status = plain_status(404, "NotFound", "the server could not find the requested resource");
  status.bare = false;
  return status;
}

Status method_not_allowed() {
  Status status = plain_status(405, "MethodNotAllowed",
                               "the server does not allow this method on the requested resource");
  status.bare = false;
  return status;
}

Status expired(std::uint64_t asked, std::uint64_t oldest) {
  return plain_status(
      410, "Expired",
      "too old resource version: " + std::to_string(asked) + " (" + std::to_string(oldest) + ")");
}

Status version_too_large(std::uint64_t asked, std::uint64_t current) {
  Status status = plain_status(504, "Timeout",
                               "Timeout: Too large resource version: " + std::to_string(asked) +
                                   ", current: " + std::to_string(current));
  status.bare = false;
  status.causes.push_back({"ResourceVersionTooLarge", "Too large resource version", ""});
  status.retry_after = 1;
  return status;
}

}  // namespace elector::tests::apiserver
