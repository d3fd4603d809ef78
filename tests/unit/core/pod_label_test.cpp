// SPDX-License-Identifier: Apache-2.0
#include "core/pod_label.h"

#include <doctest/doctest.h>

#include "core/health.h"

namespace elector::tests {

using core::LabelEdit;
using core::plan_label;
using core::PodSeen;

namespace {

struct Row {
  const char* what;
  bool leading;
  std::vector<PodSeen> pods;
  std::vector<LabelEdit> edits;
  bool taken = false;
};

}  // namespace

TEST_CASE("the leader's pod carries the label, no other pod of the election does") {
  const PodSeen bare{"me", "7", "", ""};
  const PodSeen labelled{"me", "7", "leader", "ns/e"};
  const PodSeen dead{"dead", "9", "leader", "ns/e"};
  const PodSeen others{"other", "9", "leader", "ns/another"};
  const PodSeen by_hand{"hand", "9", "leader", ""};
  const std::vector<Row> table{
      {"a leader labels its pod", true, {bare}, {{"me", "7", true}}},
      {"once is enough", true, {labelled}, {}},
      {"a leader clears what a dead one left", true, {labelled, dead}, {{"dead", "9", false}}},
      {"both at once", true, {bare, dead}, {{"me", "7", true}, {"dead", "9", false}}},
      {"another election's label stays", true, {labelled, others}, {}},
      {"so does one that somebody put there by hand", true, {labelled, by_hand}, {}},
      {"a label put on our pod by hand is taken over",
       true,
       {{"me", "7", "leader", ""}},
       {{"me", "7", true}}},
      {"another value is not ours to change", true, {{"me", "7", "web", ""}}, {}, true},
      {"nor to remove", false, {{"me", "7", "web", ""}}, {}},
      {"who does not lead takes it off", false, {labelled}, {{"me", "7", false}}},
      {"and touches no other pod", false, {labelled, dead}, {{"me", "7", false}}},
      {"what the pod says of other labels goes back",
       true,
       {{"me", "7", "", "", "{\"x\":\"ns/f\"}"}},
       {{"me", "7", true, "{\"x\":\"ns/f\"}"}}},
      {"another election's label on our pod is for that one to take off",
       false,
       {{"me", "7", "leader", "ns/another"}},
       {}},
      {"and says what ours would say", true, {{"me", "7", "leader", "ns/another"}}, {}},
      {"who does not lead takes off one that was put there by hand",
       false,
       {{"me", "7", "leader", ""}},
       {{"me", "7", false}}},
      {"nothing to do", false, {bare}, {}},
      {"our pod is not there", true, {dead}, {{"dead", "9", false}}},
      {"nothing is there", false, {}, {}},
  };
  for (const Row& row : table) {
    CAPTURE(row.what);
    const auto plan = plan_label(
        {.pod = "me", .value = "leader", .election = "ns/e", .leading = row.leading}, row.pods);
    CHECK(plan.edits == row.edits);
    CHECK(plan.taken == row.taken);
  }
}

TEST_CASE("healthy from the first success until so many failures in a row") {
  core::Health health(3);
  CHECK_FALSE(health.looked());
  CHECK_FALSE(health.healthy());
  health.note(false);
  CHECK(health.looked());
  CHECK_FALSE(health.healthy());
  health.note(true);
  CHECK(health.healthy());
  for (const bool good : {false, false, true, false, false}) {
    health.note(good);
    CHECK(health.healthy());
  }
  health.note(false);
  CHECK_FALSE(health.healthy());
  health.note(true);
  CHECK(health.healthy());
}

}  // namespace elector::tests
