#include "cmd/command_lookup.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <sstream>

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
  std::istringstream folders(path != nullptr ? path : "/bin:/usr/bin");
  int error = ENOENT;
  for (std::string folder; std::getline(folders, folder, ':');) {
    const int result = check((folder.empty() ? "." : folder) + "/" + command);
    if (result == 0) return 0;
    if (result != ENOENT && result != EISDIR) error = result;
  }
  return error;
}

}  // namespace elector::cmd
