// SPDX-License-Identifier: Apache-2.0
// Finds where a command may get its own cgroup: in the cgroup v2 folder of this process, unless
// something speaks against a new group there. The parts take texts and folders as arguments, which
// tests choose.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace elector::cmd {

// Returns the path of the group in the v2 hierarchy, from the text of /proc/PID/cgroup. Nothing if
// the text names none, or one that is outside the reader's cgroup namespace or was deleted.
std::optional<std::string> own_cgroup(std::string_view proc_cgroup);

// Returns the folder of that group, from the text of /proc/PID/mountinfo: below the cgroup2 mount
// that shows it, which may show only a part of the hierarchy. Nothing if no mount does (only a v1
// hierarchy).
std::optional<std::string> cgroup_folder(std::string_view mountinfo, std::string_view group);

// The properties of a group.
struct CgroupFacts {
  std::string name;                 // the last part of its path; "" for the root of the hierarchy
  std::optional<std::string> type;  // cgroup.type; the real root has none
  std::string memory_max = "max";   // these three as in the files; a missing file is no limit
  std::string memory_high = "max";
  std::string cpu_max = "max";
  bool delegated = false;  // marked so by systemd
  bool systemd = false;    // systemd manages this machine's groups
  bool writable = false;
};
CgroupFacts read_cgroup(const std::string& folder, std::string_view group);

// Returns why no group may be made below that one, or nothing. A command looks for its memory and
// processor limits in its own group, so a group with such limits stays the command's own. What
// systemd has not delegated belongs to systemd alone.
std::optional<std::string> reason_against(const CgroupFacts& facts);

// The folder for a new group of this process, or why there is none.
struct CgroupPlace {
  std::string folder;  // "" for none
  std::string reason;
};
CgroupPlace find_cgroup_place();

}  // namespace elector::cmd
