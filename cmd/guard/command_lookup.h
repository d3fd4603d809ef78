// SPDX-License-Identifier: Apache-2.0
// Looks up the command of exec before anything else is done for it.
#pragma once

#include <string>

namespace elector::cmd {

// Returns 0 if execvp(3) would find something to execute under this name, otherwise the errno it
// would fail with: ENOENT (not found) or EACCES (found, but not executable). Returns EISDIR for the
// path of a directory, where execvp(3) fails with EACCES.
int look_up_command(const std::string& command);

}  // namespace elector::cmd
