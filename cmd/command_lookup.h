// Finding the command that exec is to run, before anything else is done for it.
#pragma once

#include <string>

namespace elector::cmd {

// 0 if execvp(3) would find something to execute under this name, else the errno it would fail
// with: ENOENT (not found) or EACCES (found, but not executable). EISDIR for a directory that is
// named by a path, of which execvp(3) says EACCES.
int look_up_command(const std::string& command);

}  // namespace elector::cmd
