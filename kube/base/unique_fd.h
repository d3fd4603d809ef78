// SPDX-License-Identifier: Apache-2.0
// The owner of a descriptor.
#pragma once

#include <unistd.h>

#include <cerrno>
#include <utility>

namespace elector::kube {

class UniqueFd {
 public:
  UniqueFd() = default;
  // Takes what open(2) and its like return: a descriptor, or -1 for none.
  explicit UniqueFd(int fd) : fd_(fd) {}
  UniqueFd(UniqueFd&& other) noexcept : fd_(other.release()) {}
  UniqueFd& operator=(UniqueFd&& other) noexcept {
    const UniqueFd old(std::exchange(fd_, other.release()));
    return *this;
  }
  ~UniqueFd() { reset(); }

  explicit operator bool() const { return fd_ >= 0; }
  int get() const { return fd_; }  // -1 for none
  // Gives the descriptor up without closing it.
  int release() { return std::exchange(fd_, -1); }
  // Closes the descriptor. Leaves errno as it is, so that an error can be reported afterwards.
  void reset() {
    if (fd_ < 0) return;
    const int error = errno;
    ::close(release());
    errno = error;
  }

 private:
  int fd_ = -1;
};

}  // namespace elector::kube
