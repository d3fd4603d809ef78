// SPDX-License-Identifier: Apache-2.0
// `elector --licenses`.
#pragma once

#include <string>

namespace elector::cmd {

// Returns the licences and notices of elector and of everything linked into this program. Shared
// system libraries are not included: they come with their own. cmake/licenses.cmake generates the
// source.
std::string licenses();

}  // namespace elector::cmd
