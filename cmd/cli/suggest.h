// SPDX-License-Identifier: Apache-2.0
// Finds what a mistyped word probably meant.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace elector::cmd {

// Returns the number of insertions, deletions, replacements and swaps of neighbours that turn one
// word into the other (optimal string alignment distance).
std::size_t edit_distance(std::string_view from, std::string_view to);

// Returns the candidate nearest to `word` (the first of equals) if it differs by at most a third of
// the word's length, but at least one character; otherwise the first candidate that begins with
// `word`.
std::optional<std::string_view> nearest(std::string_view word,
                                        std::span<const std::string_view> candidates);

// Returns ` (did you mean --ttl?)`.
std::string did_you_mean(std::string_view prefix, std::string_view candidate);

}  // namespace elector::cmd
