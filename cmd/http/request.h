// SPDX-License-Identifier: Apache-2.0
// Reads what libmicrohttpd does not read from a request in the way that is needed here.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

struct MHD_Connection;

namespace elector::cmd {

// Decodes percent-encoding in place; returns the new length. Leaves %00 as it is: decoded, it would
// end the text, and "/%00x" would be "/".
std::size_t percent_decode(char* text);

// Whether a NUL in the target hides the rest of it: then there is more than spaces between the end
// of its text and the version, which follows it in libmicrohttpd's buffer.
bool is_cut_off(const char* target_end, const char* version);

// Returns the value of each Host field.
std::vector<std::string> hosts_of(MHD_Connection* connection);

}  // namespace elector::cmd
