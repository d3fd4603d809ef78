// SPDX-License-Identifier: Apache-2.0
#include "cmd/process/hardening.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <new>
#include <string_view>
#include <utility>

#include "cmd/output/nonblocking_write.h"
#include "kube/auth/descriptors.h"

namespace elector::cmd {
namespace {

// Room for several copies of the largest event (4 MiB): a buffer that grows exists twice, and so
// does an object that is written back. It is never touched, so it takes address space but no
// memory.
constexpr std::size_t kReserve = 32UL << 20U;

int code_without_memory = 1;
void* reserve = nullptr;
bool ran_out = false;

void say_and_end() {
  write_unblocked(STDERR_FILENO, "elector: out of memory\n");
  ::_exit(code_without_memory);
}

void cover(char* text, std::size_t size) {
  std::memset(text, 'x', size);
}

void begin_to_end() {
  if (reserve == nullptr) say_and_end();
  std::free(std::exchange(reserve, nullptr));
  ran_out = true;
  write_unblocked(STDERR_FILENO, "elector: out of memory: stopping\n");
  ::kill(::getpid(), SIGTERM);
}

}  // namespace

void guard_descriptors() {
  kube::note_inherited_descriptors();
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (::fcntl(fd, F_GETFD) >= 0) continue;
    // Standard output is opened for reading only: writes still fail with EBADF, so that no result
    // is lost with exit code 0. Close-on-exec, so that what exec runs finds them closed as they
    // were.
    const int access = fd == STDOUT_FILENO ? O_RDONLY : O_RDWR;
    if (::open("/dev/null", access | O_CLOEXEC) < 0) return;  // fd is the lowest free descriptor
  }
}

void hide_memory() {
  ::prctl(PR_SET_DUMPABLE, 0);
}

void hide_secrets(int argc, char** argv) {
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    // Go's flags, and so those of the 2016 command line, may have one dash or two.
    const std::size_t dashes = std::min(word.find_first_not_of('-'), word.size());
    const std::string_view flag = word.substr(dashes);
    for (const std::string_view secret : {"token", "password"}) {
      if ((dashes != 1 && dashes != 2) || !flag.starts_with(secret)) continue;
      const std::size_t value = dashes + secret.size() + 1;
      if (flag == secret && i + 1 < argc) cover(argv[i + 1], std::strlen(argv[i + 1]));
      if (flag.size() > secret.size() && flag[secret.size()] == '=') {
        cover(argv[i] + value, word.size() - value);
      }
    }
    // The user and the password of a URL.
    const std::size_t scheme = word.find("://");
    if (scheme == std::string_view::npos) continue;
    const std::size_t begin = scheme + 3;
    const std::size_t end = std::min(word.find_first_of("/?#", begin), word.size());
    const std::size_t at = word.substr(0, end).rfind('@');
    if (at != std::string_view::npos && at > begin) cover(argv[i] + begin, at - begin);
  }
}

void end_without_memory(int exit_code) {
  code_without_memory = exit_code;
  std::set_new_handler(say_and_end);
}

void end_in_order_without_memory() {
  reserve = std::malloc(kReserve);
  std::set_new_handler(begin_to_end);
}

bool memory_ran_out() {
  return ran_out;
}

void go_on_without_memory() {
  std::set_new_handler(nullptr);
}

}  // namespace elector::cmd
