// SPDX-License-Identifier: Apache-2.0
// The label that a pod carries while its process leads: which pods to change, given what they carry
// now. Pure; the caller reads and patches the pods.
//
// The order is: lead, then label; unlabel, then release. If a process dies with the label on its
// pod, the next leader removes it. The next leader recognises such a pod by an annotation, since
// two elections of one namespace, and even two processes of one pod, may use the same label.
#pragma once

#include <string>
#include <vector>

namespace elector::core {

struct PodSeen {
  std::string name;
  std::string version;   // metadata.resourceVersion: an edit applies only to what was seen
  std::string value;     // of the label; "" without it
  std::string election;  // that the label belongs to, by the annotation; "" if that does not say
  std::string marks{};   // the annotation, which covers other labels too; sent back with an edit

  bool operator==(const PodSeen&) const = default;
};

struct LabelWish {
  std::string pod;    // this process's own
  std::string value;  // of the label while leading
  std::string election;
  bool leading = false;
};

struct LabelEdit {
  std::string pod;
  std::string version;
  bool set = false;  // otherwise the label is removed
  std::string marks{};

  bool operator==(const LabelEdit&) const = default;
};

struct LabelPlan {
  std::vector<LabelEdit> edits;
  // This pod has the label with another value, which elector must not change: a Service or a
  // ReplicaSet may select by it.
  bool taken = false;
};

// `pods`: this process's own pod, and all other readable pods that carry the label with this value.
LabelPlan plan_label(const LabelWish& wish, const std::vector<PodSeen>& pods);

}  // namespace elector::core
