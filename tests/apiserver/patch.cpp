// SPDX-License-Identifier: Apache-2.0
// The patches that the API takes.
#include "tests/apiserver/patch.h"

#include <rapidjson/pointer.h>

#include <utility>

namespace elector::tests::apiserver {
namespace {

Value* parent_array(Json& document, const rapidjson::Pointer& pointer, std::string* last) {
  if (pointer.GetTokenCount() == 0) return nullptr;
  const auto& token = pointer.GetTokens()[pointer.GetTokenCount() - 1];
  *last = std::string(token.name, token.length);
  const rapidjson::Pointer parent(pointer.GetTokens(), pointer.GetTokenCount() - 1);
  Value* found = parent.Get(document);
  return found != nullptr && found->IsArray() ? found : nullptr;
}

// RFC 6902, "add": into an array it inserts, at "-" it appends, elsewhere it sets; the parent must
// exist.
bool add(Json& document, const rapidjson::Pointer& pointer, const Value& value) {
  Value copy(value, document.GetAllocator());
  std::string last;
  if (Value* array = parent_array(document, pointer, &last)) {
    array->PushBack(copy, document.GetAllocator());
    if (last == "-") return true;
    const auto index = pointer.GetTokens()[pointer.GetTokenCount() - 1].index;
    if (index == rapidjson::kPointerInvalidIndex || index >= array->Size()) return false;
    for (rapidjson::SizeType i = array->Size() - 1; i > index; --i)
      (*array)[i].Swap((*array)[i - 1]);
    return true;
  }
  if (pointer.GetTokenCount() == 0) return false;
  const rapidjson::Pointer parent(pointer.GetTokens(), pointer.GetTokenCount() - 1);
  const Value* object = parent.Get(document);
  if (object == nullptr || !object->IsObject()) return false;
  pointer.Set(document, copy);
  return true;
}

std::string apply_one(Json& document, const Value& step) {
  const std::string op = text_at(step, {"op"});
  const std::string path = text_at(step, {"path"});
  const rapidjson::Pointer pointer(path.c_str(), path.size());
  if (!pointer.IsValid()) return "bad path " + path;
  const Value* value = find(step, {"value"});
  Value* here = pointer.Get(document);
  if (op == "add") {
    if (value == nullptr || !add(document, pointer, *value)) return "cannot add at " + path;
    return {};
  }
  if (op == "replace" || op == "test") {
    if (here == nullptr || value == nullptr) return "nothing at " + path;
    if (op == "test") return *here == *value ? "" : "test failed at " + path;
    here->CopyFrom(*value, document.GetAllocator());
    return {};
  }
  if (op == "remove") {
    if (here == nullptr || !pointer.Erase(document)) return "nothing at " + path;
    return {};
  }
  if (op == "move" || op == "copy") {
    const std::string from = text_at(step, {"from"});
    const rapidjson::Pointer source(from.c_str(), from.size());
    const Value* found = source.IsValid() ? source.Get(document) : nullptr;
    if (found == nullptr) return "nothing at " + from;
    const Json copy = copy_of(*found);
    if (op == "move") source.Erase(document);
    return add(document, pointer, copy) ? "" : "cannot add at " + path;
  }
  return "unknown operation " + quoted(op);
}

}  // namespace

void merge_patch(Json& owner, Value& target, const Value& patch, bool strategic) {
  if (!patch.IsObject()) {
    target.CopyFrom(patch, owner.GetAllocator());
    return;
  }
  if (!target.IsObject() || (strategic && text_at(patch, {"$patch"}) == "replace")) {
    target.SetObject();
  }
  for (const auto& member : patch.GetObject()) {
    const std::string name = member.name.GetString();
    if (strategic && name.starts_with("$")) continue;
    if (member.value.IsNull() ||
        (strategic && member.value.IsObject() && text_at(member.value, {"$patch"}) == "delete")) {
      remove_member(target, name);
      continue;
    }
    Value* inner = find(target, {name});
    if (inner == nullptr) {
      set_value(owner, target, name, Value());
      inner = find(target, {name});
    }
    merge_patch(owner, *inner, member.value, strategic);
  }
}

std::string json_patch(Json& document, const Value& patch) {
  if (!patch.IsArray()) return "a JSON patch is an array";
  for (const auto& step : patch.GetArray()) {
    if (std::string why = apply_one(document, step); !why.empty()) return why;
  }
  return {};
}

}  // namespace elector::tests::apiserver
