// SPDX-License-Identifier: Apache-2.0
// Ports for programs that accept a port but do not report the one that they took.
#pragma once

#include <cstdint>

namespace elector::tests {

// A TCP port of 127.0.0.1 that is free at this moment. Throws std::runtime_error.
std::uint16_t free_port();

}  // namespace elector::tests
