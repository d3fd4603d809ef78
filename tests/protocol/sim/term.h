// SPDX-License-Identifier: Apache-2.0
// A candidate's present term, as the API server's history shows it.
#pragma once

#include <cstdint>

#include "core/record.h"

namespace elector::tests {

class Candidate;
class World;

// Returns the write whose version is the term's fencing token; nullptr if the history does not show
// it.
const core::Observation* acquiring_write(const World& world, const Candidate& who);
// Returns the version of the term's first write. With two lock objects that is the primary's, while
// the token is the later version of the two.
std::uint64_t first_version(const World& world, const Candidate& who);

}  // namespace elector::tests
