// SPDX-License-Identifier: Apache-2.0
#include "kube/lock/record_forms.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "core/record.h"
#include "kube/base/json_text.h"
#include "kube/base/text.h"

namespace elector::kube {
namespace {

using std::chrono::hours;
using std::chrono::microseconds;
using std::chrono::minutes;
using std::chrono::seconds;

// Returns the text of a string or of a number.
std::optional<std::string> scalar(std::string_view value) {
  if (json::type(value) == json::Type::kNumber) return std::string(trim(value));
  auto text = json::to_string(value);
  if (text) *text = trim(*text);
  return text;
}

std::optional<double> to_number(std::string_view text) {
  double number = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, failure] = std::from_chars(text.data(), end, number);
  if (failure != std::errc() || rest != end || !std::isfinite(number)) return std::nullopt;
  return number;
}

// Consumes pieces from the front of a text.
class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}

  bool at_end() const { return rest_.empty(); }
  std::string_view rest() const { return rest_; }
  char peek() const { return rest_.empty() ? '\0' : rest_.front(); }

  bool take(std::string_view choice) {
    if (rest_.empty() || choice.find(rest_.front()) == std::string_view::npos) return false;
    rest_.remove_prefix(1);
    return true;
  }
  bool take_word(std::string_view word) {
    if (!rest_.starts_with(word)) return false;
    rest_.remove_prefix(word.size());
    return true;
  }
  void skip(std::string_view choice) {
    while (take(choice)) {
    }
  }
  // Exactly `count` digits.
  std::optional<int> digits(std::size_t count) {
    if (run_of_digits() < count) return std::nullopt;
    int value = 0;
    for (std::size_t i = 0; i < count; ++i) value = value * 10 + (rest_[i] - '0');
    rest_.remove_prefix(count);
    return value;
  }
  std::size_t run_of_digits() const {
    return std::min(rest_.find_first_not_of("0123456789"), rest_.size());
  }
  std::optional<double> number_of_digits() {
    const std::size_t length = run_of_digits();
    if (length == 0 || length > 9) return std::nullopt;
    return *digits(length);
  }
  // A number without a sign.
  std::optional<double> number() {
    double value = 0;
    if (run_of_digits() == 0 && peek() != '.') return std::nullopt;
    const auto [rest, failure] =
        std::from_chars(rest_.data(), rest_.data() + rest_.size(), value, std::chars_format::fixed);
    if (failure != std::errc()) return std::nullopt;
    rest_.remove_prefix(static_cast<std::size_t>(rest - rest_.data()));
    return value;
  }

 private:
  std::string_view rest_;
};

// ---- Durations ----------------------------------------------------------------------------------

struct Unit {
  std::string_view word;
  double seconds;
};

// Words before their own prefixes.
constexpr std::array kGoUnits{Unit{"ns", 1e-9},        Unit{"us", 1e-6}, Unit{"\xc2\xb5s", 1e-6},
                              Unit{"\xce\xbcs", 1e-6}, Unit{"ms", 1e-3}, Unit{"s", 1},
                              Unit{"m", 60},           Unit{"h", 3600}};
constexpr std::array kIsoDays{Unit{"W", 604800}, Unit{"D", 86400}};
constexpr std::array kIsoClock{Unit{"H", 3600}, Unit{"M", 60}, Unit{"S", 1}};

// Reads a sequence of numbers with units, to the end of the text or to a T.
template <typename Units>
std::optional<double> sum_of_units(Reader& reader, const Units& units) {
  double sum = 0;
  while (!reader.at_end() && reader.peek() != 'T') {
    const auto number = reader.number();
    if (!number) return std::nullopt;
    const auto unit = std::find_if(units.begin(), units.end(),
                                   [&](const Unit& one) { return reader.take_word(one.word); });
    if (unit == units.end()) return std::nullopt;
    sum += *number * unit->seconds;
  }
  return sum;
}

// "PT1M30.5S", "P1DT2H"; not years and months, which have no fixed length.
std::optional<double> iso_duration(Reader reader) {
  if (!reader.take("P")) return std::nullopt;
  const auto days = sum_of_units(reader, kIsoDays);
  if (!days || reader.at_end()) return days;
  reader.take("T");
  const auto clock = sum_of_units(reader, kIsoClock);
  return clock && reader.at_end() ? std::optional<double>(*days + *clock) : std::nullopt;
}

// "00:00:15.5", or preceded by days: "1.00:00:00".
std::optional<double> clock_duration(Reader reader) {
  auto hour = reader.number_of_digits();
  double days = 0;
  if (hour && reader.take(".")) {
    days = *hour;
    hour = reader.number_of_digits();
  }
  if (!hour || !reader.take(":")) return std::nullopt;
  const auto minute = reader.digits(2);
  if (!minute || !reader.take(":")) return std::nullopt;
  const auto second = reader.number();
  if (!second || !reader.at_end() || *minute > 59 || *second >= 60) return std::nullopt;
  return days * 86400 + *hour * 3600 + *minute * 60 + *second;
}

std::optional<double> duration_in_seconds(std::string_view text, NumberUnit unit) {
  constexpr double kNanosecondsFrom = 1e9;
  if (const auto number = to_number(text)) {
    const bool nanoseconds = unit == NumberUnit::kAny && *number >= kNanosecondsFrom;
    return nanoseconds ? *number / 1e9 : *number;
  }
  if (const auto iso = iso_duration(Reader(text))) return iso;
  if (const auto clock = clock_duration(Reader(text))) return clock;
  Reader reader(text);
  return reader.at_end() ? std::nullopt : sum_of_units(reader, kGoUnits);
}

