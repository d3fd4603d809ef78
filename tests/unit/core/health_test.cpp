// SPDX-License-Identifier: Apache-2.0
// core/health: the kubelet's rule for probes, as a table.
#include "core/health.h"

#include <doctest/doctest.h>

#include <string>

namespace elector::tests {
namespace {

TEST_CASE("healthy from the first success on, until so many failures came in a row") {
  struct Row {
    int threshold;
    std::string looks;    // + a success, - a failure
    std::string healthy;  // after each: y or n
  };
  const Row rows[] = {
      {1, "+-+-", "ynyn"},
      {3, "+--+---+", "yyyyyyny"},
      {3, "----+", "nnnny"},
      {2, "-+-+--", "nyyyyn"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.looks);
    core::Health health(row.threshold);
    CHECK_FALSE(health.healthy());
    CHECK_FALSE(health.looked());
    std::string healthy;
    for (const char look : row.looks) {
      health.note(look == '+');
      CHECK(health.looked());
      healthy += health.healthy() ? 'y' : 'n';
    }
    CHECK(healthy == row.healthy);
  }
}

}  // namespace
}  // namespace elector::tests
