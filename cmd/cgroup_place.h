// Where a command may be given a cgroup of its own: a folder of the cgroup v2 hierarchy in which
// this process is, if nothing speaks against a new group there. Files are read below a root folder,
// which the tests choose.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace elector::cmd {

// The path of the group in the v2 hierarchy, as of /proc/PID/cgroup. Nothing if the text names
// none, or one that is outside of the reader's cgroup namespace or was deleted.
std::optional<std::string> own_cgroup(std::string_view proc_cgroup);

// The folder of that group by /proc/PID/mountinfo: below the cgroup2 mount that shows it, which may
// show a part of the hierarchy only. Nothing where none does (a v1 hierarchy alone).
std::optional<std::string> cgroup_folder(std::string_view mountinfo, std::string_view group);

// What is known of a group.
struct CgroupFacts {
  std::string name;                 // the last part of its path; "" for the root of the hierarchy
  std::optional<std::string> type;  // cgroup.type; the real root has none
  std::string memory_max = "max";   // these as in the files, of which a missing one limits nothing
  std::string memory_high = "max";
  std::string cpu_max = "max";
  bool delegated = false;  // by systemd's mark
  bool systemd = false;    // systemd manages this machine's groups
  bool writable = false;
};
CgroupFacts read_cgroup(const std::string& folder, std::string_view group);

// Why no group is made below that one; nothing if one may be. A command looks for the limits on its
// memory and processors in its own group, so one with such limits stays the command's own. What
// systemd has not delegated is systemd's alone.
std::optional<std::string> reason_against(const CgroupFacts& facts);

// The folder for a new group of this process's, or why there is none.
struct CgroupPlace {
  std::string folder;  // "" for none
  std::string reason;
};
CgroupPlace find_cgroup_place();

}  // namespace elector::cmd
