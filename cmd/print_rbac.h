// SPDX-License-Identifier: Apache-2.0
// The permissions that a command line needs, as the objects that grant them (kubernetes.io: "Using
// RBAC Authorization"), and the command that prints them.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cmd/cli/options.h"
#include "cmd/output/nonblocking_write.h"
#include "cmd/output/text.h"
#include "kube/config/connection.h"
#include "kube/session.h"

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

// Whom a Role is bound to. With kServiceAccount, in a namespace.
struct RbacAccount {
  enum class Kind { kServiceAccount, kUser, kGroup };
  Kind kind = Kind::kServiceAccount;
  std::string name_space{};
  std::string name{};
};

struct RbacSubject {
  std::string name_space;  // of the Role; "": a ClusterRole
  std::string role;        // the name of the Role and of its binding
  RbacAccount account{};
};

// Returns Role and RoleBinding as YAML, for `kubectl apply -f -`; with a ServiceAccount, it too.
std::string rbac_yaml(const RbacSubject& subject, const std::vector<RbacRule>& rules);

// Returns the command line that prints the YAML for these options and pipes it to kubectl:
// `elector run --election=x … --print-rbac=user:jane | kubectl apply -f -`. user: as the API server
// knows this process; if "", its service account is named, if it runs under one.
std::string rbac_command(std::string_view command, const CandidateOptions& options,
                         const kube::Connection& connection, const std::string& user = "");
std::string rbac_command(std::string_view command, const ObserverOptions& options,
                         const kube::Connection& connection, const std::string& user = "");
std::string rbac_command(std::string_view command, const ResignOptions& options,
                         const kube::Connection& connection, const std::string& user = "");

// After a 403: returns who can grant the permissions, and by which command. To an anonymous client
// no permission should be granted: it lacks credentials.
template <typename Options>
std::string remedy(std::string_view command, const Options& options, kube::Session& session) {
  const std::string& user = session.client().refused_user();
  return user == "system:anonymous"
             ? "the API server received no credentials that it knows; give a kubeconfig, --token, "
               "or a service account"
             : "an administrator can grant all permissions that it uses: " +
                   rbac_command(command, options, session.connection(), user);
}

// Prints that on standard error.
template <typename Options>
void say_remedy(std::string_view command, const Options& options, kube::Session& session) {
  say("elector " + std::string(command) + ": " + escaped(remedy(command, options, session)) + "\n");
}

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
