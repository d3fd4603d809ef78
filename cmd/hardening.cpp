#include "cmd/hardening.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <new>

#include "cmd/unblocked.h"
#include "kube/descriptors.h"

namespace elector::cmd {
namespace {

int code_without_memory = 1;

void say_and_end() {
  write_unblocked(STDERR_FILENO, "elector: out of memory\n");
  ::_exit(code_without_memory);
}

}  // namespace

void guard_descriptors() {
  kube::note_inherited_descriptors();
  // Close-on-exec, so that what exec runs finds them closed as they were.
  int fd = 0;
  do {
    fd = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  } while (fd >= 0 && fd <= STDERR_FILENO);
  if (fd >= 0) ::close(fd);
}

void hide_memory() {
  ::prctl(PR_SET_DUMPABLE, 0);
}

void end_without_memory(int exit_code) {
  code_without_memory = exit_code;
  std::set_new_handler(say_and_end);
}

void go_on_without_memory() {
  std::set_new_handler(nullptr);
}

}  // namespace elector::cmd
