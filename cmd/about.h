// What this elector is made of: `elector --version -v`.
#pragma once

#include <string>

namespace elector::cmd {

// Whether it is one static file or uses shared libraries, and a line "NAME VERSION" for each
// library, for reports of faults and for scanners: of a static elector these are the versions
// inside, of any other those that were loaded (and of libraries that are headers only, the ones it
// was compiled with).
std::string library_lines();

}  // namespace elector::cmd
