// SPDX-License-Identifier: Apache-2.0
// Small helpers over RapidJSON.
#include "tests/apiserver/json.h"

#include <rapidjson/error/en.h>
#include <rapidjson/prettywriter.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <utility>

namespace elector::tests::apiserver {
namespace {

rapidjson::SizeType size_of(std::string_view text) {
  return static_cast<rapidjson::SizeType>(text.size());
}

Value::ConstMemberIterator member(const Value& object, std::string_view name) {
  return object.FindMember(Value(rapidjson::StringRef(name.data(), name.size())));
}

// Writing and comparing values recurse, so that their depth must have a limit.
bool is_too_deep(std::string_view text) {
  constexpr int kMaxDepth = 1000;
  int depth = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') ++i;
      if (c == '"') in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '{' || c == '[') {
      if (++depth > kMaxDepth) return true;
    } else if (c == '}' || c == ']') {
      --depth;
    }
  }
  return false;
}

Value copied_string(Json& owner, std::string_view text) {
  return Value(text.data(), size_of(text), owner.GetAllocator());
}

}  // namespace

std::optional<Json> parse_json(std::string_view text, std::string* error) {
  if (is_too_deep(text)) {
    if (error != nullptr) *error = "exceeded max depth";
    return std::nullopt;
  }
  // Full precision: numbers go back as they came.
  constexpr unsigned kFlags = rapidjson::kParseIterativeFlag | rapidjson::kParseFullPrecisionFlag |
                              rapidjson::kParseValidateEncodingFlag;
  Json document;
  document.Parse<kFlags>(text.data(), text.size());
  if (!document.HasParseError()) return document;
  if (error != nullptr) {
    *error = std::string(rapidjson::GetParseError_En(document.GetParseError())) + " (offset " +
             std::to_string(document.GetErrorOffset()) + ")";
  }
  return std::nullopt;
}

std::string to_text(const Value& value) {
  rapidjson::StringBuffer buffer;
  rapidjson::Writer<rapidjson::StringBuffer> writer(buffer);
  value.Accept(writer);
  return {buffer.GetString(), buffer.GetSize()};
}

std::string escaped_as_go(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '<' || c == '>' || c == '&') {
      out += c == '<' ? "\\u003c" : c == '>' ? "\\u003e" : "\\u0026";
    } else {
      out += c;
    }
  }
  return out;
}

std::string to_pretty_text(const Value& value) {
  rapidjson::StringBuffer buffer;
  rapidjson::PrettyWriter<rapidjson::StringBuffer> writer(buffer);
  writer.SetIndent(' ', 2);
  value.Accept(writer);
  return {buffer.GetString(), buffer.GetSize()};
}

std::string quoted(std::string_view text) {
  return to_text(Value(rapidjson::StringRef(text.data(), text.size())));
}

const Value* find(const Value& root, std::initializer_list<std::string_view> path) {
  const Value* at = &root;
  for (const std::string_view name : path) {
    if (!at->IsObject()) return nullptr;
    const auto found = member(*at, name);
    if (found == at->MemberEnd()) return nullptr;
    at = &found->value;
  }
  return at;
}

Value* find(Value& root, std::initializer_list<std::string_view> path) {
  return const_cast<Value*>(find(std::as_const(root), path));
}

std::string text_at(const Value& root, std::initializer_list<std::string_view> path) {
  const Value* found = find(root, path);
  if (found == nullptr || !found->IsString()) return {};
  return {found->GetString(), found->GetStringLength()};
}

bool flag_at(const Value& object, std::string_view name, bool fallback) {
  const Value* found = find(object, {name});
  return found != nullptr && found->IsBool() ? found->GetBool() : fallback;
}

std::int64_t number_at(const Value& object, std::string_view name, std::int64_t fallback) {
  const Value* found = find(object, {name});
  return found != nullptr && found->IsInt64() ? found->GetInt64() : fallback;
}

void set_value(Json& owner, Value& object, std::string_view name, Value value) {
  if (Value* found = find(object, {name})) {
    *found = value;  // RapidJSON's assignment moves
    return;
  }
  object.AddMember(copied_string(owner, name), value, owner.GetAllocator());
}

void set_text(Json& owner, Value& object, std::string_view name, std::string_view text) {
  set_value(owner, object, name, copied_string(owner, text));
}

void remove_member(Value& object, std::string_view name) {
  if (!object.IsObject()) return;
  const auto found = member(object, name);
  if (found != object.MemberEnd()) object.EraseMember(found);
}

Value& object_at(Json& owner, Value& object, std::string_view name) {
  Value* found = find(object, {name});
  if (found == nullptr || found->IsNull()) {
    set_value(owner, object, name, Value(rapidjson::kObjectType));
    found = find(object, {name});
  }
  return *found;
}

Json copy_of(const Value& value) {
  Json copy;
  copy.CopyFrom(value, copy.GetAllocator());
  return copy;
}

}  // namespace elector::tests::apiserver
