// SPDX-License-Identifier: Apache-2.0
#include "cmd/cli/suggest.h"

#include <algorithm>
#include <vector>

namespace elector::cmd {

std::size_t edit_distance(std::string_view from, std::string_view to) {
  // Three rows of the usual table suffice, because a swap looks back two rows.
  std::vector<std::size_t> before_last;
  std::vector<std::size_t> last(to.size() + 1);
  std::vector<std::size_t> row(to.size() + 1);
  for (std::size_t j = 0; j <= to.size(); ++j) last[j] = j;
  for (std::size_t i = 1; i <= from.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= to.size(); ++j) {
      const std::size_t replaced = last[j - 1] + (from[i - 1] == to[j - 1] ? 0 : 1);
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, replaced});
      const bool swapped = i > 1 && j > 1 && from[i - 1] == to[j - 2] && from[i - 2] == to[j - 1];
      if (swapped) row[j] = std::min(row[j], before_last[j - 2] + 1);
    }
    before_last = last;
    last = row;
  }
  return last[to.size()];
}

std::optional<std::string_view> nearest(std::string_view word,
                                        std::span<const std::string_view> candidates) {
  constexpr std::size_t kLongest = 64;  // no known word is longer, and the table grows with it
  if (word.size() > kLongest) return std::nullopt;
  std::size_t best = std::max<std::size_t>(1, word.size() / 3) + 1;
  std::optional<std::string_view> found;
  for (const std::string_view candidate : candidates) {
    const std::size_t distance = edit_distance(word, candidate);
    // A one-letter word is one edit from any other: that is not a similarity.
    if (distance >= best || distance >= word.size()) continue;
    best = distance;
    found = candidate;
  }
  if (found || word.size() < 3) return found;
  const auto longer = std::find_if(candidates.begin(), candidates.end(),
                                   [&](auto candidate) { return candidate.starts_with(word); });
  if (longer != candidates.end()) found = *longer;
  return found;
}

std::string did_you_mean(std::string_view prefix, std::string_view candidate) {
  return std::string(" (did you mean ").append(prefix).append(candidate).append("?)");
}

}  // namespace elector::cmd
