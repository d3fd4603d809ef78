// SPDX-License-Identifier: Apache-2.0
#include "cmd/cli/shared_flags.h"

#include <chrono>

#include "cmd/cli/name_checks.h"
#include "cmd/output/duration.h"
#include "cmd/output/text.h"
#include "kube/config/url.h"

namespace elector::cmd {
namespace {

using std::chrono::milliseconds;

Expected<LockChoice> parse_lock(const std::string& text) {
  const auto index = index_of(text, {kube::kLockValues.begin(), kube::kLockValues.end()});
  if (!index) return index.error();
  return LockChoice{.name = text, .kinds = *kube::parse_lock(text), .is_explicit = true};
}

// Rounded up: a very short timeout must not become 0, which means no limit.
Expected<milliseconds> parse_timeout(const std::string& text) {
  const auto limit = parse_limit(text);
  if (!limit) return limit.error();
  return std::chrono::ceil<milliseconds>(*limit);
}

// user:NAME, group:NAME, or [NAMESPACE:]NAME for a ServiceAccount. Names of users and groups are
// free text; RBAC does not restrict them.
Expected<PrintRbac> parse_account(const std::string& text) {
  if (text.starts_with("user:") || text.starts_with("group:")) {
    const auto problem = identity_problem(std::string_view(text).substr(text.find(':') + 1));
    if (problem) return usage_error(*problem);
    return PrintRbac{.account = text};
  }
  const std::size_t colon = text.find(':');
  const std::string name = colon == std::string::npos ? text : text.substr(colon + 1);
  std::optional<std::string> problem;
  if (colon != std::string::npos) problem = namespace_problem(text.substr(0, colon));
  if (!problem && !text.empty()) problem = object_name_problem(name);
  if (problem) return usage_error(*problem);
  return PrintRbac{.account = text};
}

void add_rest(Flags& flags, ApiOptions& into, const char* namespace_names,
              std::string& namespace_into, ValueCheck namespace_check) {
  kube::Overrides& o = into.connection;
  flags.group("Cluster");
  flags.value("--print-rbac", "ACCOUNT",
              "print the permissions that these flags require, for 'kubectl apply -f -', and exit",
              store(into.print_rbac, parse_account), Flag::Kind::kOptional);

  flags.group("Connection", true);
  flags
      .text(namespace_names, "NAME", "the namespace (default: the context's)", namespace_into,
            namespace_check)
      .common()
      .offers(Offer::kNamespaces);
  flags.text("--kubeconfig", "FILE", "kubeconfig file to use", o.kubeconfig)
      .common()
      .offers(Offer::kFiles);
  flags.text("--context", "NAME", "kubeconfig context to use", o.context)
      .common()
      .offers(Offer::kContexts);
  flags.text("--cluster", "NAME", "kubeconfig cluster to use", o.cluster).offers(Offer::kClusters);
  flags.text("--user", "NAME", "kubeconfig user to use", o.user).offers(Offer::kUsers);
  flags.text("-s,--server", "URL", "URL of the API server", o.server);
  flags
      .text("--token", "TOKEN", "bearer token; ELECTOR_TOKEN keeps it out of the process list",
            o.token)
      .secret();
  flags
      .text("--certificate-authority", "FILE", "certificate authorities to verify the server with",
            o.certificate_authority)
      .offers(Offer::kFiles);
  flags
      .text("--client-certificate", "FILE", "client certificate to authenticate with",
            o.client_certificate)
      .offers(Offer::kFiles);
  flags.text("--client-key", "FILE", "private key of the client certificate", o.client_key)
      .offers(Offer::kFiles);
  flags.text("--tls-server-name", "NAME", "name to expect in the server's certificate",
             o.tls_server_name);
  flags.toggle("--insecure-skip-tls-verify", "do not check the server's certificate",
               o.insecure_skip_tls_verify);
  flags.text("--as", "NAME", "user to impersonate", o.as);
  flags.list("--as-group", "NAME",
             "group to impersonate; may be repeated (in ELECTOR_AS_GROUP: separated by commas)",
             o.as_groups);
  flags.text("--as-uid", "UID", "user ID to impersonate", o.as_uid);
  flags.duration("--request-timeout",
                 "time limit of one API request; for run and exec, it can only shorten the limit "
                 "that --ttl sets",
                 o.request_timeout, parse_timeout);
  flags.toggle("--use-cluster-credentials", "use the pod's service account, not a kubeconfig",
               o.use_cluster_credentials);

  flags.group("Other");
  flags
      .value("--log-format", "FORMAT",
             "format of the log on standard error: text (default) or json",
             choose<LogFormat>(into.log.format,
                               {{"text", LogFormat::kText}, {"json", LogFormat::kJson}}))
      .values("text json");
  flags.count("-v,--verbose,--v", "log more; may be repeated, or given as -v=N", into.log.verbosity)
      .common();
  flags.add_help();
}

}  // namespace

Flag& add_election(Flags& flags, const char* help, std::string& into) {
  return flags.text("--election", "NAME", help, into, object_name_problem)
      .common()
      .offers(Offer::kElections);
}

void add_lock(Flags& flags, const char* help, LockChoice& into) {
  flags.value("--lock", "KIND", help, store(into, parse_lock)).common().values(kLockWords);
}

LockChoice default_lock(const char* name) {
  LockChoice lock = *parse_lock(name);
  lock.is_explicit = false;
  return lock;
}

void add_api(Flags& flags, ApiOptions& into) {
  add_rest(flags, into, "-n,--namespace,--election-namespace", into.connection.namespace_,
           namespace_or_empty_problem);
}

void add_api_2016(Flags& flags, ApiOptions& into, std::string& other_namespace) {
  add_rest(flags, into, "-n,--namespace", other_namespace, nullptr);
}

Failure require_election(const Flags& flags) {
  if (flags["election"].is_given()) return std::nullopt;
  return usage_error(
      "--election: missing; give the election's name as an argument or with --election=NAME");
}

Error of_which_election(const Flag& flag) {
  return flag.wrong("requires an election; give its name as an argument or with --election=NAME");
}

void finish_rbac(const Flags& flags, ApiOptions& options) {
  if (flags["print-rbac"].is_given() && !options.print_rbac) options.print_rbac.emplace();
}

ValueReader unless_empty(ValueReader read) {
  return [read = std::move(read)](const std::string& text) -> Failure {
    return text.empty() ? std::nullopt : read(text);
  };
}

std::optional<std::string> namespace_or_empty_problem(std::string_view text) {
  return text.empty() ? std::nullopt : namespace_problem(text);
}

std::optional<std::string> emptiness_problem(std::string_view text) {
  if (!text.empty()) return std::nullopt;
  return "must not be empty";
}

std::optional<std::string> probed_url_problem(std::string_view text) {
  const auto url = kube::parse_url(text.substr(0, text.find('?')));
  const std::string shown = quoted(kube::without_password(std::string(text)));
  if (!url) return shown + " " + url.error().message;
  if (url->scheme == "http" || url->scheme == "https") return std::nullopt;
  return shown + " does not begin with http:// or https://";
}

Expected<int> parse_int(const std::string& text, int least, int most, const char* what) {
  if (const auto number = parse_number(text, least, most)) return *number;
  return usage_error(quoted(text) + " is not " + what);
}

}  // namespace elector::cmd
