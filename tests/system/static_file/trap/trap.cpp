// SPDX-License-Identifier: Apache-2.0
// A shared library that ends every process that loads it, with the exit code 99: what a static
// elector must never do. The tests put it where name services, OpenSSL's providers and engines, and
// character sets are looked for.
#include <unistd.h>

namespace {

__attribute__((constructor)) void spring() {
  const char text[] = "trap: this library was loaded\n";
  [[maybe_unused]] const auto written = ::write(2, text, sizeof text - 1);
  ::_exit(99);
}

}  // namespace
