// SPDX-License-Identifier: Apache-2.0
// Names of candidates as a user gives them, for comparison with a holder's identity.
#pragma once

#include <string_view>

namespace elector::core {

// Whether the name is a pattern, that is, ends in "_*", as "HOST_*" does.
bool is_identity_pattern(std::string_view name);

// Whether `identity` equals the name or, for a pattern "HOST_*", is HOST_ followed by a UUID: the
// form of identity that kube-scheduler, kube-controller-manager and everything built with
// controller-runtime use. "web_*" matches neither another host that begins with "web" nor any other
// suffix.
bool matches_identity(std::string_view name, std::string_view identity);

}  // namespace elector::core
