// SPDX-License-Identifier: Apache-2.0
#include "core/pod_label.h"

namespace elector::core {

LabelPlan plan_label(const LabelWish& wish, const std::vector<PodSeen>& pods) {
  LabelPlan plan;
  for (const PodSeen& pod : pods) {
    const bool ours = pod.election.empty() || pod.election == wish.election;
    if (pod.name != wish.pod) {
      // Only the leader cleans up, and only what this election has left behind.
      const bool left_over = pod.value == wish.value && pod.election == wish.election;
      if (wish.leading && left_over)
        plan.edits.push_back({pod.name, pod.version, false, pod.marks});
    } else if (!wish.leading) {
      if (pod.value == wish.value && ours)
        plan.edits.push_back({pod.name, pod.version, false, pod.marks});
    } else if (pod.value.empty() || (pod.value == wish.value && pod.election.empty())) {
      plan.edits.push_back({pod.name, pod.version, true, pod.marks});
    } else if (pod.value != wish.value) {
      plan.taken = true;
    }
  }
  return plan;
}

}  // namespace elector::core
