// SPDX-License-Identifier: Apache-2.0
// An old answer, or a store that was restored: how many reads it takes.
#include "core/rewind.h"

#include <doctest/doctest.h>

#include <vector>

namespace elector::tests {

TEST_CASE("the past is believed at the third read in a row that shows it, and then again") {
  struct Step {
    bool older;
    bool believed;
  };
  core::Rewind rewind;
  int step = 0;
  for (const auto& [older, believed] : std::vector<Step>{{true, false},
                                                         {true, false},
                                                         {true, true},
                                                         {true, false},
                                                         {true, false},
                                                         {false, false},
                                                         {true, false},
                                                         {true, false},
                                                         {true, true}}) {
    CAPTURE(step++);
    CHECK(rewind.read(older) == believed);
  }
}

}  // namespace elector::tests
