// SPDX-License-Identifier: Apache-2.0
#include "cmd/output/table.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include "cmd/output/text.h"

namespace elector::cmd {
namespace {

struct Range {
  std::uint32_t first;
  std::uint32_t last;
};

constexpr std::array kZeroWidth{
    Range{0x0300, 0x036f}, Range{0x0483, 0x0489}, Range{0x0591, 0x05bd},   Range{0x0610, 0x061a},
    Range{0x064b, 0x065f}, Range{0x0900, 0x0902}, Range{0x093c, 0x093c},   Range{0x0941, 0x0948},
    Range{0x094d, 0x094d}, Range{0x0e31, 0x0e31}, Range{0x0e34, 0x0e3a},   Range{0x0e47, 0x0e4e},
    Range{0x1ab0, 0x1aff}, Range{0x1dc0, 0x1dff}, Range{0x200b, 0x200f},   Range{0x202a, 0x202e},
    Range{0x2060, 0x2064}, Range{0x2066, 0x206f}, Range{0x20d0, 0x20ff},   Range{0xfe00, 0xfe0f},
    Range{0xfe20, 0xfe2f}, Range{0xfeff, 0xfeff}, Range{0x1f3fb, 0x1f3ff}, Range{0xe0100, 0xe01ef}};

constexpr std::array kWide{
    Range{0x1100, 0x115f},   Range{0x231a, 0x231b},   Range{0x23e9, 0x23ec},
    Range{0x2e80, 0x303e},   Range{0x3041, 0x33ff},   Range{0x3400, 0x4dbf},
    Range{0x4e00, 0x9fff},   Range{0xa000, 0xa4cf},   Range{0xa960, 0xa97f},
    Range{0xac00, 0xd7a3},   Range{0xf900, 0xfaff},   Range{0xfe30, 0xfe6f},
    Range{0xff00, 0xff60},   Range{0xffe0, 0xffe6},   Range{0x1f300, 0x1f64f},
    Range{0x1f680, 0x1f6ff}, Range{0x1f900, 0x1faff}, Range{0x20000, 0x3fffd}};

template <typename Ranges>
bool is_in(std::uint32_t code, const Ranges& ranges) {
  return std::any_of(ranges.begin(), ranges.end(),
                     [&](const Range& range) { return code >= range.first && code <= range.last; });
}

// Removes the first character of text that is escaped() and returns it.
Character take_character(std::string_view& text) {
  const Character character = first_character(text);
  text.remove_prefix(character.length);
  return character;
}

std::size_t width_of(std::uint32_t code) {
  if (code < 0x300) return 1;
  return is_in(code, kZeroWidth) ? 0 : is_in(code, kWide) ? 2 : 1;
}

std::string cell_text(const std::string& cell, const TableStyle& style) {
  const std::string text = cell.empty() ? "-" : escaped(cell);
  return style.aligned && style.widest != 0 ? cut_to_width(text, style.widest) : text;
}

}  // namespace

std::size_t display_width(std::string_view text) {
  std::size_t width = 0;
  while (!text.empty()) width += width_of(take_character(text).code);
  return width;
}

std::string cut_to_width(std::string_view text, std::size_t width) {
  if (display_width(text) <= width) return std::string(text);
  std::string result;
  for (std::size_t left = width - 1; !text.empty();) {
    const std::string_view before = text;
    const Character character = take_character(text);
    const std::size_t needed = width_of(character.code);
    if (needed > left) break;
    left -= needed;
    result += before.substr(0, character.length);
  }
  return result + "…";
}

std::string render_table(const std::vector<TableRow>& rows, const TableStyle& style,
                         std::size_t painted, std::string_view (*paint)(std::string_view)) {
  constexpr std::size_t kGap = 3;
  std::vector<std::size_t> widths;
  const std::size_t first = style.headers ? 0 : 1;
  for (std::size_t r = first; r < rows.size(); ++r) {
    widths.resize(std::max(widths.size(), rows[r].size()));
    for (std::size_t i = 0; i < rows[r].size(); ++i) {
      widths[i] = std::max(widths[i], display_width(cell_text(rows[r][i], style)));
    }
  }
  std::string text;
  for (std::size_t r = first; r < rows.size(); ++r) {
    for (std::size_t i = 0; i < rows[r].size(); ++i) {
      const std::string cell = cell_text(rows[r][i], style);
      const std::string_view colour =
          r > 0 && i == painted && paint != nullptr ? paint(cell) : std::string_view();
      text.append(colour).append(cell).append(colour.empty() ? "" : "\x1b[0m");
      if (i + 1 == rows[r].size()) break;
      if (style.aligned) {
        text.append(widths[i] + kGap - display_width(cell), ' ');
      } else {
        text += '\t';
      }
    }
    text += '\n';
  }
  return text;
}

}  // namespace elector::cmd
