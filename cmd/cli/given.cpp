#include "cmd/cli/given.h"

#include <algorithm>
#include <charconv>

#include "cmd/cli/name_checks.h"
#include "cmd/cli/suggest.h"
#include "cmd/output/duration.h"
#include "cmd/output/text.h"

namespace elector::cmd {
namespace {

// -v adds one to the count so far, -v=3 sets it to 3.
Failure read_count(const Occurrence& occurrence, Given& given) {
  constexpr int kMost = 1000;
  if (!occurrence.value) {
    given.count = std::min(given.count + 1, kMost);
    return std::nullopt;
  }
  const std::string& text = *occurrence.value;
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number < 0 || number > kMost) {
    return bad_value(given, quoted(text) + " is not a number from 0 to 1000");
  }
  given.count = number;
  return std::nullopt;
}

bool is_duration(const Flag& flag) {
  return flag.kind == FlagKind::kDuration || flag.kind == FlagKind::kGoDuration ||
         flag.kind == FlagKind::kWait;
}

Failure read_value(const Occurrence& occurrence, Given& given) {
  given.text = occurrence.value.value_or("true");
  if (given.flag->kind == FlagKind::kBool) {
    const auto value = parse_bool(given.text);
    if (!value) return bad_value(given, quoted(given.text) + " is neither true nor false");
    given.text = *value ? "true" : "false";
  } else if (given.flag->kind == FlagKind::kOptional) {
    given.text = occurrence.value.value_or("");
  } else if (given.flag->kind == FlagKind::kWait && !occurrence.value) {
    given.text.clear();
    given.duration = core::Duration::max();
  } else if (is_duration(*given.flag)) {
    const auto duration = given.flag->kind == FlagKind::kGoDuration ? parse_go_duration(given.text)
                                                                    : parse_duration(given.text);
    if (!duration) return bad_value(given, duration.error().message);
    given.duration = *duration;
  }
  return std::nullopt;
}

bool same_value(const Given& a, const Given& b) {
  return is_duration(*a.flag) ? a.duration == b.duration : a.text == b.text;
}

std::vector<std::string> split_at_commas(const std::string& text) {
  std::vector<std::string> items;
  for (std::size_t from = 0; from <= text.size();) {
    const std::size_t comma = std::min(text.find(',', from), text.size());
    if (comma > from) items.push_back(text.substr(from, comma - from));
    from = comma + 1;
  }
  return items;
}

}  // namespace

std::string Given::cited() const {
  if (flag->secret) return where;
  if (where == "ELECTION") return "the word " + quoted(text);
  if (flag->kind == FlagKind::kBool && text == "true") return where;
  if (flag->may_lack_value() && text.empty()) return where;
  return where + "=" + printable(text);
}

Error bad_value(const Given& given, std::string_view problem) {
  return usage_error(std::string(given.where).append(": ").append(problem));
}

const Given* GivenFlags::find(std::string_view flag) const {
  for (const Given& given : given_) {
    if (given.flag->name == flag) return &given;
  }
  return nullptr;
}

std::string GivenFlags::text(std::string_view flag) const {
  const Given* given = find(flag);
  return given != nullptr ? given->text : "";
}

bool GivenFlags::is_true(std::string_view flag) const {
  return text(flag) == "true";
}

Failure GivenFlags::add(const Occurrence& occurrence) {
  const auto earlier = std::find_if(given_.begin(), given_.end(), [&](const Given& given) {
    return given.flag == occurrence.flag;
  });
  Given given{.flag = occurrence.flag,
              .where = occurrence.spelling.empty() ? "ELECTION" : occurrence.spelling};
  switch (occurrence.flag->kind) {
    case FlagKind::kCount: {
      if (earlier != given_.end()) given.count = earlier->count;
      if (auto failure = read_count(occurrence, given)) return failure;
      break;
    }
    case FlagKind::kList: {
      if (earlier != given_.end()) given.items = earlier->items;
      given.items.push_back(occurrence.value.value_or(""));
      break;
    }
    default: {
      if (auto failure = read_value(occurrence, given)) return failure;
      if (earlier == given_.end() || same_value(*earlier, given)) break;
      if (given.flag->secret) {
        return bad_value(given, "given twice, with different values; give it once");
      }
      return usage_error(earlier->cited() + " and " + given.cited() +
                         " contradict each other; give one of them");
    }
  }
  if (earlier != given_.end()) {
    *earlier = std::move(given);
  } else {
    given_.push_back(std::move(given));
  }
  return std::nullopt;
}

Expected<GivenFlags> collect(const std::vector<Occurrence>& occurrences, FlagGroups groups,
                             const Variables& variables) {
  GivenFlags flags;
  for (const Occurrence& occurrence : occurrences) {
    if (auto failure = flags.add(occurrence)) return *failure;
  }
  for (const FlagGroup* group : groups) {
    if (!group->environment) continue;
    for (const Flag& flag : group->flags) {
      if (flags.find(flag.name) != nullptr) continue;
      const std::string name = environment_name(flag.name);
      const auto value = variables(name);
      if (!value || value->empty()) continue;
      const bool list = flag.kind == FlagKind::kList;
      for (const std::string& item : list ? split_at_commas(*value) : std::vector{*value}) {
        if (auto failure = flags.add({&flag, name, item})) return *failure;
        flags.given_.back().from_environment = true;
      }
    }
  }
  return flags;
}

Expected<std::size_t> read_choice(const Given& given, std::span<const std::string_view> choices) {
  std::string known;
  for (std::size_t i = 0; i < choices.size(); ++i) {
    if (given.text == choices[i]) return i;
    known += i == 0 ? "" : i + 1 == choices.size() ? " and " : ", ";
    known += choices[i];
  }
  const auto near = nearest(given.text, choices);
  return bad_value(
      given, quoted(given.text) +
                 (choices.size() == 1 ? " is not supported; use " : " is not one of ") + known +
                 (near ? did_you_mean("", *near) : ""));
}

}  // namespace elector::cmd
