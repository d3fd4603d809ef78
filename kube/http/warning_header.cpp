// SPDX-License-Identifier: Apache-2.0
// Follows the rules of apimachinery's ParseWarningHeader.
#include "kube/http/warning_header.h"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <utility>

#include "kube/base/text.h"
#include "kube/base/utf8.h"

namespace elector::kube {
namespace {

constexpr std::string_view kSpace = " \t\r\n";

void skip_space(std::string_view& text) {
  text.remove_prefix(std::min(text.find_first_not_of(kSpace), text.size()));
}

// Takes the characters up to the next space, and the space; returns nothing if there is no space.
std::optional<std::string_view> take_word(std::string_view& text) {
  const std::size_t space = text.find(' ');
  if (space == std::string_view::npos) return std::nullopt;
  const std::string_view word = text.substr(0, space);
  text.remove_prefix(space + 1);
  return word;
}

bool is_code(std::string_view word) {
  return word.size() == 3 && word.find_first_not_of("0123456789") == std::string_view::npos;
}

// Takes a quoted string, in which a backslash escapes the next character.
std::optional<std::string> take_quoted(std::string_view& text) {
  if (!text.starts_with('"')) return std::nullopt;
  std::string content;
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (text[i] == '"') {
      text.remove_prefix(i + 1);
      return content;
    }
    if (text[i] == '\\' && ++i == text.size()) break;
    content += text[i];
  }
  return std::nullopt;
}

// Takes what follows the text: perhaps a date, and a comma if there is another warning.
bool take_rest(std::string_view& text) {
  skip_space(text);
  if (text.starts_with('"')) {
    const std::size_t end = text.find('"', 1);
    if (end == std::string_view::npos) return false;
    text.remove_prefix(end + 1);
    skip_space(text);
  }
  if (text.empty()) return true;
  if (!text.starts_with(',')) return false;
  text.remove_prefix(1);
  return true;
}

bool is_clean(const std::string& text) {
  return is_utf8(text) && on_one_line(text) == text;
}

std::string shortened(std::string text) {
  if (text.size() <= kLongestWarning) return text;
  std::size_t end = kLongestWarning;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0U) == 0x80U) --end;
  return text.substr(0, end) + "...";
}

}  // namespace

std::vector<std::string> parse_warnings(std::string_view value) {
  std::vector<std::string> texts;
  skip_space(value);
  while (!value.empty() && texts.size() < kMostWarnings) {
    const auto code = take_word(value);
    const auto agent = code ? take_word(value) : std::nullopt;
    if (!agent || !is_code(*code) || agent->empty() || !is_clean(std::string(*agent))) break;
    auto text = take_quoted(value);
    if (!text || !is_clean(*text) || !take_rest(value)) break;
    if (*code == "299" && !text->empty()) texts.push_back(shortened(std::move(*text)));
    skip_space(value);
  }
  return texts;
}

}  // namespace elector::kube
