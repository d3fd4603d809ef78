// SPDX-License-Identifier: Apache-2.0
#include "kube/lock/pod.h"

#include "kube/base/json_text.h"

namespace elector::kube {
namespace {

std::string pods_path(const PodLabelName& label) {
  return "/api/v1/namespaces/" + percent_encode(label.name_space) + "/pods";
}

core::PodSeen decode_pod(const PodLabelName& label, std::string_view pod) {
  std::string marks = json::string_at(pod, {"metadata", "annotations", kLabelAnnotation});
  if (json::check(marks) || !json::is_object(marks)) marks.clear();
  return {.name = json::string_at(pod, {"metadata", "name"}),
          .version = json::string_at(pod, {"metadata", "resourceVersion"}),
          .value = json::string_at(pod, {"metadata", "labels", label.key}),
          .election = marks.empty() ? "" : json::string_at(marks, {label.key}),
          .marks = marks};
}

}  // namespace

HttpRequest pod_request(const PodLabelName& label, const std::string& pod) {
  HttpRequest request;
  request.path = pods_path(label) + "/" + percent_encode(pod);
  return request;
}

HttpRequest labelled_pods_request(const PodLabelName& label) {
  HttpRequest request;
  request.path = pods_path(label);
  request.query = {{"labelSelector", label.key + "=" + label.value}};
  return request;
}

HttpRequest label_request(const PodLabelName& label, const core::LabelEdit& edit) {
  using json::quote;
  const std::string marks = json::edit(edit.marks.empty() ? "{}" : edit.marks,
                                       {{label.key, edit.set ? quote(label.election) : ""}});
  HttpRequest request = pod_request(label, edit.pod);
  request.method = "PATCH";
  request.content_type = "application/merge-patch+json";
  request.body = "{\"metadata\":{\"resourceVersion\":" + quote(edit.version) + ",\"labels\":{" +
                 quote(label.key) + ":" + (edit.set ? quote(label.value) : "null") +
                 "},\"annotations\":{" + quote(kLabelAnnotation) + ":" +
                 (marks == "{}" ? "null" : quote(marks)) + "}}}";
  return request;
}

Expected<std::vector<core::PodSeen>> decode_pods(const PodLabelName& label, std::string_view text) {
  if (Failure failure = json::check(text)) return *failure;
  std::vector<core::PodSeen> pods;
  if (const auto items = json::find(text, "items")) {
    for (const std::string_view item : json::elements(*items)) {
      pods.push_back(decode_pod(label, item));
    }
  } else if (json::string_at(text, {"kind"}) == "Pod") {
    pods.push_back(decode_pod(label, text));
  } else if (!json::string_at(text, {"kind"}).ends_with("List")) {
    return Error{Error::Kind::kProtocol, "the answer is neither a Pod nor a list of Pods"};
  }
  return pods;
}

}  // namespace elector::kube
