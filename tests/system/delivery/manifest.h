// SPDX-License-Identifier: Apache-2.0
// Manifests: YAML as kubectl reads it, made into the API's JSON.
#pragma once

#include <string>
#include <vector>

#include "tests/support/json.h"

namespace elector::tests {

// Each document of the text. A plain scalar is a number, a boolean or null according to YAML 1.2's
// core schema. Throws std::runtime_error with the place if it is not YAML.
std::vector<Json> parse_manifest(const std::string& yaml);

// A file of the project, by its path from the root: "deploy/sidecar.yaml".
std::string project_file(const std::string& path);

// The first object of that kind; throws std::runtime_error if there is no such object.
const Json& object_of(const std::vector<Json>& objects, const std::string& kind);

// The value at a pointer (RFC 6901), a null if nothing is there.
const JsonValue& at(const JsonValue& value, const std::string& pointer);

// The items of an array at a pointer; none if nothing is there.
std::vector<const JsonValue*> items_at(const JsonValue& value, const std::string& pointer);

// The PodSpec of the Deployment or the Pod among the objects; throws std::runtime_error without
// one.
const JsonValue& pod_spec(const std::vector<Json>& objects);

// Its init containers, and then the others.
std::vector<const JsonValue*> containers_of(const JsonValue& spec);

}  // namespace elector::tests
