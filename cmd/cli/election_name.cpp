// SPDX-License-Identifier: Apache-2.0
#include "cmd/cli/election_name.h"

#include <algorithm>
#include <array>

#include "cmd/cli/name_checks.h"
#include "cmd/output/text.h"

namespace elector::cmd {
namespace {

// Shells, interpreters and wrappers. Compared without a version suffix: python3.11 is python.
constexpr std::array<std::string_view, 57> kSaysNothing{
    "sh",      "bash",    "dash",    "ash",    "zsh",   "ksh",       "mksh",    "csh",
    "tcsh",    "fish",    "busybox", "python", "pypy",  "perl",      "ruby",    "node",
    "nodejs",  "deno",    "bun",     "php",    "lua",   "tclsh",     "rscript", "java",
    "dotnet",  "mono",    "go",      "npm",    "npx",   "make",      "env",     "sudo",
    "doas",    "su",      "nice",    "ionice", "chrt",  "taskset",   "timeout", "time",
    "nohup",   "setsid",  "stdbuf",  "xargs",  "tini",  "elector",   "flock",   "runuser",
    "setpriv", "unshare", "nsenter", "strace", "watch", "dumb-init", "uv",      "uvx",
    "kubectl"};

std::string_view without_version(std::string_view name) {
  const std::size_t end = name.find_last_not_of("0123456789.-");
  return end == std::string_view::npos ? name : name.substr(0, end + 1);
}

// name: in lower case, without folders.
bool is_wrapper(std::string_view name) {
  return std::any_of(kSaysNothing.begin(), kSaysNothing.end(), [&](std::string_view known) {
    return name == known || without_version(name) == known;
  });
}

}  // namespace

Expected<std::string> election_of_command(std::string_view command) {
  const auto error = [](std::string problem) {
    return Error{Error::Kind::kUsage, "give --election=NAME: " + std::move(problem)};
  };
  const std::string_view base = command.substr(command.rfind('/') + 1);
  std::string name;
  for (const char c : base) {
    const bool upper = c >= 'A' && c <= 'Z';
    const bool kept = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-';
    name += upper ? static_cast<char>(c - 'A' + 'a') : kept ? c : '-';
  }
  if (is_wrapper(name)) {
    return error(quoted(base) + " is a shell, interpreter or wrapper, which does not name the job");
  }
  const std::size_t begin = name.find_first_not_of(".-");
  const std::size_t end = name.find_last_not_of(".-");
  name = begin == std::string::npos ? "" : name.substr(begin, end - begin + 1);
  if (object_name_problem(name)) {
    return error("the command's name " + quoted(base) + " cannot be used as the election's name");
  }
  return name;
}

bool names_election(const Scan& scanned) {
  if (scanned.ended_by_dashes || scanned.words.size() < 2 || scanned.words[1] != "--") return false;
  const std::string& word = scanned.words[0];
  return word.find('/') == std::string::npos && !is_wrapper(word) && !scanned.has("election");
}

}  // namespace elector::cmd
