// SPDX-License-Identifier: Apache-2.0
// close_range(2) could do half of this, on kernels since 5.11.
#include "kube/auth/descriptors.h"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <memory>
#include <string_view>
#include <vector>

namespace elector::kube {
namespace {

// The upper limit without /proc: as many as a process has by default.
constexpr int kUsualLimit = 1024;

struct Closer {
  void operator()(DIR* folder) const { ::closedir(folder); }
};

// Returns descriptors above the standard ones; some may not be open.
std::vector<int> open_descriptors() {
  std::vector<int> found;
  const std::unique_ptr<DIR, Closer> folder(::opendir("/proc/self/fd"));
  if (!folder) {
    for (int fd = STDERR_FILENO + 1; fd < kUsualLimit; ++fd) found.push_back(fd);
    return found;
  }
  while (const dirent* entry = ::readdir(folder.get())) {
    const std::string_view name = entry->d_name;
    int fd = -1;
    std::from_chars(name.data(), name.data() + name.size(), fd);
    if (fd > STDERR_FILENO && fd != ::dirfd(folder.get())) found.push_back(fd);
  }
  return found;
}

bool stays_open(int fd) {
  const int flags = ::fcntl(fd, F_GETFD);
  return flags >= 0 && (flags & FD_CLOEXEC) == 0;
}

std::vector<int>& inherited() {
  static std::vector<int> descriptors;
  return descriptors;
}

}  // namespace

void note_inherited_descriptors() {
  inherited() = open_descriptors();
  std::erase_if(inherited(), [](int fd) { return !stays_open(fd); });
}

void keep_own_descriptors() {
  const std::vector<int>& foreign = inherited();
  for (const int fd : open_descriptors()) {
    const bool ours = std::find(foreign.begin(), foreign.end(), fd) == foreign.end();
    if (ours && stays_open(fd)) ::fcntl(fd, F_SETFD, FD_CLOEXEC);
  }
}

}  // namespace elector::kube
