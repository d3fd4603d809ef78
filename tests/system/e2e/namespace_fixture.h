// SPDX-License-Identifier: Apache-2.0
// `elector exec` in separate namespaces and as another user; counts how many of the cases that need
// them could run.
#pragma once

#include <sys/types.h>
#include <unistd.h>

#include <string>

#include "tests/support/temp_dir.h"
#include "tests/system/e2e/exec_fixture.h"

namespace elector::tests {

// A user without processes and rights. Each run of the tests has its own: a limit on the number of
// a user's processes counts those of the whole machine.
inline const std::string kOtherUser = std::to_string(50'000'000 + ::getpid());

// What another user needs: the programs (elector, beat, and root-beat, which is set-user-ID root)
// and the kubeconfig (config) where it can read them, and a folder where it can write. Make it
// before other threads start processes: those could inherit a program that is still being written.
class SharedFiles {
 public:
  SharedFiles();

  std::string path(const std::string& name) const { return dir_.path(name); }
  std::string read(const std::string& name) const { return dir_.read(name); }
  // A file that every user can read.
  std::string write(const std::string& name, const std::string& content) const;
  // With the program of this folder, and its kubeconfig where the setup names none.
  Command exec_command(ExecSetup setup) const;

 private:
  TempDir dir_;
};

// Begins a case that needs namespaces; returns false, and counts the case as skipped, where the
// kernel does not let this user make them. As root that is a failure. The test program's last line
// has both numbers.
bool namespaces_can_be_made();

// The command within namespaces: the options are those of tests/support/within/within.cpp. Without
// the rights of root they are in a user namespace, and --user is left out.
Command within(const Words& options, Command command);

// elector below a process of within(), as the test program sees it. Waits until it is there;
// throws if it does not come.
pid_t elector_below(const Process& within);
// The process of that name below another, in the same way.
pid_t process_below(pid_t above, const std::string& name);

}  // namespace elector::tests
