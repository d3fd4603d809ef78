// SPDX-License-Identifier: Apache-2.0
// Linked into everything that is built to count lines (-DELECTOR_COVERAGE=ON). The counts are
// written when a process exits; these are the two ways of ending that skip the writing, and the
// linker (--wrap, see ld(1), which gives the names) sends their callers here. Writing needs memory,
// and room in a file: tests that run without them set UNCOUNTED in the environment, and then
// nothing is written.
#include <cstdlib>

extern "C" {

#include <gcov.h>  // which forgets that it may be C++ that includes it

[[noreturn]] void __real__exit(int status);
int __real_execvp(const char* file, char* const* argv);

[[noreturn]] void __wrap__exit(int status) {
  if (std::getenv("UNCOUNTED") == nullptr) __gcov_dump();
  __real__exit(status);
}

int __wrap_execvp(const char* file, char* const* argv) {
  if (std::getenv("UNCOUNTED") != nullptr) return __real_execvp(file, argv);
  __gcov_dump();
  const int result = __real_execvp(file, argv);
  __gcov_reset();  // otherwise what follows the failure would not be counted
  return result;
}

}  // extern "C"
