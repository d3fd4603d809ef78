// The processes that this process has started for itself, such as a credential plugin: each is
// waited for by its pid, and has work to do that must not be mistaken for a leftover of the command
// of `exec`.
#pragma once

#include <sys/types.h>

#include <vector>

namespace elector::kube {

void note_helper_process(pid_t pid);
// It was waited for, or was killed: the pid may soon be that of another process.
void forget_helper_process(pid_t pid);

const std::vector<pid_t>& helper_processes();
bool is_helper_process(pid_t pid);

}  // namespace elector::kube
