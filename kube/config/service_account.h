// SPDX-License-Identifier: Apache-2.0
// The service account that a pod's token belongs to.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "kube/config/connection.h"

namespace elector::kube {

struct ServiceAccount {
  std::string name_space;
  std::string name;

  bool operator==(const ServiceAccount&) const = default;
};

// Returns the service account from a user's name, "system:serviceaccount:NAMESPACE:NAME". Nothing
// for any other user.
std::optional<ServiceAccount> service_account(std::string_view user);

// The same for a token's subject (RFC
// 7519, and kubernetes.io: "Service account tokens"). Does not check the signature, which is
// the API server's task.
std::optional<ServiceAccount> account_of_token(std::string_view token);

// The same for the connection's credentials; reads the token's file. Returns nothing if that is not
// a service account's token, or cannot be read.
std::optional<ServiceAccount> account_of(const CredentialSource& credentials);

}  // namespace elector::kube
