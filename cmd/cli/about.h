// SPDX-License-Identifier: Apache-2.0
// The libraries that this elector is built from: `elector --version -v`.
#pragma once

#include <string>

namespace elector::cmd {

// Returns whether this is one static file or uses shared libraries, and a line "NAME VERSION" for
// each library, for bug reports and scanners. For a static elector these are the versions linked
// in, otherwise the versions loaded (for header-only libraries, those compiled with).
std::string library_lines();

}  // namespace elector::cmd
