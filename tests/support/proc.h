// SPDX-License-Identifier: Apache-2.0
// Inspects processes from outside, through /proc.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

namespace elector::tests {

// CLOCK_BOOTTIME now.
std::int64_t boot_nanoseconds();
// Returns the content of /proc/PID/WHAT, "" if there is no such process.
std::string proc(pid_t pid, const std::string& what);
// Returns the children of a process's first thread.
std::vector<pid_t> children_of(pid_t pid);
// Returns all descendants.
std::vector<pid_t> descendants_of(pid_t pid);
// Returns the name in /proc/PID/comm, "" if there is none.
std::string process_name(pid_t pid);
// Returns the state letter in /proc/PID/stat, '-' if there is no such process.
char process_state(pid_t pid);

}  // namespace elector::tests
