// The Warning headers by which the API server tells a client what to change: a version that goes
// away, a field that is ignored.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace elector::kube {

// What of it is kept: texts of one answer, and bytes of one text.
inline constexpr std::size_t kMostWarnings = 16;
inline constexpr std::size_t kLongestWarning = 1024;

// The texts of one header's value that have code 299 (RFC 7234 5.5), as client-go reads them:
// `299 - "text" "date", 299 - "text"`. Reading ends at the first thing that is not of that form, or
// is not UTF-8, or has a control character; what came before it counts.
std::vector<std::string> parse_warnings(std::string_view value);

}  // namespace elector::kube
