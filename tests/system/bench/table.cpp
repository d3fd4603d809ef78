// SPDX-License-Identifier: Apache-2.0
#include "tests/system/bench/table.h"

#include <algorithm>
#include <cassert>
#include <cstdio>
#include <utility>

namespace elector::tests::bench {
namespace {

bool met(const Row& row) {
  if (row.values.empty()) return false;
  const Spread spread = spread_of(row.values);
  return (!row.median_limit || spread.median <= *row.median_limit) &&
         (!row.max_limit || spread.max <= *row.max_limit);
}

}  // namespace

Spread spread_of(std::vector<double> values) {
  assert(!values.empty());
  std::sort(values.begin(), values.end());
  const std::size_t middle = values.size() / 2;
  const double median =
      values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
  return {.min = values.front(), .median = median, .max = values.back()};
}

void Table::add(Row row) {
  rows_.push_back(std::move(row));
}

void Table::print() const {
  std::printf("\n%-58s %-34s %9s %9s %9s  %s\n", "what", "bar", "min", "median", "max", "met");
  for (const Row& row : rows_) {
    const std::string what = row.what + (row.unit.empty() ? "" : " [" + row.unit + "]");
    if (row.values.empty()) {
      std::printf("%-58s %-34s %9s %9s %9s  no\n", what.c_str(), row.bar.c_str(), "-", "-", "-");
    } else {
      const Spread spread = spread_of(row.values);
      const bool judged = row.median_limit || row.max_limit;
      std::printf("%-58s %-34s %9.4g %9.4g %9.4g  %s\n", what.c_str(), row.bar.c_str(), spread.min,
                  spread.median, spread.max,
                  !judged    ? ""
                  : met(row) ? "yes"
                             : "no");
    }
    if (!row.note.empty()) std::printf("    %s\n", row.note.c_str());
  }
}

bool Table::print_missed() const {
  bool none = true;
  for (const Row& row : rows_) {
    if ((!row.median_limit && !row.max_limit) || met(row)) continue;
    std::printf("%s%s", none ? "\nnot met: " : ", ", row.what.c_str());
    none = false;
  }
  if (!none) std::printf("\n");
  return none;
}

}  // namespace elector::tests::bench