// ---- Times --------------------------------------------------------------------------------------

struct Date {
  int year = 0;
  int month = 0;
  int day = 0;
};

std::optional<Date> take_date(Reader& reader) {
  const auto year = reader.digits(4);
  if (!year) return std::nullopt;
  const bool parted = reader.take("-/");
  const auto month = reader.digits(2);
  if (!month || (parted && !reader.take("-/"))) return std::nullopt;
  const auto day = reader.digits(2);
  if (!day) return std::nullopt;
  return Date{*year, *month, *day};
}

std::optional<seconds> take_clock(Reader& reader) {
  const auto hour = reader.digits(2);
  if (!hour || *hour > 23) return std::nullopt;
  const bool parted = reader.take(":");
  const auto minute = reader.digits(2);
  if (!minute || *minute > 59) return std::nullopt;
  int second = 0;
  if (parted ? reader.take(":") : reader.run_of_digits() > 0) {
    const auto read = reader.digits(2);
    if (!read || *read > 60) return std::nullopt;  // 60: a leap second
    second = *read;
  }
  return hours(*hour) + minutes(*minute) + seconds(second);
}

std::optional<microseconds> take_fraction(Reader& reader) {
  if (!reader.take(".,")) return microseconds(0);
  if (reader.run_of_digits() == 0) return std::nullopt;
  int value = 0;
  for (int i = 0; i < 6; ++i) {
    value *= 10;
    if (reader.run_of_digits() > 0) value += *reader.digits(1);
  }
  reader.skip("0123456789");
  return microseconds(value);
}

// The offset to subtract from a local time to get UTC.
std::optional<seconds> take_offset(Reader& reader) {
  const char sign = reader.peek();
  if (!reader.take("+-")) return seconds(0);
  const auto hour = reader.digits(2);
  if (!hour || *hour > 23) return std::nullopt;
  seconds offset = hours(*hour);
  reader.take(":");
  if (reader.run_of_digits() > 0) {
    const auto minute = reader.digits(2);
    if (!minute || *minute > 59) return std::nullopt;
    offset += minutes(*minute);
  }
  return sign == '+' ? offset : -offset;
}

// What may follow a printed time: " UTC", " CET", "[Europe/Berlin]", Go's " m=+0.1".
bool is_decoration(std::string_view text) {
  text = trim(text);
  if (text.starts_with('[')) return text.find(']') == text.size() - 1;
  const std::size_t word = text.find(' ');
  if (word != std::string_view::npos) {
    return is_decoration(text.substr(0, word)) && text.substr(word + 1).starts_with("m=");
  }
  if (text.starts_with("m=")) return true;
  return text.size() <= 5 &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
}

std::optional<core::WallTime> printed_time(std::string_view text) {
  Reader reader(text);
  const auto date = take_date(reader);
  if (!date || !reader.take("Tt _")) return std::nullopt;
  const auto clock = take_clock(reader);
  if (!clock) return std::nullopt;
  const auto fraction = take_fraction(reader);
  if (!fraction) return std::nullopt;
  reader.skip(" ");
  const bool utc = reader.take("Zz");
  const auto offset = utc ? seconds(0) : take_offset(reader);
  const std::chrono::year_month_day day{std::chrono::year(date->year),
                                        std::chrono::month(static_cast<unsigned>(date->month)),
                                        std::chrono::day(static_cast<unsigned>(date->day))};
  if (!offset || !day.ok() || !is_decoration(reader.rest())) return std::nullopt;
  return core::WallTime(std::chrono::sys_days(day)) + *clock - *offset + *fraction;
}

// Since 1970, in the unit that the size of the number implies.
std::optional<core::WallTime> counted_time(double number) {
  constexpr double kFirst = 1e8;  // seconds: 1973
  double unit = 1e6;              // microseconds per unit
  double limit = 1e11;
  while (number >= limit && unit > 1e-3) {
    unit /= 1e3;
    limit *= 1e3;
  }
  if (number < kFirst || number >= limit) return std::nullopt;
  return core::WallTime(microseconds(static_cast<std::int64_t>(number * unit)));
}

}  // namespace

std::optional<std::string> read_identity(std::string_view value) {
  if (json::type(value) == json::Type::kNumber) return std::string(trim(value));
  return json::to_string(value);
}

std::optional<seconds> read_lease_duration(std::string_view value, NumberUnit unit) {
  const auto text = scalar(value);
  const auto number = text ? duration_in_seconds(*text, unit) : std::nullopt;
  if (!number) return std::nullopt;
  const double most = static_cast<double>(kLongestLease.count());
  return seconds(static_cast<std::int64_t>(std::ceil(std::clamp(*number, 0.0, most))));
}

std::optional<core::WallTime> read_record_time(std::string_view value) {
  const auto text = scalar(value);
  if (!text) return std::nullopt;
  // "20260102T100000" begins with a number, but is not one.
  if (const auto number = to_number(*text)) return counted_time(*number);
  return printed_time(*text);
}

std::optional<std::int64_t> read_transitions(std::string_view value) {
  const auto text = scalar(value);
  const auto number = text ? to_number(*text) : std::nullopt;
  if (!number || std::floor(*number) != *number) return std::nullopt;
  const double most = static_cast<double>(core::kMostTransitions);
  return static_cast<std::int64_t>(std::clamp(*number, 0.0, most));
}

}  // namespace elector::kube
