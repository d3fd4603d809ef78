// SPDX-License-Identifier: Apache-2.0
#include "kube/base/json_text.h"

#include <doctest/doctest.h>

#include <string>
#include <utility>
#include <vector>

namespace json = elector::kube::json;

TEST_CASE("exactly one JSON value in valid UTF-8 passes the check") {
  for (const std::string text :
       {"{}", "[]", "null", "1", " {\"a\": [1, 2.50, -3e+7, \"\\u00e9\", true, null]} \n",
        "123456789012345678901234567890.000000000000000000001", "\"\xc3\xa9\"",
        "{\"a\":1,\"a\":2}"}) {
    CAPTURE(text);
    CHECK_FALSE(json::check(text));
  }
  for (const std::string& text :
       {std::string(), std::string(" "), std::string("{"), std::string("{\"a\":}"),
        std::string("{} {}"), std::string("[1,]"), std::string("{a:1}"), std::string("'a'"),
        std::string("\"\xc3\""), std::string("01"), std::string("\"\n\""), std::string("<html>"),
        std::string("{}\0", 3), std::string("{\"a\":1}\0garbage", 15), std::string("nul")}) {
    CAPTURE(text);
    REQUIRE(json::check(text));
    CHECK(json::check(text)->message.starts_with("not JSON at byte "));
  }
}

TEST_CASE("nesting without end is refused, whatever its depth, without a deep stack") {
  const auto nested = [](std::size_t depth) {
    return std::string(depth, '[') + std::string(depth, ']');
  };
  CHECK_FALSE(json::check(nested(json::kMaxDepth)));
  CHECK(json::check(nested(json::kMaxDepth + 1)));
  CHECK(json::check(nested(1'000'000)));
  CHECK(json::check(std::string(4'000'000, '[')));
  std::string objects;
  for (int i = 0; i < 100'000; ++i) objects += "{\"a\":";
  CHECK(json::check(objects));
}

TEST_CASE("a member is found by its name, and null counts as absent") {
  const std::string text = R"( { "a" : 1 , "b":{"c":"x}\"{","d":null}, "e\u0041":[ [1] ,{}] } )";
  CHECK(json::find(text, "a") == "1");
  CHECK(json::find(text, "eA") == "[ [1] ,{}]");
  CHECK_FALSE(json::find(text, "c"));
  CHECK_FALSE(json::find(text, "x"));
  CHECK(json::string_at(text, {"b", "c"}) == "x}\"{");
  CHECK_FALSE(json::find_at(text, {"b", "d"}));
  CHECK_FALSE(json::find_at(text, {"a", "b"}));
  CHECK(json::string_at(text, {"b", "d"}).empty());
  CHECK_FALSE(json::find("[1]", "a"));
  CHECK(json::find(R"({"a":1,"a":2})", "a") == "2");
  CHECK(json::elements("[ 1,\"a,b\" , [2,3],{}]") ==
        std::vector<std::string_view>{"1", "\"a,b\"", "[2,3]", "{}"});
  CHECK(json::elements("[]").empty());
  CHECK(json::elements("{\"a\":1}").empty());
}

TEST_CASE("values are read only as what they are") {
  CHECK(json::to_integer("42") == 42);
  CHECK(json::to_integer("-9223372036854775808") == INT64_MIN);
  CHECK_FALSE(json::to_integer("9223372036854775808"));
  CHECK_FALSE(json::to_integer("1.0"));
  CHECK_FALSE(json::to_integer("1e3"));
  CHECK_FALSE(json::to_integer("\"1\""));
  CHECK(json::to_bool("true") == true);
  CHECK_FALSE(json::to_bool("1"));
  CHECK(json::to_string(R"("a\né😀")") == "a\n\xc3\xa9\xf0\x9f\x98\x80");
  CHECK(json::to_string(R"("a\ude00b\udc00")") ==
        "a\xef\xbf\xbd"
        "b\xef\xbf\xbd");
  CHECK(json::to_string(R"("\ud7ff\ue000")") == "\xed\x9f\xbf\xee\x80\x80");
  CHECK_FALSE(json::to_string("1"));
}

TEST_CASE("an edit changes its members and leaves every other byte as it was") {
  const std::string text =
      R"({"big":12345678901234567890123,"dec":1.10,"a": "old" ,"nothing":null,"esc":"\u00e9\/"})";
  CHECK(json::edit(text, {{"a", "7"}, {"new", "[1]"}, {"nothing", ""}}) ==
        R"({"big":12345678901234567890123,"dec":1.10,"a":7,"esc":"\u00e9\/","new":[1]})");
  CHECK(json::edit("{}", {{"a", "1"}, {"b", "2"}}) == R"({"a":1,"b":2})");
  CHECK(json::edit("null", {{"a", "1"}}) == R"({"a":1})");
  CHECK(json::edit("[1]", {{"a", "1"}}) == R"({"a":1})");
  CHECK(json::edit(R"({"a":1})", {{"a", ""}}) == "{}");
  CHECK(json::edit("{}", {{"a", ""}}) == "{}");
}

TEST_CASE("a quoted text reads back equal") {
  for (const std::string& text :
       {std::string(), std::string("plain"), std::string("\"\\/\b\n\t"), std::string("\x01\x1f"),
        std::string("\xc3\xa9\xf0\x9f\x98\x80")}) {
    const std::string quoted = json::quote(text);
    CHECK_FALSE(json::check(quoted));
    CHECK(json::to_string(quoted) == text);
  }
}

TEST_CASE("a quoted text is a string of YAML too, and gives a terminal no orders") {
  struct Row {
    std::string text;
    std::string quoted;
  };
  for (const Row& row :
       std::vector<Row>{{"a\u009b31mb\x7f", R"("a\u009b31mb\u007f")"},
                        {"\u0080\u0085\u009f\u00a0", "\"\\u0080\\u0085\\u009f\u00a0\""},
                        {std::string("\0\x1b\x1f", 3), R"("\u0000\u001b\u001f")"},
                        {"\ufeff\ufffe\uffff\ufffd", "\"\\ufeff\\ufffe\\uffff\ufffd\""},
                        {"<&>\u2028\u2029", R"("\u003c\u0026\u003e\u2028\u2029")"},
                        {"\x9b", R"("\ufffd")"},
                        {"\xed\xa0\x80", R"("\ufffd\ufffd\ufffd")"}}) {
    CHECK(json::quote(row.text) == row.quoted);
    CHECK_FALSE(json::check(json::quote(row.text)));
  }
}

TEST_CASE("needless escapes are undone, and no others") {
  for (const auto& [before, after] : std::vector<std::pair<std::string, std::string>>{
           {R"({"a":"\u003cb\u003e\u0026"})", R"({"a":"<b>&"})"},
           {R"("\u2028\u2029")", "\"\u2028\u2029\""},
           {R"("\\u003c")", R"("\\u003c")"},  // a backslash, and then text
           {R"("\\\u003c")", R"("\\<")"},     // a backslash, and then an escape
           {R"("\"\n\u0022\u005c\u0000\u001b")", R"("\"\n\u0022\u005c\u0000\u001b")"},
           {R"("\ud83d\ude00")", R"("\ud83d\ude00")"},
           {"", ""},
           {R"({"\u003c":1})", R"({"<":1})"}}) {
    CHECK(json::without_needless_escapes(before) == after);
    if (before.empty()) continue;
    CHECK_FALSE(json::check(after));
  }
}
