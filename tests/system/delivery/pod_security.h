// SPDX-License-Identifier: Apache-2.0
// The Pod Security Standards (kubernetes.io: "Pod Security Standards"), as a table of controls that
// are applied to the text of a pod.
#pragma once

#include <string>
#include <vector>

#include "tests/support/json.h"

namespace elector::tests {

// The controls of the profiles baseline and restricted that a pod breaks, by the names that the
// standards give them. `pod` has metadata and spec: a Pod, or the template of a Deployment.
std::vector<std::string> broken_controls(const JsonValue& pod);

}  // namespace elector::tests
