// SPDX-License-Identifier: Apache-2.0
// A stored API object.
#include "tests/apiserver/object.h"

#include <cstddef>
#include <utility>

namespace elector::tests::apiserver {
namespace {

std::string head_of(const Resource& resource) {
  return "{\"kind\":" + quoted(resource.kind) + ",\"apiVersion\":" + quoted(api_version(resource));
}

}  // namespace

ObjectPtr make_object(const Key& key, std::uint64_t version, Json document) {
  auto object = std::make_shared<Object>();
  object->key = key;
  object->version = version;
  Value& metadata = object_at(document, document, "metadata");
  if (version != 0) set_text(document, metadata, "resourceVersion", std::to_string(version));
  object->uid = text_at(metadata, {"uid"});
  if (const Value* labels = find(metadata, {"labels"}); labels != nullptr && labels->IsObject()) {
    for (const auto& label : labels->GetObject()) {
      if (label.value.IsString()) object->labels[label.name.GetString()] = label.value.GetString();
    }
  }
  remove_member(document, "kind");
  remove_member(document, "apiVersion");
  object->text = head_of(*key.resource) + "," + escaped_as_go(to_text(document)).substr(1);
  return object;
}

Json document_of(const Object& object) {
  return std::move(*parse_json(object.text));
}

std::string item_text(const Object& object) {
  const std::size_t head = head_of(*object.key.resource).size() + 1;
  return "{" + object.text.substr(head);
}

}  // namespace elector::tests::apiserver
