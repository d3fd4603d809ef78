// SPDX-License-Identifier: Apache-2.0
// Finds a key that occurs twice in one mapping of a YAML or JSON document. YAML 1.2 and RFC 8259
// forbid that; yaml-cpp takes the first and kubectl the last, so that one file would mean two
// clusters or two users.
#pragma once

#include <yaml-cpp/node/node.h>

#include <optional>
#include <string>

namespace elector::kube {

struct RepeatedKey {
  std::string key;
  int line = 0;  // from 1, of the second occurrence
  int first_line = 0;
};

// Returns the first such key, at any depth; keys are compared as text, however they are quoted.
// Time and memory are linear in the text, whatever its aliases expand to.
std::optional<RepeatedKey> find_repeated_key(const YAML::Node& document);

}  // namespace elector::kube
