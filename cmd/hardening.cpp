#include "cmd/hardening.h"

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

#include "cmd/unblocked.h"
#include "kube/descriptors.h"

namespace elector::cmd {
namespace {

// For several copies of the largest event (4 MiB): a buffer that grows is there twice, and so is an
// object that is written back. It is never touched, so it takes address space and no memory.
constexpr std::size_t kReserve = 32UL << 20U;

int code_without_memory = 1;
void* reserve = nullptr;
bool ran_out = false;

void say_and_end() {
  write_unblocked(STDERR_FILENO, "elector: out of memory\n");
  ::_exit(code_without_memory);
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
    // Standard output for reading only: whoever prints there is still told EBADF, so that no result
    // is lost with success. Close-on-exec, so that what exec runs finds them closed as they were.
    const int access = fd == STDOUT_FILENO ? O_RDONLY : O_RDWR;
    if (::open("/dev/null", access | O_CLOEXEC) < 0) return;  // it is the lowest free one: fd
  }
}

void hide_memory() {
  ::prctl(PR_SET_DUMPABLE, 0);
}

void hide_secrets(int argc, char** argv) {
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    const std::size_t equals = std::min(word.find('='), word.size());
    const std::string_view flag = word.substr(0, equals);
    // With one dash in the command line of 2016.
    if (flag != "--token" && flag != "-token" && flag != "--password" && flag != "-password") {
      continue;
    }
    if (equals < word.size()) {
      std::memset(argv[i] + equals + 1, 'x', word.size() - equals - 1);
    } else if (i + 1 < argc) {
      std::memset(argv[i + 1], 'x', std::strlen(argv[i + 1]));
    }
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
