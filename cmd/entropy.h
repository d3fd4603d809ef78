// Randomness from the kernel, to seed what must differ from process to process.
#pragma once

#include <cstdint>

namespace elector::cmd {

std::uint64_t random_seed();

}  // namespace elector::cmd
