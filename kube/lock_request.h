// The core's requests as HTTP, and the answers to them as the core's.
#pragma once

#include <string>

#include "core/request.h"
#include "kube/error.h"
#include "kube/http_message.h"
#include "kube/lock_codec.h"

namespace elector::kube {

// What RBAC must allow: one verb on one object.
struct Permission {
  std::string verb;      // "get", "create", "update", "watch"
  std::string group;     // API group; "" for the core group
  std::string resource;  // "leases"
  std::string name;      // of the object; "" with "create", which no rule can limit to a name
  std::string name_space;

  bool operator==(const Permission&) const = default;
};

// `verb "update" on resource "leases" in API group "coordination.k8s.io", object "example",
// namespace "default"`.
std::string describe(const Permission& permission);

// The permission that this verb on the lock takes; `verb` as RBAC names it.
Permission permission_for(const LockName& lock, const std::string& verb);
// "get", "create" or "update".
std::string rbac_verb(core::Verb verb);

// The request to send. Fails with kProtocol when the object that a write builds on cannot be
// written.
Expected<HttpRequest> lock_request(const LockName& lock, const core::Request& request);

// The answer to give the core; `server` is for the message. See core::Outcome for what counts as
// what. A 404 is kNotFound only if it is the API that misses this very object; a 404 of a proxy, or
// of a server without this resource, is kRefused.
core::Answer lock_answer(const LockName& lock, const core::Request& request,
                         const HttpResponse& response, const std::string& server);

// True if this answer to a GET says that the API serves no such kind: a 404 that does not name the
// object. Such a kind holds no election. (A wrong server address answers like that too, but then to
// every kind: the caller must have had another answer for the kind that it elects on.)
bool is_not_served(const LockName& lock, const HttpResponse& response);

}  // namespace elector::kube
