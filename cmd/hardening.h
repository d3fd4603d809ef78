// What every command does first, for what it holds and for who depends on it.
#pragma once

namespace elector::cmd {

// Keeps a later descriptor of ours out of the place of a standard one that was closed, and all of
// ours out of the programs that we start. What is written to a standard output that was closed
// fails with EBADF, as if nothing stood there.
void guard_descriptors();

// Leaves no core dump, and lets no other process of this user read the memory or the environment
// (prctl(2), PR_SET_DUMPABLE): a credential is in them. root still can, `gcore PID` say. It holds
// until execve(2), so what `exec` runs is as it would be without us.
void hide_memory();

// Takes the values of --token and --password, in each of their spellings, and the user and password
// of URLs out of what ps(1) shows of this process, and of the guard that it forks. For the moment
// until then they could be seen.
void hide_secrets(int argc, char** argv);

// Ends the process with a line that says so when there is no memory left: a lock that it holds then
// runs out with its lease, and a guard, who has memory of its own, ends the command of `exec`
// before.
void end_without_memory(int exit_code);

// From here on, where SIGTERM ends the process in order, it does so without memory, too: some was
// kept back for that. Where that does not suffice either it ends as above.
void end_in_order_without_memory();
// Whether that is why it ends.
bool memory_ran_out();

// For a process that must do its work whatever happens: std::bad_alloc is thrown instead.
void go_on_without_memory();

}  // namespace elector::cmd
