// SPDX-License-Identifier: Apache-2.0
// A cgroup (v2) that a test creates, below the group of the test program.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace elector::tests {

// Whether this process may create groups.
bool can_make_cgroups();

class TestCgroup {
 public:
  // Requires can_make_cgroups(). Throws std::runtime_error if the folder cannot be created.
  TestCgroup();
  // Kills all processes in it.
  ~TestCgroup();
  TestCgroup(const TestCgroup&) = delete;
  TestCgroup& operator=(const TestCgroup&) = delete;

  const std::string& folder() const { return folder_; }
  // Returns the words that run a command in it: put them before the command's own.
  std::vector<std::string> enter() const;
  // Gives the folder to a user, as systemd delegates one.
  void give_to(uid_t user) const;
  // Returns the folders of the groups in it.
  std::vector<std::string> children() const;

 private:
  std::string folder_;
};

// Returns the processes in a group.
std::vector<pid_t> members(const std::string& folder);

}  // namespace elector::tests
