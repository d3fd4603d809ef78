// SPDX-License-Identifier: Apache-2.0
// Randomness from the kernel, to seed what must differ between processes.
#pragma once

#include <cstdint>

namespace elector::cmd {

std::uint64_t random_seed();

}  // namespace elector::cmd
