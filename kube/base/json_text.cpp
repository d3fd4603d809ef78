// SPDX-License-Identifier: Apache-2.0
#include "kube/base/json_text.h"

#include <rapidjson/error/en.h>
#include <rapidjson/memorystream.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <utility>

#include "kube/base/rapid_json.h"
#include "kube/base/text.h"
#include "kube/base/utf8.h"

namespace elector::kube::json {
namespace {

constexpr std::string_view kSpace = " \t\r\n";

// Accepts everything except nesting beyond kMaxDepth.
struct DepthLimit : rapidjson::BaseReaderHandler<rapidjson::UTF8<>, DepthLimit> {
  int depth = 0;
  bool StartObject() { return ++depth <= kMaxDepth; }
  bool EndObject(rapidjson::SizeType) { return --depth >= 0; }
  bool StartArray() { return ++depth <= kMaxDepth; }
  bool EndArray(rapidjson::SizeType) { return --depth >= 0; }
};

// RapidJSON accepts the escape of a lone low surrogate as a character. It is not valid in UTF-8
// (RFC 3629); as in Go, it becomes U+FFFD.
void replace_surrogates(std::string& text) {
  for (std::size_t at = 0; (at = text.find('\xed', at)) != std::string::npos; ++at) {
    if (static_cast<unsigned char>(text[at + 1]) >= 0xa0) text.replace(at, 3, "\xef\xbf\xbd");
  }
}

// Decodes one string literal.
struct StringTaker : rapidjson::BaseReaderHandler<rapidjson::UTF8<>, StringTaker> {
  std::optional<std::string> text;
  bool Default() { return false; }
  bool String(const char* characters, rapidjson::SizeType length, bool) {
    text.emplace(characters, length);
    replace_surrogates(*text);
    return true;
  }
};

std::size_t skip_space(std::string_view text, std::size_t at) {
  while (at < text.size() && kSpace.find(text[at]) != std::string_view::npos) ++at;
  return at;
}

// Returns the index after the string literal that begins at `at`. Large objects consist mostly of
// strings, so this searches for quotes only, and then checks whether each is escaped.
std::size_t skip_string(std::string_view text, std::size_t at) {
  const std::size_t first = at + 1;
  for (std::size_t quote = text.find('"', first); quote != std::string_view::npos;
       quote = text.find('"', quote + 1)) {
    std::size_t slash = quote;
    while (slash > first && text[slash - 1] == '\\') --slash;
    if ((quote - slash) % 2 == 0) return quote + 1;
  }
  return text.size();
}

// Returns the index after the value that begins at `at`.
std::size_t skip_value(std::string_view text, std::size_t at) {
  int depth = 0;
  while (at < text.size()) {
    const char c = text[at];
    if (c == '"') {
      at = skip_string(text, at);
    } else if (c == '{' || c == '[') {
      ++depth;
      ++at;
    } else if (c == '}' || c == ']') {
      --depth;
      ++at;
    } else if (depth > 0) {
      ++at;
      continue;
    } else {
      at = text.find_first_of(",]} \t\r\n", at);
      return at == std::string_view::npos ? text.size() : at;
    }
    if (depth == 0) return at;
  }
  return text.size();
}

// Iterates over the members of an object or, with empty keys, the elements of an array.
class Walk {
 public:
  explicit Walk(std::string_view container) : text_(trim(container)), at_(1) {
    keyed_ = !text_.empty() && text_.front() == '{';
    if (!keyed_ && (text_.empty() || text_.front() != '[')) at_ = text_.size();
  }

