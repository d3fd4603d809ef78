// SPDX-License-Identifier: Apache-2.0
// System calls that a program under test cannot make: a seccomp filter, installed before exec,
// makes them fail with an error of the test's choice. The program itself is unchanged, so this
// works for a statically linked one too.
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

// Returns the filter's program. Everything that is not denied is allowed, including the system
// calls of other architectures. The list must have less than 80 entries.
std::vector<sock_filter> denial_program(const std::vector<Denial>& denials);

// Installs it for this process and all that it starts, irreversibly. If the process lacks the
// permission it sets no_new_privs, so that set-user-ID programs have no effect. Allocates nothing,
// so it may be called between fork and exec. Returns false with errno set.
bool deny(const std::vector<sock_filter>& program);

}  // namespace elector::tests
