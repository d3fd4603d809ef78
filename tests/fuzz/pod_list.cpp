// SPDX-License-Identifier: Apache-2.0
// What the API server shows of pods: read without trouble, and every change that is planned of it
// is a patch that touches one label and one annotation of one pod.
#include "core/pod_label.h"
#include "kube/base/json_text.h"
#include "kube/lock/pod.h"
#include "tests/fuzz/fuzz.h"

namespace elector::tests {
namespace {

namespace json = kube::json;

const kube::PodLabelName kLabel{.name_space = "default",
                                .key = "example.com/role",
                                .value = "leader",
                                .election = "default/example"};

void check_patch(const core::LabelEdit& edit) {
  const kube::HttpRequest request = kube::label_request(kLabel, edit);
  require(request.path.starts_with("/api/v1/namespaces/default/pods/") &&
              request.path.find_first_of(" ?#\r\n", 0) == std::string::npos,
          "the path is one pod's", request.path);
  require(!json::check(request.body), "a patch is JSON", request.body);
  require(json::string_at(request.body, {"metadata", "resourceVersion"}) == edit.version,
          "a patch holds for the pod that was seen", request.body);
  const std::string label = json::string_at(request.body, {"metadata", "labels", kLabel.key});
  require(label == (edit.set ? kLabel.value : ""), "the label is set or taken off", request.body);
  const std::string marks =
      json::string_at(request.body, {"metadata", "annotations", kube::kLabelAnnotation});
  require(marks.empty() || !json::check(marks), "the annotation is JSON", marks);
  const std::string election = marks.empty() ? "" : json::string_at(marks, {kLabel.key});
  require(election == (edit.set ? kLabel.election : ""), "it names the election", marks);
}

void check(std::string_view text) {
  const auto pods = kube::decode_pods(kLabel, text);
  if (!pods) return require_good(pods.error());
  for (const bool leading : {true, false}) {
    for (const core::PodSeen& own : *pods) {
      const auto plan = core::plan_label(
          {.pod = own.name, .value = kLabel.value, .election = kLabel.election, .leading = leading},
          *pods);
      require(plan.edits.size() <= pods->size(), "a pod is changed at most once");
      for (const core::LabelEdit& edit : plan.edits) check_patch(edit);
      if (&own - pods->data() > 4) break;
    }
  }
}

}  // namespace
}  // namespace elector::tests

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  elector::tests::check(elector::tests::text_of(data, size));
  return 0;
}
