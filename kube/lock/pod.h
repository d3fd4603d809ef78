// SPDX-License-Identifier: Apache-2.0
// Pods, as far as their labels are concerned: reading them, and a patch that sets or removes a
// label.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"
#include "core/pod_label.h"
#include "kube/http/http_message.h"

namespace elector::kube {

// Records on a labelled pod which election a label belongs to: JSON, from the label's key to
// NAMESPACE/NAME. The processes of one pod may stand in different elections.
inline constexpr std::string_view kLabelAnnotation = "elector/labelled-for";

struct PodLabelName {
  std::string name_space;
  std::string key;
  std::string value;
  std::string election;  // for the annotation: NAMESPACE/NAME of the election
};

HttpRequest pod_request(const PodLabelName& label, const std::string& pod);
// Requests all pods that carry the label with this value.
HttpRequest labelled_pods_request(const PodLabelName& label);
// A merge patch (RFC 7386) that fails with 409 if the pod changed since.
HttpRequest label_request(const PodLabelName& label, const core::LabelEdit& edit);

// Returns the pods in an answer to the first two, a Pod or a list. Fails with kProtocol.
Expected<std::vector<core::PodSeen>> decode_pods(const PodLabelName& label, std::string_view text);

}  // namespace elector::kube
