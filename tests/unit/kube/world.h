// SPDX-License-Identifier: Apache-2.0
// What resolve() finds itself in: a machine or a pod that a test makes up.
#pragma once

#include <doctest/doctest.h>

#include <map>
#include <optional>
#include <string>

#include "core/error.h"
#include "kube/config/connection.h"
#include "kube/config/environment.h"
#include "kube/config/resolve.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/kube/test_certificate.h"

namespace elector::tests {

// A machine: a home directory, environment variables, perhaps a pod's service account.
struct World {
  TempDir dir;
  std::map<std::string, std::string> variables;
  kube::Overrides flags;

  World() { variables["HOME"] = dir.path("home"); }

  kube::Environment environment() const {
    kube::Environment environment;
    environment.variable = [this](const std::string& name) -> std::optional<std::string> {
      const auto found = variables.find(name);
      if (found == variables.end()) return std::nullopt;
      return found->second;
    };
    environment.service_account_dir = dir.path("sa");
    return environment;
  }

  void be_a_pod(const std::string& namespace_ = "pod-ns") {
    variables["KUBERNETES_SERVICE_HOST"] = "10.0.0.1";
    variables["KUBERNETES_SERVICE_PORT"] = "443";
    dir.write("sa/token", "sa-token\n");
    dir.write("sa/ca.crt", make_certificate("ca").certificate);
    if (!namespace_.empty()) dir.write("sa/namespace", namespace_ + "\n");
  }

  std::string home_config(const std::string& text) const {
    return dir.write("home/.kube/config", text);
  }

  kube::Connection connect() const {
    auto connection = kube::resolve(flags, environment());
    const std::string error = connection ? "" : connection.error().message;
    REQUIRE_MESSAGE(connection, error);
    return *connection;
  }

  Error failure() const {
    auto connection = kube::resolve(flags, environment());
    REQUIRE_FALSE(connection);
    CHECK(connection.error().message.find('\n') == std::string::npos);
    return connection.error();
  }
};

}  // namespace elector::tests
