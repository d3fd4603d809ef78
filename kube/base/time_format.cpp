// SPDX-License-Identifier: Apache-2.0
#include "kube/base/time_format.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>

namespace elector::kube {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::microseconds;
using std::chrono::minutes;
using std::chrono::seconds;

// Consumes characters from the front of a text, and remembers whether anything did not match.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : rest_(text) {}

  // Exactly `count` decimal digits.
  int digits(std::size_t count) {
    int value = 0;
    for (std::size_t i = 0; i < count; ++i) {
      if (!digit_next()) {
        failed_ = true;
        return 0;
      }
      value = value * 10 + take_digit();
    }
    return value;
  }

  // One character from `choice`.
  void one_of(std::string_view choice) {
    if (rest_.empty() || choice.find(rest_.front()) == std::string_view::npos) {
      failed_ = true;
      return;
    }
    rest_.remove_prefix(1);
  }

  char peek() const { return rest_.empty() ? '\0' : rest_.front(); }
  bool digit_next() const { return peek() >= '0' && peek() <= '9'; }
  int take_digit() {
    const int value = rest_.front() - '0';
    rest_.remove_prefix(1);
    return value;
  }
  bool failed() const { return failed_; }
  bool at_end() const { return rest_.empty(); }

 private:
  std::string_view rest_;
  bool failed_ = false;
};

// "." and 1 to 9 digits, or nothing.
microseconds scan_fraction(Scanner& scanner) {
  if (scanner.peek() != '.') return microseconds(0);
  scanner.one_of(".");
  int value = 0;
  int count = 0;
  while (scanner.digit_next() && count < 9) {
    const int digit = scanner.take_digit();
    if (count < 6) value = value * 10 + digit;
    ++count;
  }
  if (count == 0) scanner.digits(1);  // a point without a digit: fails
  for (; count < 6; ++count) value *= 10;
  return microseconds(value);
}

// "Z", or the offset to subtract from a local time to get UTC.
minutes scan_offset(Scanner& scanner) {
  const char sign = scanner.peek();
  scanner.one_of("Zz+-");
  if (sign != '+' && sign != '-') return minutes(0);
  const int hour = scanner.digits(2);
  scanner.one_of(":");
  const int minute = scanner.digits(2);
  if (hour > 23 || minute > 59) scanner.one_of("");  // fails
  const minutes offset = hours(hour) + minutes(minute);
  return sign == '+' ? offset : -offset;
}

}  // namespace

std::string format_time(core::WallTime time, TimePrecision precision) {
  using std::chrono::sys_days;
  using std::chrono::year;
  const core::WallTime first = sys_days(year(0) / 1 / 1);
  const core::WallTime last = sys_days(year(10000) / 1 / 1) - microseconds(1);
  time = std::clamp(time, first, last);
  const auto day = std::chrono::floor<days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss<microseconds> clock(time - day);
  std::array<char, 40> text{};
  const int length = std::snprintf(
      text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02d", static_cast<int>(date.year()),
      static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
      static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
      static_cast<int>(clock.seconds().count()));
  std::string result(text.data(), static_cast<std::size_t>(length));
  if (precision == TimePrecision::kSeconds) return result + 'Z';
  std::snprintf(text.data(), text.size(), ".%06d", static_cast<int>(clock.subseconds().count()));
  const std::size_t digits = precision == TimePrecision::kMilliseconds ? 3 : 6;
  return result.append(text.data(), 1 + digits) + 'Z';
}

std::optional<core::WallTime> parse_time(std::string_view text) {
  Scanner scanner(text);
  const int year = scanner.digits(4);
  scanner.one_of("-");
  const auto month = static_cast<unsigned>(scanner.digits(2));
  scanner.one_of("-");
  const auto day = static_cast<unsigned>(scanner.digits(2));
  scanner.one_of("Tt");
  const int hour = scanner.digits(2);
  scanner.one_of(":");
  const int minute = scanner.digits(2);
  scanner.one_of(":");
  const int second = scanner.digits(2);
  const microseconds fraction = scan_fraction(scanner);
  const minutes offset = scan_offset(scanner);
  const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(month),
                                         std::chrono::day(day)};
  if (scanner.failed() || !scanner.at_end() || !date.ok()) return std::nullopt;
  if (hour > 23 || minute > 59 || second > 59) return std::nullopt;
  return core::WallTime(std::chrono::sys_days(date)) + hours(hour) + minutes(minute) - offset +
         seconds(second) + fraction;
}

}  // namespace elector::kube
