// The permissions that a command line needs, as the objects that grant them (kubernetes.io: "Using
// RBAC Authorization"), and the command that prints them.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cmd/cli/options.h"
#include "kube/config/connection.h"
#include "kube/config/service_account.h"

namespace elector::cmd {

// One rule of a Role. A verb that the API cannot limit to names has a separate rule without names.
struct RbacRule {
  std::string group;
  std::string resource;
  std::vector<std::string> verbs;
  std::vector<std::string> names{};  // of the objects; empty: all in the namespace
  std::string why{};                 // a comment

  bool operator==(const RbacRule&) const = default;
};

// Returns exactly what `run` and `exec` need: for the lock; for reading the other lock kinds,
// unless one was chosen; for events; for the pod's label.
std::vector<RbacRule> candidate_rules(const CandidateOptions& options);

// Returns what `status` and `watch` need to read: one election on every lock kind, or the list of
// all, which has only Leases unless kinds were chosen.
std::vector<RbacRule> observer_rules(const ObserverOptions& options, bool watches);
// Returns what `resign` needs.
std::vector<RbacRule> resign_rules(const ResignOptions& options);

struct RbacSubject {
  std::string name_space;  // of the Role; "": a ClusterRole
  std::string role;        // the name of the Role and of its binding
  kube::ServiceAccount account;
};

// Returns ServiceAccount, Role and RoleBinding as YAML, for `kubectl apply -f -`.
std::string rbac_yaml(const RbacSubject& subject, const std::vector<RbacRule>& rules);

// Returns the command line that prints the YAML for these options and pipes it to kubectl, for the
// log: `elector run --election=x … --print-rbac | kubectl apply -f -`. It names this process's
// account, if it runs under one.
std::string rbac_command(std::string_view command, const CandidateOptions& options,
                         const kube::Connection& connection);
std::string rbac_command(std::string_view command, const ObserverOptions& options,
                         const kube::Connection& connection);
std::string rbac_command(std::string_view command, const ResignOptions& options,
                         const kube::Connection& connection);

// After a 403: prints on standard error the command that grants the permissions.
void say_remedy(std::string_view command, const std::string& rbac_command);

// Carries out --print-rbac. Returns the exit code: 0, 1 if the output cannot be written, or
// complain()'s. election: "" for all; everywhere: for all namespaces. Command, election and account
// are in the Role's name, so that no Role replaces another's permissions. Without an account in
// `print_rbac` it is the one that this process runs under, otherwise "elector". Needs no API
// server; without any configuration the namespace is "default".
int print_rbac(std::string_view command, const ApiOptions& options, const std::string& election,
               const std::vector<RbacRule>& rules, bool everywhere = false);
// The same for the commands that observe.
int print_observer_rbac(std::string_view command, const ObserverOptions& options, bool watches);

}  // namespace elector::cmd
