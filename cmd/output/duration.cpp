// SPDX-License-Identifier: Apache-2.0
// Integers throughout: the arithmetic of leases must not depend on rounding.
#include "cmd/output/duration.h"

#include <array>
#include <cstdint>
#include <limits>
#include <optional>

#include "cmd/output/text.h"

namespace elector::cmd {
namespace {

struct Unit {
  std::string_view name;
  std::uint64_t nanoseconds;
};

// Go accepts both of Unicode's micro signs, U+00B5 and U+03BC.
constexpr std::array<Unit, 8> kUnits{{{"h", 3'600'000'000'000},
                                      {"m", 60'000'000'000},
                                      {"s", 1'000'000'000},
                                      {"ms", 1'000'000},
                                      {"us", 1'000},
                                      {"\u00b5s", 1'000},
                                      {"\u03bcs", 1'000},
                                      {"ns", 1}}};
// A century: still fits when something is added to it or it is doubled.
constexpr std::uint64_t kMax = std::uint64_t{876'000} * 3600 * 1'000'000'000;
// The largest value of time.Duration and of core::Duration.
constexpr std::uint64_t kGoMax = std::numeric_limits<std::int64_t>::max();

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// Removes the leading digits of `text` and returns them.
std::string_view take_digits(std::string_view& text) {
  std::size_t length = 0;
  while (length < text.size() && is_digit(text[length])) ++length;
  const std::string_view digits = text.substr(0, length);
  text.remove_prefix(length);
  return digits;
}

// Removes the leading unit of `text`, everything that is neither digit nor point, and returns it.
// If nothing is left, returns seconds, but only for a bare number.
const Unit* take_unit(std::string_view& text, bool bare_number) {
  if (text.empty()) return bare_number ? &kUnits[2] : nullptr;
  std::size_t length = 0;
  while (length < text.size() && !is_digit(text[length]) && text[length] != '.') ++length;
  for (const Unit& unit : kUnits) {
    if (unit.name != text.substr(0, length)) continue;
    text.remove_prefix(length);
    return &unit;
  }
  return nullptr;
}

// Returns `whole`.`fraction` units in nanoseconds; nothing if that is more than `most`.
std::optional<std::uint64_t> scaled(std::string_view whole, std::string_view fraction,
                                    std::uint64_t unit, std::uint64_t most) {
  std::uint64_t number = 0;
  for (const char c : whole) {
    const auto digit = static_cast<std::uint64_t>(c - '0');
    if (number > (most - digit) / 10) return std::nullopt;
    number = number * 10 + digit;
  }
  if (number > most / unit) return std::nullopt;
  // From the last digit to the first, so that each step only divides by ten.
  std::uint64_t part = 0;
  for (std::size_t i = fraction.size(); i > 0; --i) {
    part = (static_cast<std::uint64_t>(fraction[i - 1] - '0') * unit + part) / 10;
  }
  const std::uint64_t total = number * unit;
  if (part > most - total) return std::nullopt;
  return total + part;
}

Error not_a_duration(std::string_view text) {
  return {Error::Kind::kUsage,
          quoted(text) + " is not a duration; write 10s, 1m30s or 500ms, for example"};
}

Expected<core::Duration> parse(std::string_view text, std::uint64_t longest) {
  std::string_view rest = text;
  const bool negative = rest.starts_with('-');
  if (negative || rest.starts_with('+')) rest.remove_prefix(1);
  if (rest.empty()) return not_a_duration(text);
  const std::uint64_t most = negative ? kMax : longest;
  std::uint64_t total = 0;
  for (bool first = true; !rest.empty(); first = false) {
    const std::string_view whole = take_digits(rest);
    std::string_view fraction;
    if (rest.starts_with('.')) {
      rest.remove_prefix(1);
      fraction = take_digits(rest);
    }
    if (whole.empty() && fraction.empty()) return not_a_duration(text);
    const Unit* unit = take_unit(rest, first);
    if (unit == nullptr) return not_a_duration(text);
    const auto nanoseconds = scaled(whole, fraction, unit->nanoseconds, most);
    if (!nanoseconds || *nanoseconds > most - total) {
      const char* const limit = most == kMax ? "876000h" : "2562047h47m";
      return Error{Error::Kind::kUsage,
                   quoted(text) + " is too long a duration; the limit is " + limit};
    }
    total += *nanoseconds;
  }
  const auto count = static_cast<core::Duration::rep>(total);
  return core::Duration(negative ? -count : count);
}

}  // namespace

Expected<core::Duration> parse_duration(std::string_view text) {
  return parse(text, kMax);
}

Expected<core::Duration> parse_go_duration(std::string_view text) {
  return parse(text, kGoMax);
}

std::string format_duration(core::Duration duration) {
  if (duration == core::Duration::zero()) return "0s";
  std::string text;
  if (duration < core::Duration::zero()) text = "-";
  // Negated as unsigned, because the smallest value has no positive counterpart.
  const auto count = static_cast<std::uint64_t>(duration.count());
  std::uint64_t rest = text.empty() ? count : std::uint64_t{0} - count;
  const auto append = [&](std::uint64_t number, std::string_view unit) {
    text.append(std::to_string(number)).append(unit);
  };
  const std::uint64_t second = kUnits[2].nanoseconds;
  if (rest >= second) {
    if (const std::uint64_t hours = rest / kUnits[0].nanoseconds; hours > 0) append(hours, "h");
    rest %= kUnits[0].nanoseconds;
    if (const std::uint64_t minutes = rest / kUnits[1].nanoseconds; minutes > 0) {
      append(minutes, "m");
    }
    rest %= kUnits[1].nanoseconds;
    if (rest == 0) return text;
  }
  // The rest is a number of its largest unit, with a fraction.
  std::size_t unit = 2;
  while (text.find_first_of("hm") == std::string::npos && rest < kUnits[unit].nanoseconds) {
    unit = unit == 4 ? 7 : unit + 1;
  }
  text.append(std::to_string(rest / kUnits[unit].nanoseconds));
  std::string fraction = std::to_string(kUnits[unit].nanoseconds + rest % kUnits[unit].nanoseconds);
  fraction[0] = '.';
  while (fraction.back() == '0') fraction.pop_back();
  if (fraction != ".") text.append(fraction);
  return text.append(kUnits[unit].name);
}

std::string short_duration(core::Duration duration) {
  using std::chrono::seconds;
  const auto total =
      std::max<seconds::rep>(0, std::chrono::duration_cast<seconds>(duration).count());
  const auto two = [](auto first, const char* first_unit, auto second, const char* second_unit) {
    std::string text = std::to_string(first) + first_unit;
    return second == 0 ? text : text + std::to_string(second) + second_unit;
  };
  const auto minutes = total / 60;
  const auto hours = minutes / 60;
  const auto days = hours / 24;
  if (total < 120) return std::to_string(total) + "s";
  if (minutes < 10) return two(minutes, "m", total % 60, "s");
  if (hours < 3) return std::to_string(minutes) + "m";
  if (hours < 8) return two(hours, "h", minutes % 60, "m");
  if (hours < 48) return std::to_string(hours) + "h";
  if (days < 8) return two(days, "d", hours % 24, "h");
  if (days / 365 < 2) return std::to_string(days) + "d";
  return two(days / 365, "y", days % 365, "d");
}

std::string off_by(core::Duration clock_error) {
  const bool behind = clock_error < core::Duration::zero();
  return short_duration(behind ? -clock_error : clock_error) + (behind ? " behind" : " ahead of");
}

}  // namespace elector::cmd
