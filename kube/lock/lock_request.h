// SPDX-License-Identifier: Apache-2.0
// Converts the core's requests to HTTP, and the answers to core::Answer.
#pragma once

#include <string>

#include "core/error.h"
#include "core/request.h"
#include "kube/http/http_message.h"
#include "kube/lock/lock_codec.h"

namespace elector::kube {

// What RBAC must allow: one verb on one object.
struct Permission {
  std::string verb;      // "get", "create", "update", "watch"
  std::string group;     // API group; "" for the core group
  std::string resource;  // "leases"
  std::string name;      // of the object; "" for "create", which no rule can limit to a name
  std::string name_space;

  bool operator==(const Permission&) const = default;
};

// `verb "update" on resource "leases" in API group "coordination.k8s.io", object "example",
// namespace "default"`.
std::string describe(const Permission& permission);

// Returns the permission that this verb on the lock requires; `verb` as RBAC names it.
Permission permission_for(const LockName& lock, const std::string& verb);
// "get", "create" or "update".
std::string rbac_verb(core::Verb verb);

// Returns the request to send. Fails with kProtocol if the object that a write builds on cannot be
// written.
Expected<HttpRequest> lock_request(const LockName& lock, const core::Request& request);

// Returns the answer for the core; `server` is for the message. See core::Outcome for the mapping.
// A 404 is kNotFound only if the API itself does not find this very object; a 404 from a proxy, or
// from a server without this resource, is kRefused.
core::Answer lock_answer(const LockName& lock, const core::Request& request,
                         const HttpResponse& response, const std::string& server);

// Whether this answer to a GET shows that the API does not serve the kind: a 404 that does not name
// the object. Such a kind has no election. (A wrong server address answers like that too, but then
// for every kind: the caller must have had another answer for the kind that it elects on.)
bool is_not_served(const LockName& lock, const HttpResponse& response);

}  // namespace elector::kube
