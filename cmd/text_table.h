// A table for people: columns that line up on a terminal, whatever is in the cells.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace elector::cmd {

// How many columns of a terminal the text takes: none for what combines with the character before
// it, two for East Asian wide characters and emoji (Unicode's EastAsianWidth and general category
// Mn, in the blocks that names are written in). `text` is valid UTF-8 without control characters.
std::size_t display_width(std::string_view text);

// The text cut to that width, with "…" at the end if anything is missing.
std::string cut_to_width(std::string_view text, std::size_t width);

struct TableStyle {
  bool aligned = false;    // columns of equal width, between spaces; else one tab between cells
  std::size_t widest = 0;  // of a cell when aligned; 0 for no limit
  bool headers = true;     // whether to print the first row
};

using TableRow = std::vector<std::string>;

// `rows` have equally many cells, the first one the heads. Cells are made printable (no control
// characters, valid UTF-8), and an empty one becomes "-". `paint` is the escape sequence to put
// around a cell of `painted` column, by its text; only when it returns one.
std::string render_table(const std::vector<TableRow>& rows, const TableStyle& style,
                         std::size_t painted = static_cast<std::size_t>(-1),
                         std::string_view (*paint)(std::string_view cell) = nullptr);

}  // namespace elector::cmd
