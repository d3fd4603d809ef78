// SPDX-License-Identifier: Apache-2.0
#include "cmd/http/prometheus.h"

#include <doctest/doctest.h>

#include "tests/support/contains.h"

namespace elector::tests {

using cmd::Metrics;

TEST_SUITE("metrics") {
  TEST_CASE("a family shows its help, its type and its series; a counter 0 from the start") {
    Metrics metrics;
    metrics.declare("a_total", Metrics::Type::kCounter, "Counts a.");
    metrics.declare("b", Metrics::Type::kGauge, "Shows b.");
    metrics.declare("c_total", Metrics::Type::kCounter, "Counts c.");
    metrics.add("a_total", {{"verb", "GET"}, {"code", "200"}});
    metrics.add("a_total", {{"verb", "GET"}, {"code", "200"}}, 2);
    metrics.add("a_total", {{"verb", "PUT"}, {"code", "409"}}, 0);
    CHECK(metrics.text() ==
          "# HELP a_total Counts a.\n"
          "# TYPE a_total counter\n"
          "a_total{verb=\"GET\",code=\"200\"} 3\n"
          "a_total{verb=\"PUT\",code=\"409\"} 0\n"
          "# HELP c_total Counts c.\n"
          "# TYPE c_total counter\n"
          "c_total 0\n");
    metrics.set("b", {}, 0.25);
    metrics.set("b", {}, 1.5);
    CHECK_CONTAINS(metrics.text(),
                   "\"} 0\n# HELP b Shows b.\n# TYPE b gauge\nb 1.5\n# HELP c_total");
  }

  TEST_CASE("a gauge that was not set, or is no longer known, is absent") {
    Metrics metrics;
    metrics.declare("b", Metrics::Type::kGauge, "Shows b.");
    CHECK(metrics.text() == "");
    metrics.set("b", {}, 0);
    CHECK(metrics.text().ends_with("\nb 0\n"));
    metrics.unset("b");
    CHECK(metrics.text() == "");
  }

  TEST_CASE("a label's value is escaped") {
    Metrics metrics;
    metrics.declare("b", Metrics::Type::kGauge, "Shows b.");
    metrics.set("b", {{"name", "a\"b\\c\nd"}}, 1);
    CHECK(metrics.text().ends_with("\nb{name=\"a\\\"b\\\\c\\nd\"} 1\n"));
  }

  TEST_CASE("a histogram's buckets are cumulative, and a bound belongs to its bucket") {
    Metrics metrics;
    metrics.declare_histogram("t_seconds", "Times.", {0.5, 1});
    for (const double value : {0.25, 0.5, 0.75, 3.0}) metrics.observe("t_seconds", value);
    CHECK(metrics.text() ==
          "# HELP t_seconds Times.\n"
          "# TYPE t_seconds histogram\n"
          "t_seconds_bucket{le=\"0.5\"} 2\n"
          "t_seconds_bucket{le=\"1\"} 3\n"
          "t_seconds_bucket{le=\"+Inf\"} 4\n"
          "t_seconds_sum 4.5\n"
          "t_seconds_count 4\n");
  }
}

}  // namespace elector::tests
