// SPDX-License-Identifier: Apache-2.0
// The invariants of the election, checked in real time after every step of the world. They compare
// what the processes believe and report with what the API server stores, by independent rules.
//
// Rules have the numbers of the invariants in the design.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/election.h"
#include "tests/protocol/sim/apart.h"
#include "tests/protocol/sim/schedule.h"

namespace elector::tests {

class Candidate;
class Host;
class World;

class Checks {
 public:
  explicit Checks(World& world);

  // A candidate was elected; its work begins now.
  void elected(const Candidate& who, const core::Report& report);
  // A candidate got a message and has made its reports.
  void said(const Candidate& who);
  // A candidate's term has ended without its wish.
  void lost(const Candidate& who, core::LossReason reason);
  // A candidate reports that it released the lock.
  void released(const Candidate& who);
  // A candidate reads a lock object.
  void reads(const Candidate& who);
  // An object has changed.
  void changed(std::size_t object);
  // The store was restored: a new history of it begins.
  void restored();
  // Anything has happened.
  void step();

 private:
  // When a lock object may be taken by a candidate that saw it change.
  struct Vacancy {
    Real since{};                 // the record's last change
    core::Duration wait{};        // for a candidate that saw everything
    core::Duration wait_blind{};  // for one that may have missed the last holder
    core::Duration last_lease{};
    std::string last_instance{};
    std::int64_t transitions = 0;  // the largest count so far
    bool held = false;
  };

  void one_leader(std::size_t election);
  bool versions_reused() const;
  bool is_as_restored(std::size_t object) const;
  bool is_repeated_after_restore(std::size_t object) const;
  bool came_upon_restored(const Candidate& who, std::size_t object) const;
  bool is_as_claimed(std::size_t object) const;
  bool one_of_two_is_as_restored(const Candidate& who) const;
  bool is_of_term(const Candidate& who, const core::Observation& seen) const;
  void ended_terms_stay_ended();
  void views();
  void view_of(const Candidate& who);
  void vacancies();
  bool somebody_leads() const;
  Real limit_for(const Candidate& who) const;
  Real patience_of(const Candidate& who) const;
  bool healthy(const Candidate& who) const;
  bool undisturbed(const Candidate& who, core::Duration for_how_long) const;
  bool clock_outruns_renewals(const Candidate& who) const;
  void token(const Candidate& who, const std::string& text);
  std::optional<Excuse> late_token(const Candidate& who, const std::string& text) const;
  bool written_before_restore(const Candidate& who, const std::string& text) const;
  bool overthrown(const Candidate& who, const std::string& text) const;

  World& world_;
  Apart apart_;
  std::vector<const Host*> leaders_{}, workers_{};  // of one election, in the present step
  std::array<std::uint64_t, 2> last_tokens_{};      // of each election
  std::vector<std::uint64_t> ended_;  // per candidate: the last term whose hold was seen to be over
  std::vector<Vacancy> vacancies_;
  Real last_led_{};
  bool limit_counted_ = false;
};

}  // namespace elector::tests
