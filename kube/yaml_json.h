// A piece of YAML as JSON, for handing it on to programs that want JSON.
#pragma once

#include <yaml-cpp/node/node.h>

#include <optional>
#include <string>

namespace elector::kube {

// JSON text of the node: plain scalars become numbers, booleans and null as in YAML 1.1 (go-yaml's
// table), quoted ones strings. No value when it is nested deeper than 64, larger than 256 KiB, or
// has a key that is no scalar.
std::optional<std::string> yaml_to_json(const YAML::Node& node);

// What a plain scalar of YAML 1.1 means, as far as kubeconfigs need it.
bool is_yaml_null(const YAML::Node& node);
std::optional<bool> yaml_boolean(const YAML::Node& node);

}  // namespace elector::kube
