// SPDX-License-Identifier: Apache-2.0
// Identifies the client and checks its permissions.
#include "tests/apiserver/auth.h"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace elector::tests::apiserver {
namespace {

constexpr const char* kAnonymous = "system:anonymous";

bool has(const std::vector<std::string>& list, std::string_view wanted) {
  return std::any_of(list.begin(), list.end(),
                     [&](const std::string& item) { return item == "*" || item == wanted; });
}

bool permits(const Rule& rule, const Target& target, const std::string& name) {
  return has(rule.groups, target.group) && has(rule.resources, target.plural) &&
         has(rule.verbs, target.verb) &&
         (rule.namespaces.empty() || has(rule.namespaces, target.ns)) &&
         (rule.names.empty() || has(rule.names, name));
}

std::string decode_base64(std::string_view text) {
  static constexpr std::string_view kAlphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  unsigned bits = 0;
  int count = 0;
  for (const char c : text) {
    const std::size_t digit = kAlphabet.find(c);
    if (digit == std::string_view::npos) break;
    bits = (bits << 6U) | static_cast<unsigned>(digit);
    count += 6;
    if (count >= 8) {
      count -= 8;
      out += static_cast<char>((bits >> static_cast<unsigned>(count)) & 0xFFU);
    }
  }
  return out;
}

std::vector<std::string> strings_of(const Value& object, std::string_view name) {
  std::vector<std::string> out;
  const Value* list = find(object, {name});
  if (list == nullptr || !list->IsArray()) return out;
  for (const auto& item : list->GetArray()) {
    if (item.IsString()) out.emplace_back(item.GetString());
  }
  return out;
}

Rule rule_of(const Value& json) {
  Rule rule;
  rule.groups = strings_of(json, "apiGroups");
  rule.resources = strings_of(json, "resources");
  rule.verbs = strings_of(json, "verbs");
  rule.namespaces = strings_of(json, "namespaces");
  rule.names = strings_of(json, "resourceNames");
  return rule;
}

// "User "x" cannot get resource "leases" in API group "coordination.k8s.io" in the namespace
// "default"".
std::string refusal(const Identity& identity, const Target& target) {
  std::string text = "User " + quoted(identity.user) + " cannot " + target.verb + " ";
  if (!target.is_resource) return text + "path " + quoted(target.path);
  text += "resource " + quoted(target.plural) + " in API group " + quoted(target.group);
  return text +
         (target.ns.empty() ? " at the cluster scope" : " in the namespace " + quoted(target.ns));
}

Status forbidden(const Identity& identity, const Target& target, const std::string& name) {
  Status status;
  status.code = 403;
  status.reason = "Forbidden";
  if (target.is_resource) {
    status.name = name;
    status.group = target.group;
    status.kind = target.plural.substr(0, target.plural.find('/'));
    status.message = status.kind + (target.group.empty() ? "" : "." + target.group) + " ";
    if (!name.empty()) status.message += quoted(name) + " ";
    status.message += "is ";
  }
  status.message += "forbidden: " + refusal(identity, target);
  return status;
}

bool starts_with_path(std::string_view path, std::string_view prefix) {
  return path == prefix || (path.starts_with(prefix) && path[prefix.size()] == '/');
}

}  // namespace

Auth::Auth() {
  tokens_["admin-token"] = {"admin", {"system:masters"}};
  for (const char* user : {"member", "polling", "nobody"}) {
    tokens_[std::string(user) + "-token"] = {user, {}};
  }
  Rule rule{{"coordination.k8s.io"}, {"leases"}, {"get", "create", "update"}, {"default"}, {}};
  rules_["polling"] = {rule};
  rule.verbs.emplace_back("watch");
  rules_["member"] = {rule};
}

