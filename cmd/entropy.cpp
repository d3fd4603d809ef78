#include "cmd/entropy.h"

#include <sys/random.h>
#include <sys/types.h>

namespace elector::cmd {

std::uint64_t random_seed() {
  std::uint64_t seed = 0;
  // The kernel's pool is ready long before any container starts; then this cannot fail
  // (getrandom(2)).
  while (::getrandom(&seed, sizeof seed, 0) != static_cast<ssize_t>(sizeof seed)) {
  }
  return seed;
}

}  // namespace elector::cmd
