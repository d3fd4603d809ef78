// SPDX-License-Identifier: Apache-2.0
#include "kube/config/pem_field.h"

#include <utility>

#include "kube/config/environment.h"
#include "kube/config/pem.h"

namespace elector::kube {

Error blame(const std::string& origin, std::string message) {
  const bool flag = origin.starts_with("--");
  message.insert(0, origin);
  return flag ? usage_error(std::move(message)) : config_error(std::move(message));
}

Expected<std::string> read_pem(const PemGiven& given, PemCheck check) {
  const std::string field = given.field;
  if (!given.data.empty()) {
    auto pem = base64_decode(given.data);
    if (!pem) return config_error(given.who + ": " + field + "-data is not base64");
    if (const auto problem = check(*pem))
      return config_error(given.who + ": " + field + "-data " + *problem);
    return std::move(*pem);
  }
  const std::string where = " (" + field + " of " + given.who + ")";
  auto pem = read_file(given.file, given.regular_file_only);
  if (!pem) return config_error(pem.error().message + where);
  if (const auto problem = check(*pem)) return config_error(given.file + ": " + *problem + where);
  return pem;
}

std::optional<std::string> both_given(const std::string& who, const std::string& field,
                                      const std::string& file, const std::string& data) {
  if (file.empty() || data.empty()) return std::nullopt;
  return who + ": both " + field + " and " + field + "-data are given; using " + field + "-data";
}

}  // namespace elector::kube
