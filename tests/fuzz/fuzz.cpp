// SPDX-License-Identifier: Apache-2.0
#include "tests/fuzz/fuzz.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

namespace elector::tests {

void require(bool holds, std::string_view sentence, std::string_view value) {
  if (holds) return;
  std::fprintf(stderr, "not true: %.*s: %.*s\n", static_cast<int>(sentence.size()), sentence.data(),
               static_cast<int>(value.size()), value.data());
  std::abort();
}

void require_good(const Error& error) {
  require(!error.message.empty(), "an error says something");
  require(is_one_line(error.message), "an error is one line", error.message);
}

bool is_one_line(std::string_view text) {
  return std::none_of(text.begin(), text.end(),
                      [](char c) { return static_cast<unsigned char>(c) < ' ' || c == 0x7f; });
}

std::size_t count(std::string_view text, std::string_view part) {
  std::size_t found = 0;
  for (std::size_t at = text.find(part); at != std::string_view::npos;
       at = text.find(part, at + 1)) {
    ++found;
  }
  return found;
}

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

}  // namespace elector::tests
