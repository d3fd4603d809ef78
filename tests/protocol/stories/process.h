// SPDX-License-Identifier: Apache-2.0
// One process of a story: the shipping election, and around it the least of a shell: its clocks,
// its requests under way, its watches, and what may go wrong on the way to the API.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/election.h"
#include "core/request.h"
#include "core/time.h"
#include "tests/protocol/stories/server.h"

namespace elector::tests {

// The settings of `candidate NAME key=value...`; a restart begins with the same settings.
struct CandidateSpec {
  std::string name;
  std::string identity;
  core::Timing timing = core::Timing::from_lease_duration(std::chrono::seconds(10));
  std::vector<Kind> locks{Kind::kLeases};
  bool may_watch = true;
  bool stands = true;
  bool slow_work = false;  // its work ends only when the story ends it
  core::Duration wall_offset{};
  std::uint64_t seed = 1;
};

// A request under way.
struct Flight {
  enum class State { kOutbound, kAnswered, kLost };

  core::Request request;
  core::BootTime deadline{};  // by the process's clock
  core::Duration arrives{};   // by the story's time, at its next stop
  std::uint64_t order = 0;    // requests and answers arrive in the order in which they set out
  State state = State::kOutbound;
  core::Answer answer{};
  std::size_t shown = 0;  // how much of the object's history was over when it was answered
};

struct Watch {
  bool open = false;
  bool ended = false;         // it had one and lost it: it is not opened again by itself
  std::size_t next = 0;       // index into the model's history
  std::string version = "0";  // the newest that the process was shown
};

// What happens between the process and the API.
struct Link {
  bool cut = false;
  bool hold_requests = false;
  bool hold_answers = false;
  bool hold_watch = false;
  int drop_requests = 0;  // so many of the next never reach the API
  int drop_writes = 0;    // the same for those that are not a GET
  int lose_answers = 0;   // so many of the next answers never come
};

class Process {
 public:
  // `label`: its name, with a prime for each restart: instances and nonces differ by it.
  Process(CandidateSpec spec, std::string label);

  // What its clocks show when the story's time is `since_start`.
  core::Now now(core::Duration since_start) const;
  // The story's time at which its CLOCK_BOOTTIME shows `at`, if it runs on.
  core::Duration when(core::BootTime at) const { return at - boot_start(); }
  // What its CLOCK_BOOTTIME would have shown at the story's start, had it never been stopped.
  core::BootTime boot_start() const;

  // The whole machine stands still, including its clocks, from `since_start` on, or runs again.
  // Then the wall clock is corrected; CLOCK_BOOTTIME is not.
  void freeze(core::Duration since_start) { frozen_at_ = since_start; }
  void thaw(core::Duration since_start);
  void step_wall_clock(core::Duration step) { spec_.wall_offset += step; }

  bool runs() const { return !stopped && !frozen_at_; }
  bool started = false;
  bool stopped = false;  // by SIGSTOP, or with a suspended machine: CLOCK_BOOTTIME runs on

  const CandidateSpec& spec() const { return spec_; }
  const std::string& label() const { return label_; }
  // The kind of its lock, where it has two: transcripts name them only then.
  std::string_view kind_text(std::size_t lock) const;

  core::Election election;
  std::vector<Flight> flights;
  std::vector<Watch> watches;
  Link link;

 private:
  CandidateSpec spec_;
  std::string label_;
  core::Duration boot_lag_{};
  std::optional<core::Duration> frozen_at_{};
};

}  // namespace elector::tests
