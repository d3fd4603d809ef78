// SPDX-License-Identifier: Apache-2.0
// Starts a program that the user names: a credential plugin, the command of `watch --exec`.
#pragma once

#include <sys/types.h>

#include <string>
#include <utility>
#include <vector>

namespace elector::kube {

struct Program {
  std::string file;                    // searched for in PATH if it contains no slash
  std::vector<std::string> arguments;  // with the program's name as the first
  // Set in the program's environment, which is otherwise this process's without ELECTOR_TOKEN.
  std::vector<std::pair<std::string, std::string>> variables{};
  bool own_group = false;  // leads a new process group instead of joining this process's
  bool no_input = false;   // reads /dev/null instead of this process's standard input
  // Descriptors above the standard ones, which replace standard output and error; -1: not replaced.
  int output = -1;
  int errors = -1;
};

// Starts the program and sets `pid`; the caller must collect it (ChildWatch). Returns 0, or the
// errno with which the program could not be started.
//
// The program has no signal blocked. It ignores those that this process was started with as
// ignored, but not SIGPIPE and SIGXFSZ, which elector itself ignores. It inherits the descriptors
// that this process inherited, and no others: keep_own_descriptors().
int spawn(const Program& program, pid_t& pid);

}  // namespace elector::kube
