// SPDX-License-Identifier: Apache-2.0
// The rules on text that more than one file needs.
#pragma once

#include <string>
#include <string_view>

namespace elector::kube {

// An ASCII letter or digit.
bool is_alphanumeric(char c);

// Returns the text without the white space at both ends: spaces, tabs, CR and LF.
std::string_view trim(std::string_view text);

// Whether a C0 character or DEL is in the text. A line break in a header's value would begin
// another header.
bool has_control_character(std::string_view text);

// Returns the text with each control character (C0, DEL, and C1 in UTF-8) replaced by a space. In a
// message, a line break would begin another line, and an escape sequence would control the
// terminal.
std::string on_one_line(std::string_view text);

// Returns the text with everything but letters, digits and the characters of `plain` as %XX.
std::string percent_encode(std::string_view text, std::string_view plain);

// Whether the text has the form of an RFC 1123 label, or of several with dots between them (a
// subdomain), in lower case. Neither limits the length.
bool is_dns_label(std::string_view text);
bool is_dns_subdomain(std::string_view text);

}  // namespace elector::kube
