// SPDX-License-Identifier: Apache-2.0
// Reading the API's protobuf bodies. Go clients (kube-scheduler's leader election, kubectl create)
// write them unless told otherwise; answers are JSON, which they all accept.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace elector::tests::apiserver {

// The media type of such bodies.
inline constexpr std::string_view kProtobufType = "application/vnd.kubernetes.protobuf";

// Returns the JSON of the object in body ("k8s\0" and a runtime.Unknown); nothing if it is not such
// an object, or of a kind other than Lease, ConfigMap, Endpoints, Event, Namespace (its metadata
// only) and DeleteOptions.
std::optional<std::string> protobuf_to_json(std::string_view body);

}  // namespace elector::tests::apiserver
