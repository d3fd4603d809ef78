// SPDX-License-Identifier: Apache-2.0
#include "cmd/guard/cgroup_place.h"

#include <fcntl.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <sstream>
#include <vector>

namespace elector::cmd {
namespace {

std::vector<std::string_view> split(std::string_view text, char at) {
  std::vector<std::string_view> parts;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(at), text.size());
    parts.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return parts;
}

bool is_octal(std::string_view digits) {
  return digits.size() == 3 && digits.find_first_not_of("01234567") == std::string_view::npos;
}

// Decodes mountinfo's octal escapes: a space is \040, and so on.
std::string unescaped(std::string_view text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const std::string_view digits = text.substr(std::min(i + 1, text.size()), 3);
    if (text[i] == '\\' && is_octal(digits)) {
      plain += static_cast<char>((digits[0] - '0') * 64 + (digits[1] - '0') * 8 + digits[2] - '0');
      i += 3;
    } else {
      plain += text[i];
    }
  }
  return plain;
}

std::string content(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

// Returns the first line of a file, or nothing if there is no such file.
std::optional<std::string> first_line(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  if (!std::getline(file, line)) return std::nullopt;
  return line;
}

bool has_mark(const std::string& folder, const char* name) {
  std::array<char, 8> value{};
  const ssize_t size = ::getxattr(folder.c_str(), name, value.data(), value.size());
  return size == 1 && value[0] == '1';
}

// Checks the first word, which is the limit itself.
bool limits(std::string_view value) {
  return value.substr(0, value.find(' ')) != "max";
}

bool is_unit(std::string_view name) {
  return name.ends_with(".service") || name.ends_with(".scope") || name.ends_with(".slice");
}

}  // namespace

std::optional<std::string> own_cgroup(std::string_view proc_cgroup) {
  for (std::string_view line : split(proc_cgroup, '\n')) {
    if (!line.starts_with("0::/")) continue;
    line.remove_prefix(3);
    if (line.ends_with(" (deleted)") || line == "/.." || line.starts_with("/../")) break;
    return std::string(line);
  }
  return std::nullopt;
}

// Fields: id, parent, device, root, mount point, options, any number of others, "-", type, …
std::optional<std::string> cgroup_folder(std::string_view mountinfo, std::string_view group) {
  std::optional<std::string> found;
  for (const std::string_view line : split(mountinfo, '\n')) {
    const auto words = split(line, ' ');
    const auto dash = std::find(words.begin(), words.end(), "-");
    if (words.size() < 6 || dash - words.begin() < 6 || words.end() - dash < 2) continue;
    if (*(dash + 1) != "cgroup2") continue;
    const std::string root = unescaped(words[3]);
    std::string_view rest = group;
    if (root != "/") {
      if (!rest.starts_with(root)) continue;
      rest.remove_prefix(root.size());
      if (!rest.empty() && rest.front() != '/') continue;
    }
    // The last mount hides the earlier ones.
    found = unescaped(words[4]).append(rest == "/" ? "" : rest);
  }
  return found;
}

CgroupFacts read_cgroup(const std::string& folder, std::string_view group) {
  const auto file = [&](const char* name) { return first_line(folder + "/" + name); };
  const std::string procs = folder + "/cgroup.procs";
  return {.name = std::string(group.substr(group.rfind('/') + 1)),
          .type = file("cgroup.type"),
          .memory_max = file("memory.max").value_or("max"),
          .memory_high = file("memory.high").value_or("max"),
          .cpu_max = file("cpu.max").value_or("max"),
          .delegated = has_mark(folder, "user.delegate") || has_mark(folder, "trusted.delegate"),
          .systemd = ::access("/run/systemd/system", F_OK) == 0,
          .writable = ::faccessat(AT_FDCWD, folder.c_str(), W_OK, AT_EACCESS) == 0 &&
                      ::faccessat(AT_FDCWD, procs.c_str(), W_OK, AT_EACCESS) == 0};
}

std::optional<std::string> reason_against(const CgroupFacts& facts) {
  if (facts.type && *facts.type != "domain") return "its type is " + *facts.type;
  if (limits(facts.memory_max) || limits(facts.memory_high)) return "it limits memory";
  if (limits(facts.cpu_max)) return "it limits processor time";
  const bool root_of_systemd = !facts.type && facts.systemd;
  if ((is_unit(facts.name) || root_of_systemd) && !facts.delegated) {
    return "systemd manages it, and it is not delegated";
  }
  if (!facts.writable) return "it is not writable";
  return std::nullopt;
}

CgroupPlace find_cgroup_place() {
  const auto group = own_cgroup(content("/proc/self/cgroup"));
  if (!group) return {"", "this process is in no cgroup v2"};
  auto folder = cgroup_folder(content("/proc/self/mountinfo"), *group);
  if (!folder) return {"", "no mount shows the cgroup v2 of this process"};
  if (const auto reason = reason_against(read_cgroup(*folder, *group))) {
    return {"", *folder + ": " + *reason};
  }
  return {std::move(*folder), ""};
}

}  // namespace elector::cmd
