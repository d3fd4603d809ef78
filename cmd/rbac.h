// The rights that a command line takes, as the objects that give them (kubernetes.io: "Using RBAC
// Authorization"), and the command that prints them.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cmd/options.h"
#include "kube/connection.h"
#include "kube/service_account.h"

namespace elector::cmd {

// One rule of a Role. A verb that the API cannot limit to names is in a rule without them.
struct RbacRule {
  std::string group;
  std::string resource;
  std::vector<std::string> verbs;
  std::vector<std::string> names{};  // of the objects; empty: all of the namespace
  std::string why{};                 // a comment

  bool operator==(const RbacRule&) const = default;
};

// What `run` and `exec` need, no more: for the lock; for looking at the other kinds of lock, unless
// one was chosen; for events; for the pod's label.
std::vector<RbacRule> candidate_rules(const CandidateOptions& options);

// What `status` and `watch` need to read: one election on every kind of lock, or the list of all.
// That list is of Leases alone unless kinds were chosen.
std::vector<RbacRule> observer_rules(const ObserverOptions& options, bool watches);
// What `resign` needs.
std::vector<RbacRule> resign_rules(const ResignOptions& options);

struct RbacSubject {
  std::string name_space;  // of the Role; "": a ClusterRole
  std::string role;        // its name and its binding's
  kube::ServiceAccount account;
};

// ServiceAccount, Role and RoleBinding as YAML, for `kubectl apply -f -`.
std::string rbac_yaml(const RbacSubject& subject, const std::vector<RbacRule>& rules);

// The command line that prints the YAML for these options, with kubectl behind it, for the log:
// `elector run --election=x … --print-rbac | kubectl apply -f -`. It names this process's
// account, if it runs under one.
std::string rbac_command(std::string_view command, const CandidateOptions& options,
                         const kube::Connection& connection);
std::string rbac_command(std::string_view command, const ObserverOptions& options,
                         const kube::Connection& connection);
std::string rbac_command(std::string_view command, const ResignOptions& options,
                         const kube::Connection& connection);

// After a 403, for standard error: what gives the command its rights.
void say_remedy(std::string_view command, const std::string& rbac_command);

// Carries out --print-rbac: the exit code, 0, or what complain() says. election: "" for all of
// them; everywhere: the rights are for all namespaces. Command, election and account name the Role,
// so that one of them takes no right from another. Without an account in `print` it is the one that
// this process runs under, else "elector". Needs no API server; without any configuration the
// namespace is "default".
int print_rbac(std::string_view command, const ApiOptions& options, const std::string& election,
               const std::vector<RbacRule>& rules, bool everywhere = false);
// The same for commands that observe.
int print_observer_rbac(std::string_view command, const ObserverOptions& options, bool watches);

}  // namespace elector::cmd
