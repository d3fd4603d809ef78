// SPDX-License-Identifier: Apache-2.0
// Shorter forms of objects for clients that ask for them: kubectl's Tables and
// PartialObjectMetadata.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tests/apiserver/object.h"

namespace elector::tests::apiserver {

// What an Accept header asks for.
struct Shape {
  enum class Kind { kPlain, kTable, kPartial };
  Kind kind = Kind::kPlain;
  std::string version = "v1";  // of meta.k8s.io
  // For a Table: what each row carries of its object: Metadata, Object or None.
  std::string include_object = "Metadata";
};

// Reads an Accept header ("" accepts all) and the query's includeObject; nothing if it accepts
// nothing that the server can write, which is JSON.
std::optional<Shape> shape_of(std::string_view accept, std::string_view include_object);

// One object in the given shape; columns is true if a Table describes its columns (in a watch only
// the first does).
std::string shaped(const Object& object, const Shape& shape, bool columns);

// A list at a version; token and remaining are for a list with more to come ("" for none).
struct ListInfo {
  std::uint64_t version = 0;
  std::string token;
  std::size_t remaining = 0;
};
std::string shaped_list(const Resource& resource, const std::vector<ObjectPtr>& objects,
                        const Shape& shape, const ListInfo& info);

// A duration as kubectl prints ages: 5s, 4m19s, 3h, 2d4h, …
std::string age_text(std::int64_t seconds);

}  // namespace elector::tests::apiserver
