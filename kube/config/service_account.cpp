// SPDX-License-Identifier: Apache-2.0
#include "kube/config/service_account.h"

#include <algorithm>

#include "kube/base/json_text.h"
#include "kube/config/environment.h"
#include "kube/config/pem.h"

namespace elector::kube {
namespace {

// RFC 4648 base64url, as tokens use it: two other characters, and no padding.
std::optional<std::string> base64url_decode(std::string text) {
  std::replace(text.begin(), text.end(), '-', '+');
  std::replace(text.begin(), text.end(), '_', '/');
  text.append((4 - text.size() % 4) % 4, '=');
  return base64_decode(text);
}

}  // namespace

std::optional<ServiceAccount> service_account(std::string_view user) {
  constexpr std::string_view kPrefix = "system:serviceaccount:";
  if (!user.starts_with(kPrefix)) return std::nullopt;
  const std::string account(user.substr(kPrefix.size()));
  const std::size_t colon = account.find(':');
  if (colon == std::string::npos) return std::nullopt;
  ServiceAccount found{account.substr(0, colon), account.substr(colon + 1)};
  const bool whole =
      !found.name_space.empty() && !found.name.empty() && found.name.find(':') == std::string::npos;
  if (!whole) return std::nullopt;
  return found;
}

std::optional<ServiceAccount> account_of_token(std::string_view token) {
  const std::size_t first = token.find('.');
  if (first == std::string_view::npos) return std::nullopt;
  const std::size_t second = token.find('.', first + 1);
  if (second == std::string_view::npos) return std::nullopt;
  const auto claims = base64url_decode(std::string(token.substr(first + 1, second - first - 1)));
  if (!claims || json::check(*claims)) return std::nullopt;
  return service_account(json::string_at(*claims, {"sub"}));
}

std::optional<ServiceAccount> account_of(const CredentialSource& credentials) {
  if (!credentials.token_file.empty()) {
    const auto token = read_file(credentials.token_file, true);
    if (token) return account_of_token(*token);
  }
  return account_of_token(credentials.token);
}

}  // namespace elector::kube
