// Names of candidates as a user gives them, to be compared with a holder's.
#pragma once

#include <string_view>

namespace elector::core {

// Whether the name stands for more than itself: it ends in "_*", as in "HOST_*".
bool is_identity_pattern(std::string_view name);

// Whether `identity` is the name; or, for a pattern "HOST_*", HOST_ and a UUID, the form in which
// kube-scheduler, kube-controller-manager and everything built with controller-runtime name
// themselves. "web_*" matches neither another host that begins with "web" nor any other suffix.
bool matches_identity(std::string_view name, std::string_view identity);

}  // namespace elector::core
