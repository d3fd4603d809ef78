// Finding the command that exec is to run, before anything else is done for it.
#pragma once

#include <string>

namespace elector::cmd {

// 0 if execvp(3) would find something to execute under this name, else the errno it would fail
// with: ENOENT (not found) or EACCES (found, but a directory or not executable).
int look_up_command(const std::string& command);

}  // namespace elector::cmd
