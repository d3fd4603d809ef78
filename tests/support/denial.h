// System calls that a program under test cannot make: a seccomp filter, installed before exec, lets
// them fail with an error of the test's choice. The program itself is unchanged, so a statically
// linked one is denied them in the same way.
#pragma once

#include <linux/filter.h>

#include <cstdint>
#include <optional>
#include <vector>

namespace elector::tests {

struct Denial {
  long call = -1;                                 // SYS_..., of this architecture
  std::optional<std::uint32_t> first_argument{};  // only with this one (its lower 32 bits)
  int error = 1;                                  // errno, EPERM; 0 returns success without effect
};

// The filter's program. Everything that is not denied is allowed, and so are the system calls of
// other architectures. The list must have less than 80 entries.
std::vector<sock_filter> denial_program(const std::vector<Denial>& denials);

// Installs it for this process and all that it starts; there is no way back. Where the process may
// not do so otherwise it sets no_new_privs, so set-user-ID programs then have no effect. Allocates
// nothing, so it may be called between fork and exec. Returns false with errno set.
bool deny(const std::vector<sock_filter>& program);

}  // namespace elector::tests