std::variant<Identity, Reply> Auth::authenticate(const Request& request) const {
  Identity identity;
  const std::string header = request.header("Authorization");
  if (request.certificate && !request.certificate->user.empty()) {
    identity = *request.certificate;
  } else if (header.starts_with("Bearer ")) {
    const auto found = tokens_.find(header.substr(7));
    if (found != tokens_.end()) identity = found->second;
  } else if (header.starts_with("Basic ")) {
    const std::string pair = decode_base64(std::string_view(header).substr(6));
    const std::string user = pair.substr(0, pair.find(':'));
    std::string expected = user;
    expected.append(":").append(user).append("-password");
    for (const auto& [token, known] : tokens_) {
      if (known.user == user && pair == expected) identity = known;
    }
  } else if (header.empty() && !request.certificate) {
    return Identity{kAnonymous, {"system:unauthenticated"}};
  }
  if (identity.user.empty()) {
    return status_reply(plain_status(401, "Unauthorized", "Unauthorized"));
  }
  identity.groups.emplace_back("system:authenticated");
  return identity;
}

std::variant<Identity, Reply> Auth::impersonate(const Request& request,
                                                const Identity& real) const {
  const std::string user = request.header("Impersonate-User");
  const std::vector<std::string> groups = request.header_values("Impersonate-Group");
  if (user.empty()) {
    if (groups.empty()) return real;
    Reply reply;
    reply.code = 500;
    reply.type = "text/plain; charset=utf-8";
    reply.body = "Internal Server Error: " + quoted(request.path) +
                 ": requested groups without impersonating a user\n";
    return reply;
  }
  Target target;
  target.is_resource = true;
  target.verb = "impersonate";
  target.plural = "users";
  if (auto status = authorize(real, target, user)) return status_reply(*status);
  target.plural = "groups";
  for (const std::string& group : groups) {
    if (auto status = authorize(real, target, group)) return status_reply(*status);
  }
  Identity identity{user, groups};
  if (user != kAnonymous) identity.groups.emplace_back("system:authenticated");
  return identity;
}

bool Auth::allowed(const Identity& identity, const Target& target, const std::string& name) const {
  const auto& groups = identity.groups;
  if (std::find(groups.begin(), groups.end(), "system:masters") != groups.end()) return true;
  if (!target.is_resource) {
    for (const char* path : {"/version", "/healthz", "/livez", "/readyz"}) {
      if (target.verb == "get" && starts_with_path(target.path, path)) return true;
    }
    if (std::find(groups.begin(), groups.end(), "system:authenticated") == groups.end()) {
      return false;
    }
    for (const char* path : {"/api", "/apis", "/openapi"}) {
      if (target.verb == "get" && starts_with_path(target.path, path)) return true;
    }
    return false;
  }
  const auto found = rules_.find(identity.user);
  return found != rules_.end() &&
         std::any_of(found->second.begin(), found->second.end(),
                     [&](const Rule& rule) { return permits(rule, target, name); });
}

std::optional<Status> Auth::authorize(const Identity& identity, const Target& target,
                                      const std::string& name) const {
  if (allowed(identity, target, name)) return {};
  return forbidden(identity, target, target.verb == "create" ? "" : name);
}

std::string Auth::apply(const Value& tokens) {
  if (!tokens.IsArray()) return "expected a JSON array of tokens";
  for (const auto& entry : tokens.GetArray()) {
    const std::string token = text_at(entry, {"token"});
    if (token.empty()) return "a token without \"token\"";
    if (flag_at(entry, "revoke", false)) {
      tokens_.erase(token);
      continue;
    }
    const std::string user = text_at(entry, {"user"});
    if (user.empty()) return "token " + quoted(token) + " without \"user\"";
    tokens_[token] = {user, strings_of(entry, "groups")};
    const Value* rules = find(entry, {"rules"});
    if (rules == nullptr || !rules->IsArray()) continue;
    rules_[user].clear();
    for (const auto& rule : rules->GetArray()) rules_[user].push_back(rule_of(rule));
  }
  return {};
}

}  // namespace elector::tests::apiserver
