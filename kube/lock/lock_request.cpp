// SPDX-License-Identifier: Apache-2.0
#include "kube/lock/lock_request.h"

#include <utility>

#include "kube/base/json_text.h"
#include "kube/http/api_status.h"

namespace elector::kube {
namespace {

bool names_missing_object(const LockName& lock, const std::string& body) {
  return parse_status(body).reason == "NotFound" &&
         json::string_at(body, {"details", "name"}) == lock.name;
}

core::Outcome outcome_of(const LockName& lock, const core::Request& request,
                         const HttpResponse& response) {
  using core::Outcome;
  if (response.error) return response.maybe_done ? Outcome::kUnknown : Outcome::kRefused;
  if (response.ok()) return Outcome::kOk;
  switch (response.status) {
    case 401:
    case 403:
      return Outcome::kForbidden;
    case 404:
      // For a POST, the namespace is missing.
      return request.verb != core::Verb::kCreate && names_missing_object(lock, response.body)
                 ? Outcome::kNotFound
                 : Outcome::kRefused;
    case 408:  // from a proxy, which may have forwarded the request
      return Outcome::kUnknown;
    case 409:
      return Outcome::kConflict;
    default:
      return response.status < 500 ? Outcome::kRefused : Outcome::kUnknown;
  }
}

}  // namespace

std::string describe(const Permission& permission) {
  std::string text = "verb \"" + permission.verb + "\" on resource \"" + permission.resource +
                     "\" in API group \"" + permission.group + "\"";
  if (!permission.name.empty()) text += ", object \"" + permission.name + "\"";
  return text + ", namespace \"" + permission.name_space + "\"";
}

Permission permission_for(const LockName& lock, const std::string& verb) {
  const LockKindInfo& kind = info(lock.kind);
  return {verb, std::string(kind.group), std::string(kind.resource),
          verb == "create" ? "" : lock.name, lock.name_space};
}

std::string rbac_verb(core::Verb verb) {
  switch (verb) {
    case core::Verb::kCreate:
      return "create";
    case core::Verb::kUpdate:
      return "update";
    case core::Verb::kGet:
      break;
  }
  return "get";
}

Expected<HttpRequest> lock_request(const LockName& lock, const core::Request& request) {
  HttpRequest http;
  http.timeout = request.timeout;
  switch (request.verb) {
    case core::Verb::kGet:
      http.path = object_path(lock.kind, lock.name_space, lock.name);
      return http;
    case core::Verb::kCreate:
      http.method = "POST";
      http.path = collection_path(lock.kind, lock.name_space);
      http.body = encode_new_lock(lock, request.record, request.claim);
      return http;
    case core::Verb::kUpdate:
      break;
  }
  http.method = "PUT";
  http.path = object_path(lock.kind, lock.name_space, lock.name);
  Expected<std::string> body =
      encode_lock(lock, request.body ? *request.body : "{}", request.version, request.record,
                  request.claim, request.resign);
  if (!body) return body.error();
  http.body = std::move(*body);
  return http;
}

bool is_not_served(const LockName& lock, const HttpResponse& response) {
  return !response.error && response.status == 404 && !names_missing_object(lock, response.body);
}

core::Answer lock_answer(const LockName& lock, const core::Request& request,
                         const HttpResponse& response, const std::string& server) {
  core::Answer answer;
  answer.id = request.id;
  answer.outcome = outcome_of(lock, request, response);
  if (answer.outcome != core::Outcome::kOk) {
    answer.message = describe_failure(response, server);
    answer.retry_after = retry_after(response);
    return answer;
  }
  Expected<core::Observation> seen = decode_lock(lock, response.body);
  if (seen) {
    answer.object = std::move(*seen);
  } else {
    answer.outcome = core::Outcome::kUnknown;
    answer.message = seen.error().message;
  }
  return answer;
}

}  // namespace elector::kube
