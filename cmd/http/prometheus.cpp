// SPDX-License-Identifier: Apache-2.0
#include "cmd/http/prometheus.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <cstdio>

namespace elector::cmd {
namespace {

// Counts up to 10^15 exactly. (std::to_chars() would bring in tables of 100 KB, and libm.)
std::string number(double value) {
  std::array<char, 32> text{};
  const int length = std::snprintf(text.data(), text.size(), "%.15g", value);
  return {text.data(), static_cast<std::size_t>(length)};
}

std::string escaped(std::string_view value) {
  std::string text;
  for (const char c : value) {
    if (c == '\\' || c == '"') text += '\\';
    if (c == '\n') {
      text += "\\n";
    } else {
      text += c;
    }
  }
  return text;
}

std::string label_text(const Metrics::Labels& labels) {
  std::string text;
  for (const auto& [name, value] : labels) {
    text += text.empty() ? '{' : ',';
    text.append(name).append("=\"").append(escaped(value)).append("\"");
  }
  return text.empty() ? text : text + '}';
}

void append_head(std::string& text, std::string_view name, std::string_view help,
                 std::string_view type) {
  text.append("# HELP ").append(name).append(" ").append(help);
  text.append("\n# TYPE ").append(name).append(" ").append(type).append("\n");
}

}  // namespace

void Metrics::declare(std::string_view name, Type type, std::string_view help) {
  families_[name] = {.type = type, .help = help};
}

void Metrics::declare_histogram(std::string_view name, std::string_view help,
                                std::vector<double> bounds) {
  assert(std::is_sorted(bounds.begin(), bounds.end()));
  const std::size_t buckets = bounds.size() + 1;
  histograms_[name] = {
      .help = help, .bounds = std::move(bounds), .counts = std::vector<std::uint64_t>(buckets)};
}

void Metrics::add(std::string_view name, const Labels& labels, double by) {
  assert(families_.contains(name) && by >= 0);
  families_[name].series[label_text(labels)] += by;
}

void Metrics::set(std::string_view name, const Labels& labels, double value) {
  assert(families_.contains(name));
  families_[name].series[label_text(labels)] = value;
}

void Metrics::unset(std::string_view name) {
  assert(families_.contains(name) && families_[name].type == Type::kGauge);
  families_[name].series.clear();
}

void Metrics::observe(std::string_view name, double value) {
  assert(histograms_.contains(name));
  Histogram& histogram = histograms_[name];
  const auto bucket = std::lower_bound(histogram.bounds.begin(), histogram.bounds.end(), value);
  ++histogram.counts[static_cast<std::size_t>(bucket - histogram.bounds.begin())];
  histogram.sum += value;
}

std::string Metrics::text() const {
  std::string text;
  for (const auto& [name, family] : families_) {
    if (family.series.empty() && family.type == Type::kGauge) continue;
    append_head(text, name, family.help, family.type == Type::kCounter ? "counter" : "gauge");
    if (family.series.empty()) text.append(name).append(" 0\n");
    for (const auto& [labels, value] : family.series) {
      text.append(name).append(labels).append(" ").append(number(value)).append("\n");
    }
  }
  for (const auto& [name, histogram] : histograms_) {
    append_head(text, name, histogram.help, "histogram");
    std::uint64_t count = 0;
    for (std::size_t i = 0; i < histogram.counts.size(); ++i) {
      count += histogram.counts[i];
      const bool last = i == histogram.bounds.size();
      text.append(name).append("_bucket{le=\"");
      text.append(last ? "+Inf" : number(histogram.bounds[i])).append("\"} ");
      text.append(std::to_string(count)).append("\n");
    }
    text.append(name).append("_sum ").append(number(histogram.sum)).append("\n");
    text.append(name).append("_count ").append(std::to_string(count)).append("\n");
  }
  return text;
}

}  // namespace elector::cmd
