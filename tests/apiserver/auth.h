// SPDX-License-Identifier: Apache-2.0
// Identifies the client and checks its permissions: bearer tokens, basic auth, client certificates,
// impersonation, and rules in the manner of RBAC.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "tests/apiserver/json.h"
#include "tests/apiserver/message.h"
#include "tests/apiserver/resource.h"
#include "tests/apiserver/status.h"

namespace elector::tests::apiserver {

// What one rule permits; "*" in a list matches all. Empty namespaces: everywhere; empty names:
// every object.
struct Rule {
  std::vector<std::string> groups;
  std::vector<std::string> resources;
  std::vector<std::string> verbs;
  std::vector<std::string> namespaces;
  std::vector<std::string> names;
};

class Auth {
 public:
  // Begins with the users admin (system:masters: may do all), member (leases in namespace default:
  // get, create, update, watch), polling (the same without watch) and nobody (nothing). USER's
  // token is "USER-token", its password in basic auth "USER-password".
  Auth();

  // The identity behind the request, or the 401 of credentials that are not known. Without
  // credentials it is system:anonymous. A certificate goes before a token, that before basic
  // auth, as in the real server.
  std::variant<Identity, Reply> authenticate(const Request& request) const;
  // Applies Impersonate-User and Impersonate-Group. The Reply is the 403 or 500 if the user may not
  // impersonate.
  std::variant<Identity, Reply> impersonate(const Request& request, const Identity& real) const;
  // Returns nothing if the identity may do what target describes (name: the object that it is
  // about, or ""), otherwise the 403.
  std::optional<Status> authorize(const Identity& identity, const Target& target,
                                  const std::string& name) const;

  // Adds, replaces or revokes tokens as given in a JSON array: {"token":…, "user":…, "groups":[…],
  // "rules":[{"apiGroups":[…], "resources":[…], "verbs":[…], "namespaces":[…],
  // "resourceNames":[…]}]} or {"token":…, "revoke":true}. Rules belong to the user and replace the
  // user's; without "rules" they stay. Returns "" or what is wrong.
  std::string apply(const Value& tokens);

 private:
  bool allowed(const Identity& identity, const Target& target, const std::string& name) const;

  std::map<std::string, Identity> tokens_;
  std::map<std::string, std::vector<Rule>> rules_;  // by user
};

}  // namespace elector::tests::apiserver
