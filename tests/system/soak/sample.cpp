// SPDX-License-Identifier: Apache-2.0
#include "tests/system/soak/sample.h"

#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace elector::tests::soak {
namespace {

std::string content(pid_t pid, const char* file) {
  std::ifstream in("/proc/" + std::to_string(pid) + "/" + file);
  return {std::istreambuf_iterator<char>(in), {}};
}

// A number of /proc/PID/status.
double number_of(const std::string& status, const std::string& name) {
  const std::size_t at = status.find("\n" + name + ":");
  return at == std::string::npos ? -1 : std::atof(status.c_str() + at + name.size() + 2);
}

// utime and stime of /proc/PID/stat, fields 14 and 15; the name in field 2 may hold anything.
double processor_time(const std::string& stat) {
  std::size_t at = stat.rfind(')');
  for (int field = 2; field < 14 && at != std::string::npos; ++field) at = stat.find(' ', at + 1);
  if (at == std::string::npos) return 0;
  char* end = nullptr;
  const double user = std::strtod(stat.c_str() + at, &end);
  const double kernel = std::strtod(end, nullptr);
  return (user + kernel) / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

// The kernel shows them to root alone: elector does not let others look into it.
int descriptors_of(pid_t pid) {
  std::error_code error;
  const std::filesystem::directory_iterator folder("/proc/" + std::to_string(pid) + "/fd", error);
  return error ? -1 : static_cast<int>(std::distance(begin(folder), end(folder)));
}

double median(std::vector<double> values) {
  if (values.empty()) return 0;
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

}  // namespace

bool Sampled::take(double at) {
  const std::string status = content(pid_, "status");
  if (status.empty() || number_of(status, "VmRSS") < 0) return false;
  samples_.push_back({.at = at,
                      .resident = number_of(status, "VmRSS"),
                      .own = number_of(status, "RssAnon") + number_of(status, "RssShmem") +
                             number_of(status, "VmSwap"),
                      .descriptors = descriptors_of(pid_),
                      .threads = static_cast<int>(number_of(status, "Threads")),
                      .processor = processor_time(content(pid_, "stat"))});
  return true;
}

Sampled::Stretch Sampled::stretch(double from, double to) const {
  std::vector<Sample> in;
  std::copy_if(samples_.begin(), samples_.end(), std::back_inserter(in),
               [&](const Sample& one) { return one.at >= from && one.at < to; });
  if (in.empty()) return {};
  const auto median_of = [&in](auto member) {
    std::vector<double> values;
    for (const Sample& one : in) values.push_back(one.*member);
    return median(std::move(values));
  };
  const auto least = [&in](auto member) {
    const auto less = [member](const Sample& a, const Sample& b) { return a.*member < b.*member; };
    return *std::min_element(in.begin(), in.end(), less).*member;
  };
  const double time = in.back().at - in.front().at;
  return {.resident = median_of(&Sample::resident),
          .own = median_of(&Sample::own),
          .descriptors = least(&Sample::descriptors),
          .threads = least(&Sample::threads),
          .share = time > 0 ? (in.back().processor - in.front().processor) / time : 0};
}

std::string growth(const Sampled::Stretch& early, const Sampled::Stretch& late, double seconds) {
  std::string text;
  const double more_own = std::max(kLeastMoreOwn, kMoreOwnPerSecond * seconds);
  if (late.own > early.own + more_own) text += " memory";
  if (late.descriptors > early.descriptors + kMoreDescriptors) text += " descriptors";
  if (late.threads > early.threads) text += " threads";
  if (late.share > early.share * kShareFactor + kMoreShare) text += " processor";
  return text;
}

}  // namespace elector::tests::soak
