// SPDX-License-Identifier: Apache-2.0
// A small registry of metrics and its output for Prometheus (Prometheus documentation, "Text-based
// format", version 0.0.4).
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace elector::cmd {

class Metrics {
 public:
  enum class Type { kCounter, kGauge };
  using Labels = std::vector<std::pair<std::string_view, std::string_view>>;

  // Every family must be declared before use. A declared counter shows 0 at once, a gauge nothing
  // until it is set: what is not known is absent, because an alert takes a 0 for a value. Names and
  // texts must outlive this; `help` is one line.
  void declare(std::string_view name, Type type, std::string_view help);
  // bounds: upper bounds in ascending order, without +Inf.
  void declare_histogram(std::string_view name, std::string_view help, std::vector<double> bounds);

  // Counters only grow; by = 0 shows a series before there is anything to count.
  void add(std::string_view name, const Labels& labels = {}, double by = 1);
  void set(std::string_view name, const Labels& labels, double value);
  // Removes a gauge's series, whose value is no longer known.
  void unset(std::string_view name);
  void observe(std::string_view name, double value);

  // Returns all families as text, ordered by name.
  std::string text() const;

 private:
  struct Family {
    Type type = Type::kGauge;
    std::string_view help;
    std::map<std::string, double> series{};  // by labels as printed
  };
  struct Histogram {
    std::string_view help;
    std::vector<double> bounds;
    std::vector<std::uint64_t> counts;  // one more than bounds
    double sum = 0;
  };

  std::map<std::string_view, Family> families_;
  std::map<std::string_view, Histogram> histograms_;
};

}  // namespace elector::cmd