  bool next() {
    at_ = skip_space(text_, at_);
    if (at_ < text_.size() && text_[at_] == ',') at_ = skip_space(text_, at_ + 1);
    if (at_ >= text_.size() || text_[at_] == '}' || text_[at_] == ']') return false;
    const std::size_t start = at_;
    if (keyed_) {
      at_ = skip_string(text_, at_);
      key_ = text_.substr(start, at_ - start);
      at_ = skip_space(text_, skip_space(text_, at_) + 1);  // past the colon
    }
    const std::size_t value = at_;
    at_ = skip_value(text_, at_);
    value_ = text_.substr(value, at_ - value);
    member_ = text_.substr(start, at_ - start);
    return true;
  }

  bool key_is(std::string_view key) const {
    if (key_.find('\\') == std::string_view::npos) return key_.substr(1, key_.size() - 2) == key;
    return to_string(key_) == key;
  }
  std::string_view key() const { return key_; }  // with its quotes
  std::string_view value() const { return value_; }
  std::string_view member() const { return member_; }  // key, colon and value as they stand

 private:
  std::string_view text_;
  std::size_t at_;
  bool keyed_ = false;
  std::string_view key_;
  std::string_view value_;
  std::string_view member_;
};

// What Go escapes beyond what JSON requires (HTML's characters, the line separators), what a
// terminal may take for a command, and what YAML does not allow in a quoted string.
bool needs_escape(std::uint32_t code) {
  constexpr std::uint32_t kByteOrderMark = 0xfeff;
  constexpr std::uint32_t kFirstNonCharacter = 0xfffe;
  return is_control(code) || code == '<' || code == '>' || code == '&' || code == 0x2028 ||
         code == 0x2029 || code == kByteOrderMark || code == kFirstNonCharacter ||
         code == kFirstNonCharacter + 1;
}

}  // namespace

Failure check(std::string_view text) {
  rapidjson::MemoryStream stream(text.data(), text.size());
  rapid::Reader reader;
  DepthLimit handler;
  constexpr unsigned kFlags = rapidjson::kParseIterativeFlag |
                              rapidjson::kParseNumbersAsStringsFlag |
                              rapidjson::kParseValidateEncodingFlag;
  reader.Parse<kFlags>(stream, handler);
  if (reader.HasParseError()) {
    const bool deep = reader.GetParseErrorCode() == rapidjson::kParseErrorTermination;
    std::string what =
        deep ? "nested too deep" : rapidjson::GetParseError_En(reader.GetParseErrorCode());
    if (!what.empty() && what.back() == '.') what.pop_back();
    return Error{Error::Kind::kProtocol,
                 "not JSON at byte " + std::to_string(reader.GetErrorOffset()) + ": " + what};
  }
  // The reader takes a NUL byte for the end of the text.
  if (stream.Tell() != text.size()) {
    return Error{Error::Kind::kProtocol,
                 "not JSON at byte " + std::to_string(stream.Tell()) + ": a NUL byte"};
  }
  return {};
}

Type type(std::string_view value) {
  value = trim(value);
  assert(!value.empty());
  switch (value.front()) {
    case '{':
      return Type::kObject;
    case '[':
      return Type::kArray;
    case '"':
      return Type::kString;
    case 't':
    case 'f':
      return Type::kBool;
    case 'n':
      return Type::kNull;
    default:
      return Type::kNumber;
  }
}

bool is_object(std::string_view value) {
  return type(value) == Type::kObject;
}

std::optional<std::string_view> find(std::string_view object, std::string_view key) {
  std::optional<std::string_view> found;
  if (!is_object(object)) return found;
  for (Walk walk(object); walk.next();) {
    if (walk.key_is(key)) found = walk.value();
  }
  if (found && type(*found) == Type::kNull) return std::nullopt;
  return found;
}

std::optional<std::string_view> find_at(std::string_view object,
                                        const std::vector<std::string_view>& path) {
  std::optional<std::string_view> found = object;
  for (const std::string_view key : path) {
    found = find(*found, key);
    if (!found) break;
  }
  return found;
}

std::optional<std::string> to_string(std::string_view value) {
  if (type(value) != Type::kString) return std::nullopt;
  rapidjson::MemoryStream stream(value.data(), value.size());
  rapid::Reader reader;
  StringTaker taker;
  reader.Parse(stream, taker);
  return std::move(taker.text);
}

std::optional<std::int64_t> to_integer(std::string_view value) {
  value = trim(value);
  std::int64_t number = 0;
  const char* const end = value.data() + value.size();
  const auto [rest, failure] = std::from_chars(value.data(), end, number);
  if (failure != std::errc() || rest != end) return std::nullopt;
  return number;
}

std::optional<bool> to_bool(std::string_view value) {
  value = trim(value);
  if (value == "true") return true;
  if (value == "false") return false;
  return std::nullopt;
}

std::string string_at(std::string_view object, const std::vector<std::string_view>& path) {
  const auto found = find_at(object, path);
  if (!found) return {};
  return to_string(*found).value_or(std::string());
}

std::vector<std::string_view> elements(std::string_view array) {
  std::vector<std::string_view> all;
  if (type(array) != Type::kArray) return all;
  for (Walk walk(array); walk.next();) all.push_back(walk.value());
  return all;
}

std::string quote(std::string_view text) {
  std::string out = "\"";
  while (!text.empty()) {
    const Character character = first_character(text);
    const std::size_t length = std::max<std::size_t>(1, character.length);
    if (character.length == 0) {
      out += "\\ufffd";
    } else if (character.code == '"' || character.code == '\\') {
      out.append("\\").append(text.substr(0, 1));
    } else if (character.code == '\n' || character.code == '\r' || character.code == '\t') {
      out += character.code == '\n' ? "\\n" : character.code == '\r' ? "\\r" : "\\t";
    } else if (needs_escape(character.code)) {
      std::array<char, 8> escape{};
      std::snprintf(escape.data(), escape.size(), "\\u%04x", static_cast<unsigned>(character.code));
      out += escape.data();
    } else {
      out += text.substr(0, length);
    }
    text.remove_prefix(length);
  }
  return out + '"';
}

std::string without_needless_escapes(std::string_view text) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 5> kNeedless{
      {{"\\u003c", "<"},
       {"\\u003e", ">"},
       {"\\u0026", "&"},
       {"\\u2028", "\u2028"},
       {"\\u2029", "\u2029"}}};
  constexpr std::size_t kEscape = 6;
  std::string out;
  while (!text.empty()) {
    const std::size_t plain = std::min(text.find('\\'), text.size());
    out += text.substr(0, plain);
    text.remove_prefix(plain);
    const std::string_view escape = text.substr(0, kEscape);
    const auto known = std::find_if(kNeedless.begin(), kNeedless.end(),
                                    [&](const auto& one) { return one.first == escape; });
    const std::size_t length = known != kNeedless.end() ? kEscape : 2;
    out += known != kNeedless.end() ? known->second : text.substr(0, length);
    text.remove_prefix(std::min(length, text.size()));
  }
  return out;
}

std::string edit(std::string_view object, const std::vector<Edit>& edits) {
  std::vector<bool> applied(edits.size(), false);
  std::string result = "{";
  const auto append = [&result](std::string_view piece) {
    if (result.size() > 1) result += ',';
    result += piece;
  };
  if (!trim(object).empty() && is_object(object)) {
    for (Walk walk(object); walk.next();) {
      std::size_t match = 0;
      while (match < edits.size() && !walk.key_is(edits[match].key)) ++match;
      if (match == edits.size()) {
        append(walk.member());
        continue;
      }
      applied[match] = true;
      if (edits[match].value.empty()) continue;
      append(walk.key());
      result.append(":").append(edits[match].value);
    }
  }
  for (std::size_t i = 0; i < edits.size(); ++i) {
    if (applied[i] || edits[i].value.empty()) continue;
    append(quote(edits[i].key));
    result.append(":").append(edits[i].value);
  }
  return result + '}';
}

}  // namespace elector::kube::json
