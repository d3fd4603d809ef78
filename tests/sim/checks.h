// The invariants of the election, checked in real time after every step of the world. They look at
// what the processes believe and say and at what the API server stores, with rules of their own.
//
// A rule's number is that of the invariant in the design.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "core/election.h"
#include "tests/sim/schedule.h"

namespace elector::tests {

class Candidate;
class Host;
class World;

class Checks {
 public:
  explicit Checks(World& world);

  // A candidate was elected; its work begins now.
  void elected(const Candidate& who, const core::Report& report);
  // A candidate was told something and has said what it has to say.
  void said(const Candidate& who);
  // A candidate's term has ended without its wish.
  void lost(const Candidate& who, core::LossReason reason);
  // A candidate says that it gave the lock back.
  void released(const Candidate& who);
  // A candidate reads a lock object.
  void reads(const Candidate& who);
  // An object has changed.
  void changed(std::size_t object);
  // Something, anything, has happened.
  void step();

 private:
  // Two terms of two hosts that may overlap, because of what is counted apart.
  struct Forgiven {
    bool works = false;
    std::size_t a = 0, b = 0;
    std::uint64_t terms_a = 0, terms_b = 0;
    bool operator==(const Forgiven&) const = default;
  };
  // When a lock object may be taken by a candidate that saw it change.
  struct Vacancy {
    Real since{};                 // the record's last change
    core::Duration wait{};        // for whoever saw everything
    core::Duration wait_blind{};  // for whoever may have missed the last holder
    core::Duration last_lease{};
    std::string last_instance{};
    bool held = false;
  };

  void one_leader(std::size_t election);
  bool forgiven(const Host& a, const Host& b, bool works);
  bool forgivable(const Candidate* late, const Host& early) const;
  bool deposed(const Candidate& who) const;
  void ended_terms_stay_ended();
  void views();
  void view_of(const Candidate& who);
  void vacancies();
  bool somebody_leads() const;
  Real limit_for(const Candidate& who) const;
  Real patience_of(const Candidate& who) const;
  bool healthy(const Candidate& who) const;
  bool undisturbed(const Candidate& who, core::Duration for_how_long) const;
  void token(const Candidate& who, const std::string& text);
  bool overthrown(const Candidate& who, const std::string& text) const;

  World& world_;
  std::array<std::uint64_t, 2> last_tokens_{};  // of each election
  std::vector<Forgiven> forgiven_{};
  std::vector<std::uint64_t> ended_;  // per candidate: the last term whose hold was seen to be over
  std::vector<Vacancy> vacancies_;
  Real last_led_{};
  bool limit_counted_ = false;
};

}  // namespace elector::tests
