// SPDX-License-Identifier: Apache-2.0
// Small helpers over RapidJSON that every part of the test API server uses.
#pragma once

#include <rapidjson/document.h>

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

namespace elector::tests::apiserver {

using Json = rapidjson::Document;
using Value = rapidjson::Value;

// Parses text, which must be one valid UTF-8 JSON value. On failure returns nothing and, if error
// is given, sets it to the parser's words and the offset in bytes.
std::optional<Json> parse_json(std::string_view text, std::string* error = nullptr);

// Compact JSON, members in their order.
std::string to_text(const Value& value);
// JSON with <, > and & escaped, as Go's encoder and so the real API server writes them.
std::string escaped_as_go(std::string_view text);
// JSON over several lines, two spaces a level: what `?pretty=true` asks for.
std::string to_pretty_text(const Value& value);
// A JSON string literal, quotes included.
std::string quoted(std::string_view text);

// The member at the end of the path of names, or null when a step is missing or no object.
const Value* find(const Value& root, std::initializer_list<std::string_view> path);
Value* find(Value& root, std::initializer_list<std::string_view> path);
// Returns the string at the end of the path; "" if there is no such string.
std::string text_at(const Value& root, std::initializer_list<std::string_view> path);
// The boolean or integer at the top level of object; the fallback when absent or of another type.
bool flag_at(const Value& object, std::string_view name, bool fallback);
std::int64_t number_at(const Value& object, std::string_view name, std::int64_t fallback);

// Sets object[name] to text or to value, replacing what was there in place, or appending.
void set_text(Json& owner, Value& object, std::string_view name, std::string_view text);
void set_value(Json& owner, Value& object, std::string_view name, Value value);
// Removes object[name] if it is there.
void remove_member(Value& object, std::string_view name);
// object[name], created as an empty object when it is missing or null.
Value& object_at(Json& owner, Value& object, std::string_view name);

// A deep copy that lives in its own document.
Json copy_of(const Value& value);

}  // namespace elector::tests::apiserver
