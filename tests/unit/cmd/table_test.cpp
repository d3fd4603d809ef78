// SPDX-License-Identifier: Apache-2.0
// Tables for people, with names that are wider or narrower than they are long.
#include "cmd/output/table.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace elector::tests {
namespace {

using cmd::display_width;
using cmd::render_table;
using cmd::TableRow;

const std::vector<TableRow> kRows{{"NAME", "LEADER", "STATE"},
                                  {"a", "漢字", "held"},
                                  {"long-name", "Zoe\u0308", "released"},
                                  {"b", "", "x\ty\x1b[31m\xff"}};

}  // namespace

TEST_CASE("a text is as wide as a terminal shows it") {
  CHECK(display_width("") == 0);
  CHECK(display_width("abc") == 3);
  CHECK(display_width("Zoë") == 3);
  CHECK(display_width("Zoe\u0308") == 3);
  CHECK(display_width("漢字") == 4);
  CHECK(display_width("🚀") == 2);
  CHECK(display_width("a\u200b\u202eb") == 2);
}

TEST_CASE("a text that is cut ends with a mark and is never wider than asked") {
  CHECK(cmd::cut_to_width("abcdef", 6) == "abcdef");
  CHECK(cmd::cut_to_width("abcdefg", 6) == "abcde…");
  CHECK(cmd::cut_to_width("漢字漢字", 6) == "漢字…");
  CHECK(cmd::cut_to_width("漢字漢字", 8) == "漢字漢字");
}

TEST_CASE("on a terminal columns line up, whatever is in the cells") {
  CHECK(render_table(kRows, {.aligned = true}) ==
        "NAME        LEADER   STATE\n"
        "a           漢字     held\n"
        "long-name   Zoe\u0308      released\n"
        "b           -        x\\x09y\\x1b[31m\\xff\n");
  CHECK(render_table(kRows, {.aligned = true, .widest = 5, .headers = false}) ==
        "a       漢字   held\n"
        "long…   Zoe\u0308    rele…\n"
        "b       -      x\\x0…\n");
}

TEST_CASE("in a pipe cells are whole, with one tab in between") {
  CHECK(render_table(kRows, {.widest = 3, .headers = false}) ==
        "a\t漢字\theld\n"
        "long-name\tZoe\u0308\treleased\n"
        "b\t-\tx\\x09y\\x1b[31m\\xff\n");
}

TEST_CASE("only the painted column is painted, and not its head") {
  const auto paint = [](std::string_view cell) -> std::string_view {
    return cell == "held" ? "\x1b[32m" : "";
  };
  CHECK(render_table({{"A", "B"}, {"held", "held"}, {"x", "y"}}, {}, 1, paint) ==
        "A\tB\nheld\t\x1b[32mheld\x1b[0m\nx\ty\n");
}

}  // namespace elector::tests
