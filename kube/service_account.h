// The service account that a pod's token speaks for.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "kube/connection.h"

namespace elector::kube {

struct ServiceAccount {
  std::string name_space;
  std::string name;

  bool operator==(const ServiceAccount&) const = default;
};

// From a token's subject, "system:serviceaccount:NAMESPACE:NAME" (RFC 7519, and kubernetes.io:
// "Service account tokens"). Nothing for any other token. The signature is the API server's to
// check.
std::optional<ServiceAccount> account_of_token(std::string_view token);

// The same of what the connection logs in with; reads the token's file. Nothing if that is no
// service account's token, or cannot be read.
std::optional<ServiceAccount> account_of(const CredentialSource& credentials);

}  // namespace elector::kube
