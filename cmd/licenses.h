// `elector --licenses`.
#pragma once

#include <string>

namespace elector::cmd {

// The licences and notices of elector and of everything that is linked into this program. Shared
// libraries of the system are not: they bring theirs. cmake/licenses.cmake makes the source.
std::string licenses();

}  // namespace elector::cmd
