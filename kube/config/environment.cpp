// SPDX-License-Identifier: Apache-2.0
// Reads the process's environment and whole files.
#include "kube/config/environment.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "kube/base/unique_fd.h"

namespace elector::kube {
namespace {

Error file_error(const std::string& path, const std::string& what) {
  return Error{Error::Kind::kConfig, path + ": " + what};
}

// Describes an errno in words: beyond "no such file", errno's own text is for programmers.
std::string open_failure(int error) {
  if (error == ENOENT) return "no such file";
  if (error == EACCES || error == EPERM) {
    return "cannot be read: permission denied for user " + std::to_string(geteuid());
  }
  return std::string("cannot be read: ") + std::strerror(error);
}

bool means_absent(int error) {
  return error == ENOENT || error == ENOTDIR;
}

Expected<std::string> read_open_file(int fd, const std::string& path) {
  std::string content;
  std::array<char, 16384> buffer;
  for (;;) {
    const ssize_t n = read(fd, buffer.data(), buffer.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return file_error(path, open_failure(errno));
    if (n == 0) return content;
    content.append(buffer.data(), static_cast<std::size_t>(n));
    if (content.size() > kMaxConfigBytes) {
      return file_error(path, "larger than 16 MiB, which is too large for this kind of file");
    }
  }
}

}  // namespace

std::string Environment::get(const std::string& name) const {
  return variable ? variable(name).value_or("") : "";
}

Environment Environment::of_process() {
  Environment environment;
  environment.variable = [](const std::string& name) -> std::optional<std::string> {
    const char* value = std::getenv(name.c_str());
    if (value == nullptr) return std::nullopt;
    return std::string(value);
  };
  environment.has_terminal = isatty(STDIN_FILENO) == 1;
  return environment;
}

Expected<std::optional<std::string>> read_file_if_there(const std::string& path,
                                                        bool regular_only) {
  // O_NONBLOCK only matters for a FIFO without a writer: it must not stop the event loop.
  const int flags = O_RDONLY | O_CLOEXEC | O_NOCTTY | (regular_only ? O_NONBLOCK : 0);
  const UniqueFd fd(open(path.c_str(), flags));
  if (!fd) {
    if (means_absent(errno)) return std::optional<std::string>();
    return file_error(path, open_failure(errno));
  }
  struct stat status {};
  if (fstat(fd.get(), &status) == 0 && S_ISDIR(status.st_mode)) {
    return file_error(path, "is a directory, not a file");
  }
  if (regular_only && !S_ISREG(status.st_mode)) {
    return file_error(path, "is not a regular file, so it cannot be read again");
  }
  auto content = read_open_file(fd.get(), path);
  if (!content) return content.error();
  return std::optional<std::string>(std::move(*content));
}

Expected<std::string> read_file(const std::string& path, bool regular_only) {
  auto content = read_file_if_there(path, regular_only);
  if (!content) return content.error();
  if (!*content) return file_error(path, open_failure(ENOENT));
  return std::move(**content);
}

Expected<bool> is_there(const std::string& path) {
  struct stat status {};
  if (stat(path.c_str(), &status) == 0) return true;
  if (means_absent(errno)) return false;
  return file_error(path, open_failure(errno));
}

}  // namespace elector::kube
