// SPDX-License-Identifier: Apache-2.0
// A table for people: columns line up on a terminal, whatever the cells contain.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace elector::cmd {

// Returns how many columns of a terminal the text takes: none for characters that combine with the
// one before, two for East Asian wide characters and emoji (Unicode's EastAsianWidth and general
// category Mn, in the blocks that names are written in). `text` is valid UTF-8 without control
// characters.
std::size_t display_width(std::string_view text);

// Returns the text cut to that width, with "…" at the end if anything is missing.
std::string cut_to_width(std::string_view text, std::size_t width);

struct TableStyle {
  bool aligned = false;    // columns of equal width, with spaces; otherwise a tab between cells
  std::size_t widest = 0;  // of an aligned cell; 0: no limit
  bool headers = true;     // whether to print the first row
};

using TableRow = std::vector<std::string>;

// `rows` have the same number of cells; the first row is the header. Cells are made printable (no
// control characters, valid UTF-8), and an empty cell becomes "-". `paint` returns the escape
// sequence for a cell of column `painted`, by its text, or "" for none.
std::string render_table(const std::vector<TableRow>& rows, const TableStyle& style,
                         std::size_t painted = static_cast<std::size_t>(-1),
                         std::string_view (*paint)(std::string_view cell) = nullptr);

}  // namespace elector::cmd
