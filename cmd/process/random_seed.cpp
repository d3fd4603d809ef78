// SPDX-License-Identifier: Apache-2.0
#include "cmd/process/random_seed.h"

#include <sys/random.h>
#include <sys/types.h>

#include <cerrno>
#include <random>

namespace elector::cmd {

std::uint64_t random_seed() {
  std::uint64_t seed = 0;
  // The kernel's pool is ready long before any container starts, and then this cannot fail
  // (getrandom(2)) unless a sandbox refuses it.
  ssize_t got = 0;
  do {
    got = ::getrandom(&seed, sizeof seed, 0);
  } while (got < 0 && errno == EINTR);
  if (got == static_cast<ssize_t>(sizeof seed)) return seed;
  std::random_device device("/dev/urandom");
  return std::uint64_t{device()} << 32U | device();
}

}  // namespace elector::cmd
