// SPDX-License-Identifier: Apache-2.0
// The state of one election at one moment, and the JSON object for it: used by `status` and `watch`
// with -o json, by GET /leader and GET /watch. Its members and their order are the same everywhere
// and documented in elector-status(1); what the observer cannot know is null.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/time.h"

namespace elector::cmd {

struct ElectionState {
  std::string election;               // the lock object's name
  std::string name_space;             // and its namespace
  std::string lock;                   // leases, endpoints, …, as --lock names it
  std::optional<std::string> id;      // the observing candidate's own identity
  std::optional<std::string> leader;  // "": there is none; nothing: unknown
  std::optional<bool> is_leader;      // whether `id` leads
  std::string_view state;             // held, expired, released, unreadable, absent or unknown
  std::optional<core::WallTime> acquire_time;
  std::optional<core::WallTime> renew_time;
  // Until this process's own hold ends, or another leader's record runs out; nothing if there is no
  // leader.
  std::optional<core::Duration> expires_in;
  std::optional<std::int64_t> transitions;     // leaseTransitions
  std::optional<std::string> token;            // the fencing token, known to the leader only
  std::optional<core::Duration> observed_ago;  // since the lock was last seen
  std::vector<std::string> unread;             // see core::Observation
  std::optional<std::string> strategy;         // see core::Observation; nothing without one

  bool operator==(const ElectionState&) const = default;
};

// {"election":…,"namespace":…,"lock":…,"id":…,"leader":…,"isLeader":…,"state":…,"acquireTime":…,
// "renewTime":…,"expiresInMs":…,"transitions":…,"fencingToken":…,"observedAgoMs":…,"unread":[…],
// "strategy":…}, without a newline.
std::string to_json(const ElectionState& state);

// Returns the same as YAML, one line per member: `first` goes in front of the first line, `others`
// in front of the rest ("- " and "  " for an item of a list).
std::string to_yaml(const ElectionState& state, std::string_view first = "",
                    std::string_view others = "");

}  // namespace elector::cmd
