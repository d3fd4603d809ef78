// SPDX-License-Identifier: Apache-2.0
#include "cmd/observe/election_table.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <chrono>
#include <utility>

#include "cmd/output/duration.h"
#include "cmd/output/text.h"
#include "core/holder_clock.h"
#include "core/identity_pattern.h"
#include "kube/base/time_format.h"

namespace elector::cmd {
namespace {

using core::LockState;

std::string resource(const SeenElection& election) {
  return std::string(kube::info(election.name.kind).resource);
}

const core::Record* record_of(const SeenElection& election) {
  return election.seen.content == core::Content::kRecord ? &election.seen.record : nullptr;
}

// Returns the time since then, which a holder wrote whose clock may be known to be off. Limited to
// a century.
core::Duration age(const SeenElection& election, core::WallTime time) {
  constexpr std::chrono::microseconds kFar = std::chrono::hours(24 * 365 * 100);
  const core::Duration age = std::clamp(election.server_now - time, -kFar, kFar);
  return age + election.clock_error.value_or(core::Duration::zero());
}

// "5s ago" or "in 5s"; "" if the time is unknown. The API server's time is cut off to the second.
std::string when(const SeenElection& election, const std::optional<core::WallTime>& time) {
  if (!time) return "";
  const core::Duration since = age(election, *time);
  return since <= -std::chrono::seconds(1) ? "in " + short_duration(-since)
                                           : short_duration(since) + " ago";
}

// Returns for how long the holder has led; "" if that is unknown.
std::string led_for(const SeenElection& election) {
  const auto& acquired = election.seen.record.acquire_time;
  if (!acquired || age(election, *acquired) <= -std::chrono::seconds(1)) return "";
  return short_duration(age(election, *acquired));
}

std::string expires(const SeenElection& election) {
  const auto left = election.verdict.left;
  if (!left) return "";
  if (election.verdict.state == LockState::kHeld) return short_duration(*left);
  return short_duration(-*left) + " ago";
}

std::string state_words(const SeenElection& election) {
  switch (election.verdict.state) {
    case LockState::kAbsent:
      return "absent: there is no such election";
    case LockState::kUnreadable:
      return "unreadable: the annotation is not a leader election record";
    case LockState::kReleased:
      return record_of(election) == nullptr ? "released: the lock contains no record" : "released";
    case LockState::kExpired:
      if (!election.verdict.left) return "expired: it did not change between two reads";
      return election.confirmed || core::is_rightly_dated(election.seen)
                 ? "expired: its holder has not renewed it in time"
                 : "expired by its holder's clock: the holder is dead, or its clock is behind "
                   "(--confirm shows which)";
    case LockState::kHeld:
      break;
  }
  if (!election.confirmed && core::is_dated_ahead(election.seen, election.server_now)) {
    return "held by its holder's clock, which is ahead: the holder may be dead (--confirm shows "
           "it)";
  }
  return election.verdict.left ? "held" : "held: the record does not show when it expires";
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text.append(text.empty() ? "" : ", ").append(word);
  return text;
}

std::string with_age(const SeenElection& election, const std::optional<core::WallTime>& time) {
  if (!time) return "";
  return kube::format_time(*time, kube::TimePrecision::kSeconds) + " (" + when(election, time) +
         ")";
}

}  // namespace

std::string_view leader_of(const SeenElection& election) {
  if (election.verdict.state != LockState::kHeld) return {};
  return election.seen.record.holder;
}

ElectionState state_of(const SeenElection& election, const std::optional<std::string>& id) {
  ElectionState state{.election = election.name.name,
                      .name_space = election.name.name_space,
                      .lock = resource(election),
                      .id = id,
                      .leader = {},
                      .is_leader = {},
                      .state = to_string(election.verdict.state),
                      .acquire_time = {},
                      .renew_time = {},
                      .expires_in = {},
                      .transitions = {},
                      .token = {},
                      .observed_ago = core::Duration::zero(),
                      .unread = election.seen.unread,
                      .strategy = {}};
  if (!election.seen.strategy.empty()) state.strategy = election.seen.strategy;
  if (election.verdict.state != LockState::kUnreadable) {
    state.leader = leader_of(election);
    if (id) state.is_leader = core::matches_identity(*id, *state.leader);
  }
  if (const core::Record* record = record_of(election)) {
    state.acquire_time = record->acquire_time;
    state.renew_time = record->renew_time;
    state.transitions = record->transitions;
  }
  if (election.verdict.state == LockState::kHeld) state.expires_in = election.verdict.left;
  return state;
}

std::vector<TableRow> election_table(std::span<const SeenElection> elections, bool wide,
                                     bool namespaces) {
  TableRow heads{"ELECTION", "LOCK", "LEADER", "STATE", "TRANSITIONS", "HELD", "EXPIRES"};
  if (wide) heads.insert(heads.end(), {"HOLDER", "RENEWED", "DURATION"});
  if (namespaces) heads.insert(heads.begin(), "NAMESPACE");
  std::vector<TableRow> rows{std::move(heads)};
  for (const SeenElection& election : elections) {
    const core::Record* record = record_of(election);
    const bool held = election.verdict.state == LockState::kHeld;
    TableRow row{election.name.name,
                 resource(election),
                 std::string(leader_of(election)),
                 std::string(to_string(election.verdict.state)),
                 record == nullptr ? "" : std::to_string(record->transitions),
                 held ? led_for(election) : "",
                 expires(election)};
    if (wide && record != nullptr) {
      row.insert(row.end(), {record->holder, when(election, record->renew_time),
                             record->lease_duration > record->lease_duration.zero()
                                 ? format_duration(record->lease_duration)
                                 : ""});
    } else if (wide) {
      row.insert(row.end(), {"", "", ""});
    }
    if (namespaces) row.insert(row.begin(), election.name.name_space);
    rows.push_back(std::move(row));
  }
  return rows;
}

std::size_t state_column(bool namespaces) {
  return namespaces ? 4 : 3;
}

std::string_view state_colour(std::string_view state) {
  if (state == "held") return "\x1b[32m";
  if (state == "expired") return "\x1b[33m";
  if (state == "unreadable") return "\x1b[31m";
  return "\x1b[2m";
}

std::string spelt_out(const SeenElection& election, bool colour) {
  std::string text;
  const auto line = [&](std::string_view name, std::string_view value) {
    if (value.empty()) return;
    constexpr std::size_t kColumn = 13;
    text.append(name).append(": ");
    text.append(kColumn - std::min(name.size() + 2, kColumn), ' ').append(value) += '\n';
  };
  const bool held = election.verdict.state == LockState::kHeld;
  const core::Record* record = record_of(election);
  const bool names = record != nullptr && !record->holder.empty();
  std::string state = state_words(election);
  if (colour) {
    const auto word = to_string(election.verdict.state);
    state =
        std::string(state_colour(word)).append(word).append("\x1b[0m") + state.substr(word.size());
  }
  line("Election", escaped(election.name.name));
  line("Namespace", escaped(election.name.name_space));
  line("Lock", resource(election));
  const bool unreadable = election.verdict.state == LockState::kUnreadable;
  line("Leader", held         ? escaped(record->holder)
                 : names      ? "nobody (last held by " + escaped(record->holder) + ")"
                 : unreadable ? "unknown"
                              : "nobody");
  line("State", state);
  const auto unread = [&] {
    const std::string fields = joined(election.seen.unread);
    line("Unread", fields.empty() ? "" : fields + " (missing, or of an unknown form)");
  };
  line("Strategy", election.seen.strategy.empty()
                       ? ""
                       : escaped(election.seen.strategy) +
                             " (the control plane's coordinated election assigns this Lease)");
  if (record == nullptr) {
    unread();
    return text;
  }
  if (held) line("Since", with_age(election, record->acquire_time));
  if (names) line("Renewed", with_age(election, record->renew_time));
  if (election.clock_error) {
    line("Clock", "its holder's clock is " + off_by(*election.clock_error) + " the API server's");
  }
  const std::string lasts =
      " (a record is valid for " + format_duration(record->lease_duration) + ")";
  const std::string end = expires(election);
  line("Expires", end.empty() ? "" : (held ? "in " + end : end) + lasts);
  unread();
  line("Transitions", std::to_string(record->transitions));
  return text;
}

std::string object_reference(const kube::LockName& name) {
  const kube::LockKindInfo& kind = kube::info(name.kind);
  std::string text;
  for (const char c : kind.kind) {
    text += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  if (!kind.group.empty()) text.append(".").append(kind.group);
  return text.append("/").append(escaped(name.name));
}

}  // namespace elector::cmd
