// SPDX-License-Identifier: Apache-2.0
// The Warning headers by which the API server tells a client what to change: a version that will be
// removed, a field that is ignored.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace elector::kube {

// Limits on what is kept: texts of one answer, and bytes of one text.
inline constexpr std::size_t kMostWarnings = 16;
inline constexpr std::size_t kLongestWarning = 1024;

// Returns the texts of one header's value that have code 299 (RFC 7234 5.5), as client-go reads
// them: `299 - "text" "date", 299 - "text"`. Reading stops at the first thing that is not of that
// form, is not UTF-8 or has a control character; the texts before it count.
std::vector<std::string> parse_warnings(std::string_view value);

}  // namespace elector::kube
