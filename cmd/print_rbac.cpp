// SPDX-License-Identifier: Apache-2.0
#include "cmd/print_rbac.h"

#include <algorithm>

#include "cmd/cli/complain.h"
#include "cmd/output/terminal.h"
#include "kube/base/json_text.h"
#include "kube/base/text.h"
#include "kube/config/environment.h"
#include "kube/config/resolve.h"
#include "kube/config/service_account.h"
#include "kube/lock/lock_kind.h"

namespace elector::cmd {
namespace {

using kube::json::quote;

constexpr const char* kUsualAccount = "elector";

// Returns ["a", "b"], quoted because a name may look like a number or a boolean of YAML.
std::string list(const std::vector<std::string>& items) {
  std::string text;
  for (const std::string& item : items) text += (text.empty() ? "" : ", ") + quote(item);
  return "[" + text + "]";
}

std::string head(const std::string& api_version, const std::string& kind, const std::string& name,
                 const std::string& name_space) {
  const std::string where = name_space.empty() ? "" : "  namespace: " + quote(name_space) + "\n";
  return "apiVersion: " + api_version + "\nkind: " + kind + "\nmetadata:\n  name: " + quote(name) +
         "\n" + where;
}

void add_lock_rules(std::vector<RbacRule>& rules, kube::LockKind kind, const std::string& name) {
  const kube::LockKindInfo& lock = kube::info(kind);
  const std::string group(lock.group);
  const std::string resource(lock.resource);
  rules.push_back(
      {.group = group, .resource = resource, .verbs = {"get", "update", "watch"}, .names = {name}});
  std::string why = "create cannot be limited to a name";
  if (kind == kube::LockKind::kEndpoints) {
    why +=
        "; with permission to create Endpoints, an account can direct a Service to addresses "
        "outside the namespace (CVE-2021-25740); --lock=leases does not need it";
  }
  rules.push_back(
      {.group = group, .resource = resource, .verbs = {"create"}, .why = std::move(why)});
}

// For --label-pod. `patch` grants the whole pod, including its images, so it is limited to names
// where they are known.
void add_label_rules(std::vector<RbacRule>& rules, const CandidateOptions& options) {
  const std::vector<std::string> names =
      options.print_rbac ? options.print_rbac->pods : std::vector<std::string>();
  rules.push_back({.group = "",
                   .resource = "pods",
                   .verbs = {"list"},
                   .why = "--label-pod, to find the pod of a leader that died"});
  rules.push_back(
      {.group = "",
       .resource = "pods",
       .verbs = {"get", "patch"},
       .names = names,
       .why =
           names.empty()
               ? "--label-pod; patch can change anything in a pod, including its images, and this "
                 "rule covers every pod of the namespace: --rbac-pods=NAME limits it to the pods "
                 "of a StatefulSet"
               : "--label-pod; patch can change anything in these pods, including their images"});
}

// Returns why a rule reads a kind of object that is seldom a lock.
std::string why_looked_at(kube::LockKind kind, const ObserverOptions& options) {
  const std::string resource(kube::info(kind).resource);
  if (!options.election.empty()) return "to find the election on " + resource + ", too";
  return "this grants the content of all " + resource + "; --lock=leases does not need it";
}

// Returns the account given, otherwise this process's own, otherwise the default one.
RbacAccount choose_account(const PrintRbac& print, const std::string& name_space,
                           const std::optional<kube::ServiceAccount>& own) {
  using Kind = RbacAccount::Kind;
  const std::string& given = print.account;
  if (given.empty() && own) return {Kind::kServiceAccount, own->name_space, own->name};
  if (given.empty()) return {Kind::kServiceAccount, name_space, kUsualAccount};
  const std::size_t colon = given.find(':');
  if (colon == std::string::npos) return {Kind::kServiceAccount, name_space, given};
  const std::string name = given.substr(colon + 1);
  if (given.starts_with("user:")) return {Kind::kUser, "", name};
  if (given.starts_with("group:")) return {Kind::kGroup, "", name};
  return {Kind::kServiceAccount, given.substr(0, colon), name};
}

// Returns "elector:run:example:web" or "elector:run:example:user:jane". A Role's name may contain a
// colon, and everything else but "/" and "%" (IsValidPathSegmentName in apimachinery).
std::string role_name(std::string_view command, const std::string& election,
                      const RbacAccount& account, const std::string& name_space) {
  std::string name = "elector:" + std::string(command);
  if (!election.empty()) name += ":" + election;
  if (account.kind == RbacAccount::Kind::kUser) name += ":user";
  if (account.kind == RbacAccount::Kind::kGroup) name += ":group";
  const bool elsewhere = !account.name_space.empty() && account.name_space != name_space;
  if (elsewhere) name += ":" + account.name_space;
  name += ":" + account.name;
  std::replace_if(
      name.begin(), name.end(), [](char c) { return c == '/' || c == '%'; }, '-');
  return name;
}

// Returns the text as one word for a shell.
std::string shell_word(const std::string& text) {
  const auto is_plain = [](char c) {
    return kube::is_alphanumeric(c) ||
           std::string_view("-_./:@=+,").find(c) != std::string_view::npos;
  };
  if (std::all_of(text.begin(), text.end(), is_plain)) return text;
  std::string word = "'";
  for (const char c : text) word += c == '\'' ? "'\\''" : std::string(1, c);
  return word + "'";
}

// Returns the value of --print-rbac for this user; "" if nothing is known.
std::string account_word(const kube::Connection& connection, const std::string& user) {
  auto account = kube::service_account(user);
  if (user.empty()) account = kube::account_of(connection.credentials);
  if (!account) return user.empty() ? "" : "user:" + user;
  const bool elsewhere = account->name_space != connection.namespace_;
  // In these namespaces NAMESPACE:NAME would be read as a user or a group.
  if (elsewhere && (account->name_space == "user" || account->name_space == "group")) {
    return "user:system:serviceaccount:" + account->name_space + ":" + account->name;
  }
  return (elsewhere ? account->name_space + ":" : "") + account->name;
}

// Returns `elector WORDS --print-rbac=ACCOUNT | kubectl apply -f -`.
std::string printing_command(const std::string& words, const kube::Connection& connection,
                             const std::string& user) {
  const std::string account = account_word(connection, user);
  return "elector " + words + " --print-rbac" + (account.empty() ? "" : "=" + shell_word(account)) +
         " | kubectl apply -f -";
}

}  // namespace

std::vector<RbacRule> candidate_rules(const CandidateOptions& options) {
  std::vector<RbacRule> rules;
  const auto& own = options.lock.kinds;
  for (const kube::LockKind kind : own) add_lock_rules(rules, kind, options.election);
  if (!options.lock.is_explicit) {
    for (const kube::LockKind kind : kube::kLockKinds) {
      if (std::find(own.begin(), own.end(), kind) != own.end()) continue;
      rules.push_back({.group = std::string(kube::info(kind).group),
                       .resource = std::string(kube::info(kind).resource),
                       .verbs = {"get"},
                       .names = {options.election},
                       .why = "to check for a live election of this name on another kind of lock"});
    }
  }
  if (options.cluster.events) {
    rules.push_back({.group = "",
                     .resource = "events",
                     .verbs = {"create"},
                     .why = "not needed with --events=false"});
  }
  if (options.cluster.label) add_label_rules(rules, options);
  return rules;
}

std::vector<RbacRule> observer_rules(const ObserverOptions& options, bool watches) {
  std::vector<RbacRule> rules;
  for (const kube::LockKind kind : options.kinds) {
    const bool common = kind == kube::LockKind::kLease;
    // A list of elections omits the other kinds and names them, because `list` is the permission to
    // read every ConfigMap.
    if (!common && options.all_kinds() && options.election.empty()) continue;
    RbacRule rule{.group = std::string(kube::info(kind).group),
                  .resource = std::string(kube::info(kind).resource),
                  .verbs = {options.election.empty() ? "list" : "get"}};
    if (!common) rule.why = why_looked_at(kind, options);
    if (watches) {  // watch looks twice before it reports a record as run out
      if (options.election.empty()) rule.verbs.insert(rule.verbs.begin(), "get");
      rule.verbs.emplace_back("watch");
    }
    if (!options.election.empty()) rule.names = {options.election};
    rules.push_back(std::move(rule));
  }
  return rules;
}

std::vector<RbacRule> resign_rules(const ResignOptions& options) {
  std::vector<RbacRule> rules;
  std::vector<kube::LockKind> kinds = options.lock.kinds;
  if (!options.lock.is_explicit) {  // the first of these that is held
    kinds.assign(kube::kLockKinds.begin(), kube::kLockKinds.end());
  }
  rules.reserve(kinds.size());
  for (const kube::LockKind kind : kinds) {
    rules.push_back({.group = std::string(kube::info(kind).group),
                     .resource = std::string(kube::info(kind).resource),
                     .verbs = {"get", "update", "watch"},
                     .names = {options.election}});
  }
  return rules;
}

std::string rbac_yaml(const RbacSubject& subject, const std::vector<RbacRule>& rules) {
  const std::string rbac = "rbac.authorization.k8s.io/v1";
  std::string text;
  // Every namespace has that one: applying it warns, and deleting what was printed would take it
  // from its pods.
  const bool is_service_account = subject.account.kind == RbacAccount::Kind::kServiceAccount;
  if (is_service_account && subject.account.name != "default") {
    text = head("v1", "ServiceAccount", subject.account.name, subject.account.name_space) + "---\n";
  }
  const std::string scope = subject.name_space.empty() ? "Cluster" : "";
  text += head(rbac, scope + "Role", subject.role, subject.name_space) + "rules:\n";
  for (const RbacRule& rule : rules) {
    if (!rule.why.empty()) text += "# " + rule.why + "\n";
    text += "- apiGroups: " + list({rule.group}) + "\n  resources: " + list({rule.resource}) + "\n";
    if (!rule.names.empty()) text += "  resourceNames: " + list(rule.names) + "\n";
    text += "  verbs: " + list(rule.verbs) + "\n";
  }
  text += "---\n" + head(rbac, scope + "RoleBinding", subject.role, subject.name_space);
  text += "roleRef:\n  apiGroup: rbac.authorization.k8s.io\n  kind: " + scope +
          "Role\n  name: " + quote(subject.role) + "\n";
  const bool is_user = subject.account.kind == RbacAccount::Kind::kUser;
  text += std::string("subjects:\n- kind: ") +
          (is_service_account ? "ServiceAccount"
           : is_user          ? "User"
                              : "Group") +
          "\n  name: " + quote(subject.account.name);
  text += is_service_account ? "\n  namespace: " + quote(subject.account.name_space)
                             : "\n  apiGroup: rbac.authorization.k8s.io";
  return text + "\n";
}

std::string rbac_command(std::string_view command, const CandidateOptions& options,
                         const kube::Connection& connection, const std::string& user) {
  // The 2016 command line names no command.
  std::string words = options.legacy ? "" : std::string(command);
  words += (options.legacy ? "--election=" : " --election=") + options.election;
  if (options.lock.is_explicit) words += " --lock=" + options.lock.name;
  words += (options.legacy ? " --election-namespace=" : " --namespace=") + connection.namespace_;
  if (!options.cluster.events) words += " --events=false";
  if (options.cluster.label) {
    words += " --label-pod=" + options.cluster.label->key + "=" + options.cluster.label->value;
  }
  return printing_command(words, connection, user);
}

std::string rbac_command(std::string_view command, const ObserverOptions& options,
                         const kube::Connection& connection, const std::string& user) {
  std::string words(command);
  if (!options.election.empty()) words += " --election=" + options.election;
  if (!options.all_kinds()) {
    words += " --lock=" + std::string(kube::lock_value(options.kinds));
  }
  words += options.all_namespaces ? " --all-namespaces" : " --namespace=" + connection.namespace_;
  return printing_command(words, connection, user);
}

std::string rbac_command(std::string_view command, const ResignOptions& options,
                         const kube::Connection& connection, const std::string& user) {
  std::string words(command);
  words += " --election=" + options.election;
  if (options.lock.is_explicit) words += " --lock=" + options.lock.name;
  return printing_command(words + " --namespace=" + connection.namespace_, connection, user);
}

int print_rbac(std::string_view command, const ApiOptions& options, const std::string& election,
               const std::vector<RbacRule>& rules, bool everywhere) {
  std::string name_space = options.connection.namespace_;
  std::optional<kube::ServiceAccount> own;
  const auto connection = kube::resolve(options.connection, kube::Environment::of_process());
  if (connection) {
    name_space = connection->namespace_;
    own = kube::account_of(connection->credentials);
  } else if (connection.error().kind == Error::Kind::kUsage) {
    return complain(command, connection.error(), options);
  }
  if (name_space.empty()) name_space = "default";
  const RbacAccount account = choose_account(*options.print_rbac, name_space, own);
  const RbacSubject subject{.name_space = everywhere ? "" : name_space,
                            .role = role_name(command, election, account, name_space),
                            .account = account};
  return print(rbac_yaml(subject, rules)) ? 0 : 1;
}

int print_observer_rbac(std::string_view command, const ObserverOptions& options, bool watches) {
  return print_rbac(command, options, options.election, observer_rules(options, watches),
                    options.all_namespaces);
}

}  // namespace elector::cmd
