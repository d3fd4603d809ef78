// SPDX-License-Identifier: Apache-2.0
#include "core/identity_pattern.h"

#include <doctest/doctest.h>

#include <string>

namespace elector::tests {

using core::is_identity_pattern;
using core::matches_identity;

TEST_CASE("HOST_* is HOST, an underscore and a UUID, and nothing else") {
  const std::string uuid = "9f0c3a52-7d1e-4b4f-9a53-0d6b5e1c2f7a";
  struct Row {
    std::string name;
    std::string identity;
    bool matches;
  };
  for (const Row& row : {
           Row{"web_*", "web_" + uuid, true},
           Row{"web_*", "web_9F0C3A52-7D1E-4B4F-9A53-0D6B5E1C2F7A", true},
           Row{"web-1_*", "web-1_" + uuid, true},
           Row{"web.example.com_*", "web.example.com_" + uuid, true},
           Row{"a_b_*", "a_b_" + uuid, true},
           Row{"_*", "_*", true},  // no host: a name like any other
           Row{"_*", "_" + uuid, false},
           Row{"web_*", "web", false},
           Row{"web_*", "web_", false},
           Row{"web_*", "web_*", false},
           Row{"web_*", "web_1", false},
           Row{"web_*", "web-1_" + uuid, false},
           Row{"web_*", "my-web_" + uuid, false},
           Row{"web_*", "web__" + uuid, false},
           Row{"web_*", "web_" + uuid + " ", false},
           Row{"web_*", "web_" + uuid + "0", false},
           Row{"web_*", "web_" + uuid.substr(1), false},
           Row{"web_*", "web_9f0c3a527d1e4b4f9a530d6b5e1c2f7a", false},
           Row{"web_*", "web_9f0c3a52-7d1e-4b4f-9a53-0d6b5e1c2f7g", false},
           Row{"web_*", "WEB_" + uuid, false},
           Row{"web_*", uuid, false},
           Row{"web_*", "", false},
           Row{"web*", "web_" + uuid, false},
           Row{"web*", "web*", true},
           Row{"*", "web", false},
           Row{"*", "*", true},
           Row{"web-*", "web-" + uuid, false},
           Row{"web_*_*", "web_*_" + uuid, true},
           Row{"web_*_*", "web_x_" + uuid, false},
           Row{"web_?", "web_1", false},
           Row{"web", "web", true},
           Row{"web", "web_" + uuid, false},
           Row{"", "", true},
           Row{"", "web", false},
       }) {
    CAPTURE(row.name);
    CAPTURE(row.identity);
    CHECK(matches_identity(row.name, row.identity) == row.matches);
  }
  for (const char* name : {"web_*", "a_*", "__*"}) CHECK(is_identity_pattern(name));
  for (const char* name : {"", "*", "_*", "web", "web*", "web_", "web_*x", "web_* "}) {
    CHECK_FALSE(is_identity_pattern(name));
  }
}

}  // namespace elector::tests
