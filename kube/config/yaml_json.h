// SPDX-License-Identifier: Apache-2.0
// Converts a piece of YAML to JSON, for programs that require JSON.
#pragma once

#include <yaml-cpp/node/node.h>

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace elector::kube {

// Whether a mapping's key is YAML 1.1's merge key (yaml.org/type/merge.html): `<<`, not quoted.
bool is_yaml_merge(const YAML::Node& key);

// Returns the mappings that a mapping consists of: itself, then those that it merges. The first
// that has a key gives its value. Returns nothing if anything but a mapping, or a list of them, is
// merged, or if more than kMaxYamlLayers are involved, as when an anchor is merged into itself.
std::optional<std::vector<YAML::Node>> yaml_layers(const YAML::Node& map);
inline constexpr std::size_t kMaxYamlLayers = 100;

// Returns the node as JSON text: plain scalars become numbers, booleans and null as in YAML 1.1
// (go-yaml's table), quoted ones strings. Returns nothing if it is nested deeper than 64, larger
// than 256 KiB, has a key that is not a scalar, or merges what cannot be merged.
std::optional<std::string> yaml_to_json(const YAML::Node& node);

// The meaning of a plain scalar of YAML 1.1, as far as kubeconfigs need it.
bool is_yaml_null(const YAML::Node& node);
std::optional<bool> yaml_boolean(const YAML::Node& node);
// Whether kubectl reads it as a number: go-yaml's resolve() takes 0x1f, 0b1, 0o17, 1_000, 08 and
// .inf for numbers, and 123e4567, which does not fit into a float64, for a string.
bool is_yaml_number(const YAML::Node& node);

}  // namespace elector::kube
