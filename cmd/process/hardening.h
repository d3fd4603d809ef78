// SPDX-License-Identifier: Apache-2.0
// Process hardening that every command applies at startup: inherited descriptors, core dumps,
// secrets, and what happens when memory runs out.
#pragma once

namespace elector::cmd {

// Keeps this process's later descriptors from taking the number of a closed standard one, and all
// of its descriptors from the programs that it starts. Writing to a standard output that was closed
// fails with EBADF, as if it were still closed.
void guard_descriptors();

// Disables core dumps, and keeps other processes of this user from reading the memory or the
// environment (prctl(2), PR_SET_DUMPABLE): they contain a credential. root still can, for example
// by `gcore PID`. It lasts until execve(2), so it does not affect what `exec` runs.
void hide_memory();

// Hides the values of --token and --password, in each of their spellings, and the user and password
// of URLs from what ps(1) shows of this process and of the guard that it forks. Until this call
// they can be seen.
void hide_secrets(int argc, char** argv);

// Makes the process end with a message and this exit code when no memory is left: a lock that it
// holds then runs out with its lease, and a guard, which has its own memory, ends the command of
// `exec` before that.
void end_without_memory(int exit_code);

// From now on, if SIGTERM ends the process in order, running out of memory does so, too: some
// memory is reserved for that. If that does not suffice, the process ends as above.
void end_in_order_without_memory();
// Whether the process is ending because memory ran out.
bool memory_ran_out();

// Throws std::bad_alloc instead, for a process that must do its work whatever happens.
void go_on_without_memory();

}  // namespace elector::cmd
