// SPDX-License-Identifier: Apache-2.0
// What the API takes for an object of its kinds: reading a body, the checks on it, and the form it
// is stored in.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "tests/apiserver/json.h"
#include "tests/apiserver/resource.h"
#include "tests/apiserver/status.h"

namespace elector::tests::apiserver {

// Reads a request's body as an object of that kind: JSON, an object, of the right kind and version,
// its known fields of the right types. The Status is the real server's 400.
std::variant<Json, Status> read_object(const Resource& resource, std::string_view body);

// The types of the fields that the API's decoder minds; nothing when they are right. Lease times
// must have exactly six digits of a second: the real decoder refuses all others.
std::optional<Status> check_types(const Resource& resource, const Json& document);

// The API's validation; returns nothing if the object is valid, otherwise the 422.
std::optional<Status> check_object(const Resource& resource, const Json& document);

// Drops what the real server would not store: nulls, empty maps and lists that it omits,
// managedFields; times of a Lease are turned to UTC. Two objects that differ in such things alone
// are the same object.
void normalise(const Resource& resource, Json& document);

}  // namespace elector::tests::apiserver
