// SPDX-License-Identifier: Apache-2.0
// JSON as the tests need it: parse, look up, compare.
#pragma once

#include <rapidjson/document.h>

#include <cstdint>
#include <string>

namespace elector::tests {

using Json = rapidjson::Document;
using JsonValue = rapidjson::Value;

// Throws std::runtime_error with the text if it is not JSON.
Json parse_json(const std::string& text);
std::string to_text(const JsonValue& value);
// Returns the text as a JSON string, quotes included.
std::string json_quoted(const std::string& text);

// Returns the value at the pointer (RFC 6901), for example "/spec/holderIdentity": a string, "" if
// absent; a number, -1 if absent.
std::string text_at(const JsonValue& value, const std::string& pointer);
std::int64_t number_at(const JsonValue& value, const std::string& pointer);
void remove_at(Json& document, const std::string& pointer);

}  // namespace elector::tests
