// A small registry of metrics and its text for Prometheus (Prometheus documentation, "Text-based
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

  // Every family is declared before it is used; a declared one without labels shows 0 at once.
  // Names and texts must outlive this; `help` is one line.
  void declare(std::string_view name, Type type, std::string_view help);
  // Upper bounds in ascending order, without +Inf.
  void declare_histogram(std::string_view name, std::string_view help, std::vector<double> bounds);

  // Counters only grow; with by = 0 a series is shown before there is anything to count.
  void add(std::string_view name, const Labels& labels = {}, double by = 1);
  void set(std::string_view name, const Labels& labels, double value);
  void observe(std::string_view name, double value);

  // All families, in the order of their names.
  std::string text() const;

 private:
  struct Family {
    Type type = Type::kGauge;
    std::string_view help;
    std::map<std::string, double> series{};  // by labels as they are printed
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
