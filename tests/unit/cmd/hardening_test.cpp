// SPDX-License-Identifier: Apache-2.0
#include "cmd/process/hardening.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace elector::tests {
namespace {

using Words = std::vector<std::string>;

Words shown(Words words) {
  std::vector<char*> pointers;
  for (std::string& word : words) pointers.push_back(word.data());
  cmd::hide_secrets(static_cast<int>(pointers.size()), pointers.data());
  return words;
}

TEST_CASE("the process list shows no token and no password, however they are spelled") {
  struct Row {
    Words given;
    Words shown;
  };
  for (const Row& row : std::vector<Row>{
           {{"elector", "--token=abc"}, {"elector", "--token=xxx"}},
           {{"elector", "--token", "abc"}, {"elector", "--token", "xxx"}},
           {{"elector", "-token=abc"}, {"elector", "-token=xxx"}},
           {{"elector", "-token", "abc"}, {"elector", "-token", "xxx"}},
           {{"elector", "-token", "-abc"}, {"elector", "-token", "xxxx"}},
           {{"elector", "--token="}, {"elector", "--token="}},
           {{"elector", "--token"}, {"elector", "--token"}},
           {{"elector", "-token=a=b", "--token=c"}, {"elector", "-token=xxx", "--token=x"}},
           {{"elector", "run", "--election=token", "token", "abc"},
            {"elector", "run", "--election=token", "token", "abc"}},
           {{"elector", "--token-is-no-flag=abc", "---token=abc"},
            {"elector", "--token-is-no-flag=abc", "---token=abc"}},
           {{"elector", "--health-url=http://me:pass@host/p?q"},
            {"elector", "--health-url=http://xxxxxxx@host/p?q"}},
           {{"elector", "--health-url", "https://me@host"},
            {"elector", "--health-url", "https://xx@host"}},
           {{"elector", "-s", "https://me:a@b@host:1"}, {"elector", "-s", "https://xxxxxx@host:1"}},
           {{"elector", "--health-url=http://host/a@b"},
            {"elector", "--health-url=http://host/a@b"}},
           {{"elector", "--health-url=http://host?a@b"},
            {"elector", "--health-url=http://host?a@b"}},
           {{"elector", "http://@host"}, {"elector", "http://@host"}}}) {
    CAPTURE(row.given);
    CHECK(shown(row.given) == row.shown);
  }
}

}  // namespace
}  // namespace elector::tests
