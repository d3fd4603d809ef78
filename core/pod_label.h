// The label that a pod carries while its process leads: which pods are to be changed, given what
// they carry now. Pure; reading and patching pods is the shell's.
//
// The order is: lead first, then label; unlabel first, then release. A pod whose process died with
// the label on it is unlabelled by the next leader, which knows it by an annotation: two elections
// of one namespace, and even two processes of one pod, may use the same label.
#pragma once

#include <string>
#include <vector>

namespace elector::core {

struct PodSeen {
  std::string name;
  std::string version;   // metadata.resourceVersion: an edit holds only for what was seen
  std::string value;     // of the label; "" without it
  std::string election;  // whose label it is, by the annotation; "" if that does not say
  std::string marks{};   // the annotation, which is of other labels too; goes back with an edit

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
  bool set = false;  // else the label is taken off
  std::string marks{};

  bool operator==(const LabelEdit&) const = default;
};

struct LabelPlan {
  std::vector<LabelEdit> edits;
  // This pod has the label with another value, which is not ours to change: a Service or a
  // ReplicaSet may select by it.
  bool taken = false;
};

// `pods`: the own one, and all others that carry the label with this value as far as they may be
// looked at.
LabelPlan plan_label(const LabelWish& wish, const std::vector<PodSeen>& pods);

}  // namespace elector::core
