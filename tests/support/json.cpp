// SPDX-License-Identifier: Apache-2.0
#include "tests/support/json.h"

#include <rapidjson/pointer.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <stdexcept>

namespace elector::tests {

Json parse_json(const std::string& text) {
  Json document;
  document.Parse(text.c_str(), text.size());
  if (document.HasParseError()) throw std::runtime_error("this is not JSON: " + text);
  return document;
}

std::string to_text(const JsonValue& value) {
  rapidjson::StringBuffer buffer;
  rapidjson::Writer<rapidjson::StringBuffer> writer(buffer);
  value.Accept(writer);
  return buffer.GetString();
}

std::string json_quoted(const std::string& text) {
  return to_text(
      JsonValue(rapidjson::StringRef(text.data(), static_cast<rapidjson::SizeType>(text.size()))));
}

std::string text_at(const JsonValue& value, const std::string& pointer) {
  const JsonValue* found = rapidjson::Pointer(pointer.c_str()).Get(value);
  return found != nullptr && found->IsString() ? found->GetString() : "";
}

std::int64_t number_at(const JsonValue& value, const std::string& pointer) {
  const JsonValue* found = rapidjson::Pointer(pointer.c_str()).Get(value);
  return found != nullptr && found->IsInt64() ? found->GetInt64() : -1;
}

void remove_at(Json& document, const std::string& pointer) {
  rapidjson::Pointer(pointer.c_str()).Erase(document);
}

}  // namespace elector::tests
