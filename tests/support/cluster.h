// SPDX-License-Identifier: Apache-2.0
// The Kubernetes API of the end-to-end tests: the real one of $ELECTOR_TEST_KUBECONFIG, otherwise
// the project's test server. Tests that need misbehaviour on command always start a separate
// ApiServer.
#pragma once

#include <memory>
#include <string>

#include "tests/support/api.h"
#include "tests/support/api_server.h"
#include "tests/support/process.h"

namespace elector::tests {

class Cluster {
 public:
  // One for the whole test program, started at the first use.
  static Cluster& get();
  // For a program other than the tests: the server of a kubeconfig, "" for a test server.
  explicit Cluster(const std::string& kubeconfig);

  bool is_real() const { return server_ == nullptr; }
  const std::string& kubeconfig() const { return kubeconfig_; }
  const Api& api() const { return server_ ? server_->api() : *real_api_; }
  // Returns null on a real cluster.
  ApiServer* server() const { return server_.get(); }
  // Whether the kubeconfig has the context; a real cluster may lack those of the test server.
  bool has_context(const std::string& name) const;

 private:
  std::string kubeconfig_;
  std::unique_ptr<ApiServer> server_;
  std::unique_ptr<Process> proxy_;  // kubectl proxy, which supports every way to log in
  std::unique_ptr<Api> real_api_;
};

// Whether the command can be found and run.
bool have_command(const std::string& name);

// A unique name for an election; its lock objects of all kinds are deleted at the end.
class ElectionName {
 public:
  // api must outlive this. word: the subject of the test, a DNS label.
  ElectionName(const Api& api, const std::string& word);
  ~ElectionName();
  ElectionName(const ElectionName&) = delete;
  ElectionName& operator=(const ElectionName&) = delete;

  const std::string& text() const { return name_; }
  ObjectName lease() const { return {.resource = "leases", .name = name_}; }
  ObjectName endpoints() const { return {.resource = "endpoints", .name = name_}; }
  ObjectName configmap() const { return {.resource = "configmaps", .name = name_}; }

 private:
  const Api& api_;
  std::string name_;
};

}  // namespace elector::tests
