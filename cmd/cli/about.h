// SPDX-License-Identifier: Apache-2.0
// What this elector is built from: `elector --version -v`, `elector --licenses`.
#pragma once

#include <string>

namespace elector::cmd {

// Returns whether this is one static file or uses shared libraries, and a line "NAME VERSION" for
// each library, for bug reports and scanners. For a static elector these are the versions linked
// in, otherwise the versions loaded (for header-only libraries, those compiled with).
std::string library_lines();

// Returns the licences and notices of elector and of everything linked into this program. Shared
// system libraries are not included: they come with their own. cmake/licenses.cmake generates the
// source.
std::string licenses();

}  // namespace elector::cmd
