// Finds what a mistyped word was probably meant to be.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace elector::cmd {

// How many characters must be inserted, deleted, replaced or swapped with their neighbour to turn
// one into the other (optimal string alignment distance).
std::size_t edit_distance(std::string_view from, std::string_view to);

// The candidate nearest to `word`, the first of equals, if it is near enough for a mistyped form (a
// third of the word's length, but at least one character); else the first that begins with the
// word.
std::optional<std::string_view> nearest(std::string_view word,
                                        std::span<const std::string_view> candidates);

// ` (did you mean --ttl?)`
std::string did_you_mean(std::string_view prefix, std::string_view candidate);

}  // namespace elector::cmd
