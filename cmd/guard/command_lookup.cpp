// SPDX-License-Identifier: Apache-2.0
#include "cmd/guard/command_lookup.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <string_view>

namespace elector::cmd {
namespace {

int check(const std::string& path) {
  struct stat found {};
  if (::stat(path.c_str(), &found) != 0) return errno == ENOTDIR ? ENOENT : errno;
  if (S_ISDIR(found.st_mode)) return EISDIR;
  if (!S_ISREG(found.st_mode) || ::access(path.c_str(), X_OK) != 0) return EACCES;
  return 0;
}

}  // namespace

int look_up_command(const std::string& command) {
  if (command.empty()) return ENOENT;
  if (command.find('/') != std::string::npos) return check(command);
  const char* path = std::getenv("PATH");
  std::string_view folders = path != nullptr ? path : "/bin:/usr/bin";
  int error = ENOENT;
  // An empty entry, even at the end or as the only one, means the working directory.
  while (true) {
    const std::size_t colon = folders.find(':');
    const std::string folder(folders.substr(0, colon));
    const int result = check((folder.empty() ? "." : folder) + "/" + command);
    if (result == 0) return 0;
    if (result != ENOENT && result != EISDIR) error = result;
    if (colon == std::string_view::npos) return error;
    folders.remove_prefix(colon + 1);
  }
}

}  // namespace elector::cmd
