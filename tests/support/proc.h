// A look at processes from outside, by /proc.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

namespace elector::tests {

// Of CLOCK_BOOTTIME.
std::int64_t boot_nanoseconds();
// The content of /proc/PID/WHAT, "" if there is no such process.
std::string proc(pid_t pid, const std::string& what);
// The children of a process's first thread.
std::vector<pid_t> children_of(pid_t pid);
// All below it.
std::vector<pid_t> descendants_of(pid_t pid);
// The name in /proc/PID/comm, "" if there is none.
std::string process_name(pid_t pid);
// The letter in /proc/PID/stat, '-' if there is no such process.
char process_state(pid_t pid);

}  // namespace elector::tests
