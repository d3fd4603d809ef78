// SPDX-License-Identifier: Apache-2.0
#include "kube/http/warning_header.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using elector::kube::parse_warnings;

TEST_CASE("a Warning header's texts are those that client-go shows") {
  using Texts = std::vector<std::string>;
  struct Row {
    std::string value;
    Texts expected;
  };
  for (const Row& row : std::vector<Row>{
           {R"(299 - "v1 Endpoints is deprecated")", {"v1 Endpoints is deprecated"}},
           {R"(  299 kube-apiserver "a")", {"a"}},
           {R"(299 - "a" "Wed, 21 Oct 2015 07:28:00 GMT")", {"a"}},
           {R"(299 - "a", 299 - "b")", {"a", "b"}},
           {R"(299 - "a","date, with a comma")", {"a"}},
           {R"(299 - "a" "date", 299 - "b" "date")", {"a", "b"}},
           {R"(299 - "a",299 - "b")", {"a", "b"}},
           {R"(299 - "a \"quoted\" word, and \\ too")", {"a \"quoted\" word, and \\ too"}},
           {R"(199 - "not shown", 299 - "b")", {"b"}},
           {R"(110 - "stale")", {}},
           {R"(299 - "")", {}},
           {R"(299 - "a" trailing)", {}},
           {R"(299 - "a", 299 - "b)", {"a"}},
           {R"(299 - "a", nonsense)", {"a"}},
           {R"(299 - "a",)", {"a"}},
           {R"(299 - unquoted)", {}},
           {R"(299 "no agent")", {}},
           {R"(299  "empty agent")", {}},
           {R"(29 - "a")", {}},
           {R"(2990 - "a")", {}},
           {R"(+99 - "a")", {}},
           {R"(299 - "a\)", {}},
           {R"(299)", {}},
           {"", {}},
           {" ", {}},
           {"299 - \"a\x1b[31m\"", {}},
           {"299 - \"a\x7f\"", {}},
           {"299 - \"a\xc2\x9b\"", {}},
           {"299 - \"a\xff\"", {}},
           {"299 a\x01 \"a\"", {}},
           {"299 - \"\xe2\x9a\xa0 emoji\"", {"\xe2\x9a\xa0 emoji"}}}) {
    CAPTURE(row.value);
    CHECK(parse_warnings(row.value) == row.expected);
  }
}

TEST_CASE("of many or long warnings only some is kept") {
  std::string many;
  for (int i = 0; i < 1000; ++i)
    many += (i == 0 ? "" : ", ") + ("299 - \"" + std::to_string(i)) + '"';
  CHECK(parse_warnings(many).size() == elector::kube::kMostWarnings);
  const auto texts = parse_warnings("299 - \"" + std::string(100'000, 'x') + "\"");
  REQUIRE(texts.size() == 1);
  CHECK(texts[0].size() == elector::kube::kLongestWarning + 3);
}
