// SPDX-License-Identifier: Apache-2.0
// What the sources of resolve() share; not for other code.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/error.h"

namespace elector::kube {

// Makes an error about `origin`. If flags alone are at fault, `origin` begins with "--" and the
// error is a usage error.
Error blame(const std::string& origin, std::string message);

using PemCheck = std::optional<std::string> (*)(std::string_view pem);

// One PEM, inline (base64) or from a file, to be checked. `who` and `field` are for messages:
// `FILE: user "x"`, "client-key".
struct PemGiven {
  const std::string& who;
  const char* field;
  const std::string& file;
  const std::string& data;
  bool regular_file_only;
};
Expected<std::string> read_pem(const PemGiven& given, PemCheck check);

// Returns the warning for a field that is given both ways; the data counts.
std::optional<std::string> both_given(const std::string& who, const std::string& field,
                                      const std::string& file, const std::string& data);

}  // namespace elector::kube
