// SPDX-License-Identifier: Apache-2.0
// A stored API object: immutable, shared by the store, its history and every watch that has yet to
// send it.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <tuple>

#include "tests/apiserver/json.h"
#include "tests/apiserver/resource.h"

namespace elector::tests::apiserver {

struct Key {
  const Resource* resource = nullptr;
  std::string ns;
  std::string name;

  friend bool operator<(const Key& a, const Key& b) {
    return std::tie(a.resource->plural, a.ns, a.name) < std::tie(b.resource->plural, b.ns, b.name);
  }
  friend bool operator==(const Key& a, const Key& b) {
    return std::tie(a.resource->plural, a.ns, a.name) == std::tie(b.resource->plural, b.ns, b.name);
  }
};

struct Object {
  Key key;
  std::uint64_t version = 0;
  std::string uid;
  std::map<std::string, std::string> labels;
  std::string text;  // the whole object as compact JSON; kind and apiVersion come first
};
using ObjectPtr = std::shared_ptr<const Object>;

// The stored form of document at that version: sets metadata.resourceVersion and reads what
// selectors need.
ObjectPtr make_object(const Key& key, std::uint64_t version, Json document);

// The object's document, parsed again.
Json document_of(const Object& object);
// The text without kind and apiVersion, as the items of a list are.
std::string item_text(const Object& object);

}  // namespace elector::tests::apiserver
