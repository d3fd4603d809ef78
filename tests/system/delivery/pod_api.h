// SPDX-License-Identifier: Apache-2.0
// The API server as pods know it: an address, an authority, and a token for each service account,
// in a separate namespace. The real one of $ELECTOR_TEST_KUBECONFIG, otherwise the test server.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "tests/support/cluster.h"
#include "tests/support/json.h"
#include "tests/support/temp_dir.h"

namespace elector::tests {

// Where objects of a kind are, in the namespace: `/apis/apps/v1/namespaces/NS/deployments`.
std::string collection_path(const JsonValue& object, const std::string& name_space);

class PodApi {
 public:
  // Makes the namespace, and removes it with what was created in it.
  PodApi();
  ~PodApi();
  PodApi(const PodApi&) = delete;
  PodApi& operator=(const PodApi&) = delete;

  // False, and counted as skipped, if the server has no way to get a token for a service account:
  // nothing that runs as a pod can be tried on it.
  bool gives_tokens() const;

  const Api& api() const { return cluster_.api(); }
  bool is_real() const { return cluster_.is_real(); }
  const std::string& name_space() const { return name_space_; }
  const std::string& authority() const { return authority_; }
  // The variables that the kubelet sets for every container.
  std::map<std::string, std::string> environment() const;

  // Applies the service accounts, Roles and RoleBindings among a manifest's objects. The test
  // server has no such kinds: it gets the resulting permissions. Throws std::runtime_error if the
  // API refuses.
  void grant(const std::vector<Json>& objects);
  // A token of that service account, which grant() has seen.
  std::string token_of(const std::string& account) const;

  // The token of a new service account that may do what a candidate does. At most once.
  std::string candidate_token();

  // Creates an object, which is deleted at the end. Throws std::runtime_error if the API refuses.
  void create(const JsonValue& object);
  ObjectName lease(const std::string& name) const {
    return {.resource = "leases", .name = name, .name_space = name_space_};
  }

 private:
  void find_server();
  void tell_test_server(const std::vector<Json>& objects) const;

  Cluster& cluster_;
  std::string name_space_;
  std::string host_ = "127.0.0.1";
  std::string port_;
  std::string authority_;
  std::vector<std::string> created_;  // paths
};

// The flags that point an elector outside the cluster to the server, by a folder that
// write_account() wrote.
std::map<std::string, std::optional<std::string>> outside_variables(const PodApi& api,
                                                                    const TempDir& account);

}  // namespace elector::tests
