// SPDX-License-Identifier: Apache-2.0
// The bench's result: rows of what was measured beside what it should be.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace elector::tests::bench {

struct Row {
  std::string what;
  std::string unit{};
  std::vector<double> values{};
  std::string bar{};                     // as the reader sees it
  std::optional<double> median_limit{};  // which make it met or not
  std::optional<double> max_limit{};
  std::string note{};
};

struct Spread {
  double min = 0;
  double median = 0;
  double max = 0;
};

// values must not be empty.
Spread spread_of(std::vector<double> values);

class Table {
 public:
  void add(Row row);
  void print() const;
  // Prints the rows that did not meet their bar; returns true if all rows did.
  bool print_missed() const;

 private:
  std::vector<Row> rows_;
};

}  // namespace elector::tests::bench
