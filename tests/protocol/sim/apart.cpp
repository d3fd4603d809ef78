// SPDX-License-Identifier: Apache-2.0
#include "tests/protocol/sim/apart.h"

#include <algorithm>
#include <deque>
#include <iterator>

#include "tests/protocol/sim/candidate.h"
#include "tests/protocol/sim/rival.h"
#include "tests/protocol/sim/term.h"
#include "tests/protocol/sim/world.h"

namespace elector::tests {
namespace {

std::uint64_t terms_of(const Host& host) {
  if (const auto* candidate = dynamic_cast<const Candidate*>(&host)) return candidate->terms();
  return dynamic_cast<const Rival&>(host).terms();
}

Real began(const Host& host) {
  if (const auto* candidate = dynamic_cast<const Candidate*>(&host)) return candidate->elected_at();
  return dynamic_cast<const Rival&>(host).led_since();
}

// Returns the version that this write of a record had at first: others' edits of the object change
// it.
std::uint64_t first_shown(const std::deque<core::Observation>& history, std::size_t write) {
  const auto same = [&](const auto& seen) { return same_write(seen, history.at(write)); };
  return number_of(*std::find_if(history.begin(), history.end(), same));
}

}  // namespace

bool Apart::forgives(const Host& a, const Host& b, bool works) {
  if (a.plan().rival() && b.plan().rival()) return true;  // two rivals are not under test
  const Pair pair{.works = works,
                  .a = a.index(),
                  .b = b.index(),
                  .terms_a = terms_of(a),
                  .terms_b = terms_of(b)};
  if (is_forgiven(pair)) return true;
  const auto why = excuse(a, b, works);
  if (why) forgive(pair, *why);
  return why.has_value();
}

bool Apart::forgives_former(const Candidate& who) {
  const Pair pair{.works = true,
                  .a = who.index(),
                  .b = who.index(),
                  .terms_a = who.terms(),
                  .terms_b = who.terms()};
  if (is_forgiven(pair)) return true;
  const auto why = excuse_former(who);
  if (why) forgive(pair, *why);
  return why.has_value();
}

bool Apart::is_forgiven(const Pair& pair) const {
  return std::find(forgiven_.begin(), forgiven_.end(), pair) != forgiven_.end();
}

void Apart::forgive(const Pair& pair, Excuse why) {
  ++world_.tally().apart.at(static_cast<std::size_t>(why));
  forgiven_.push_back(pair);
  if (world_.log().on()) {
    world_.log().line("CHECK", std::string(world_.hosts().at(pair.a)->name()) + " and " +
                                   std::string(world_.hosts().at(pair.b)->name()) +
                                   " overlap, counted apart: " + std::string(name_of(why)));
  }
}

std::optional<Excuse> Apart::excuse(const Host& a, const Host& b, bool works) const {
  for (const Host* host : {&a, &b}) {
    const auto* who = dynamic_cast<const Candidate*>(host);
    if (who != nullptr && (works ? who->pause_hides_work() : who->pause_hides_claim())) {
      return Excuse::kUnseenPause;
    }
  }
  for (const Host* host : {&a, &b}) {
    const auto* who = dynamic_cast<const Candidate*>(host);
    if (works && who != nullptr && who->owner().unguarded()) return Excuse::kUnguarded;
  }
  for (const Host* host : {&a, &b}) {
    const auto* rival = dynamic_cast<const Rival*>(host);
    if (rival != nullptr && rival->astray()) return Excuse::kRivalClock;
    if (rival != nullptr && rival->holds_secondary_alone()) return Excuse::kHalfMultiLock;
    const Host& other = host == &a ? b : a;
    if (rival != nullptr && rival->wrote_unseen() &&
        rival->plan().identity == other.plan().identity) {
      return Excuse::kNamesake;
    }
    const auto* paused = dynamic_cast<const Candidate*>(host == &a ? &b : &a);
    if (rival != nullptr && paused != nullptr && paused->pause_hides_renewal()) {
      return Excuse::kUnseenPause;
    }
  }
  // The later one of the two determines what it should have known.
  const Host& late = began(a) > began(b) ? a : b;
  const Host& early = &late == &a ? b : a;
  const auto began_to_acquire = [](const Host& who) {
    return began(who) - who.clock().real(who.plan().timing.renew_deadline);
  };
  return robbed(early, began_to_acquire(early)) || robbed(late, began_to_acquire(late))
             ? std::optional(Excuse::kNamesake)
             : of_store(late, early);
}

// The former term's work must end within a lease of the term's last renewal. A candidate that took
// the lock from that term in between may have passed it on.
std::optional<Excuse> Apart::excuse_former(const Candidate& who) const {
  if (who.owner().unguarded()) return Excuse::kUnguarded;
  if (who.was_paused_of_late()) return Excuse::kUnseenPause;
  for (const auto& host : world_.hosts()) {
    const auto* rival = dynamic_cast<const Rival*>(host.get());
    if (rival != nullptr && rival->astray()) return Excuse::kRivalClock;
  }
  const Real lease_ago = world_.schedule().now() - who.clock().real(world_.plan().longest_lease());
  if (robbed(who, lease_ago)) return Excuse::kNamesake;
  switch (world_.plan().tampering) {
    case Tampering::kNone:
      return std::nullopt;
    case Tampering::kVanish:
    case Tampering::kUsurp:
      return Excuse::kTampering;
    case Tampering::kRestore:
      if (!world_.api().restored_at()) return std::nullopt;
      return world_.plan().versions == Versions::kReuse ? Excuse::kVersionsReused
                                                        : Excuse::kRestored;
  }
  return std::nullopt;
}

// Whether a rival of its name has taken the lock from this host; it may have passed it on since.
bool Apart::robbed(const Host& who, Real since) const {
  const auto& hosts = world_.hosts();
  return std::any_of(hosts.begin(), hosts.end(), [&](const auto& host) {
    const auto* rival = dynamic_cast<const Rival*>(host.get());
    return rival != nullptr && rival != &who && rival->plan().identity == who.plan().identity &&
           rival->seized_at() >= since;
  });
}

// Returns the excuse from what a client that is not a candidate did to the store, or with it.
std::optional<Excuse> Apart::of_store(const Host& late, const Host& early) const {
  const auto* candidate = dynamic_cast<const Candidate*>(&late);
  switch (world_.plan().tampering) {
    case Tampering::kNone:
      return std::nullopt;
    case Tampering::kUsurp:
      return Excuse::kTampering;
    case Tampering::kVanish:
      // Only candidates that never saw the holder may take the lock at once.
      if (candidate != nullptr && saw(*candidate, early)) return std::nullopt;
      return Excuse::kTampering;
    case Tampering::kRestore:
      return of_restore(late, early);
  }
  return std::nullopt;
}

std::optional<Excuse> Apart::of_restore(const Host& late, const Host& early) const {
  if (!world_.api().restored_at()) return std::nullopt;
  if (world_.plan().versions == Versions::kReuse) return Excuse::kVersionsReused;
  if (!began_before_restore(early)) {
    // The restore may come between a term's first write and its answer, which then comes later than
    // that of the next term.
    return began_before_restore(late) ? of_restore(early, late) : std::nullopt;
  }
  const auto* candidate = dynamic_cast<const Candidate*>(&late);
  if (candidate != nullptr && saw_undone(*candidate, early) && !passed_on(late, early)) {
    return std::nullopt;
  }
  return Excuse::kRestored;
}

// Whether it has been shown the record of this term, which may still be in force.
bool Apart::saw(const Candidate& late, const Host& early) const {
  const auto* holder = dynamic_cast<const Candidate*>(&early);
  return holder != nullptr && late.witness() != nullptr && !deposed(*holder) &&
         !taken_by_rival(*holder) && !lost_its_claim(late, *holder) &&
         saw_since_removal(late, *holder) && !passed_on_since_removal(late, *holder) &&
         late.witness()->has_seen(holder->instance(), holder->token());
}

// Whether, of a lock object that was deleted twice during the term, `late` was shown a write of the
// term between the two deletions: it has already waited since the first.
bool Apart::saw_since_removal(const Candidate& late, const Candidate& holder) const {
  const auto& objects = holder.plan().objects;
  return std::any_of(objects.begin(), objects.end(), [&](std::size_t object) {
    const auto& history = world_.api().model().history(object);
    const auto absent = [](const auto& seen) { return seen.content == core::Content::kAbsent; };
    const auto last = std::find_if(history.rbegin(), history.rend(), absent);
    if (last == history.rend()) return true;
    const auto before = std::find_if(std::next(last), history.rend(), absent);
    if (before == history.rend()) return true;
    return std::any_of(last, before, [&](const auto& seen) {
      const core::Claim* claim = claim_of(seen);
      return claim != nullptr && claim->instance == holder.instance() &&
             late.witness()->has_seen(claim->nonce);
    });
  });
}

// Whether a third host that never saw this term has taken the lock since it was deleted, as it may.
// It may have given it back.
bool Apart::passed_on_since_removal(const Candidate& late, const Candidate& holder) const {
  const auto saw_holder = [&](const std::string& instance) {
    const auto& all = world_.candidates();
    return std::any_of(all.begin(), all.end(), [&](const Candidate* who) {
      return who->instance() == instance && who->witness() != nullptr &&
             (who == &late || who == &holder ||
              who->witness()->has_seen(holder.instance(), holder.token()));
    });
  };
  const auto& objects = holder.plan().objects;
  return std::any_of(objects.begin(), objects.end(), [&](std::size_t object) {
    const auto& history = world_.api().model().history(object);
    const auto last = std::find_if(history.rbegin(), history.rend(), [](const auto& seen) {
      return seen.content == core::Content::kAbsent;
    });
    if (last == history.rend()) return false;
    return std::any_of(history.rbegin(), last, [&](const auto& seen) {
      const core::Claim* claim = claim_of(seen);
      return claim != nullptr && !seen.record.holder.empty() && !saw_holder(claim->instance);
    });
  });
}

// Whether others removed the claim from this term's last write before it was shown that: a record
// without a claim belongs to a client that is not elector, whose release may be taken at once.
bool Apart::lost_its_claim(const Candidate& late, const Candidate& holder) const {
  const auto& objects = holder.plan().objects;
  return std::any_of(objects.begin(), objects.end(), [&](std::size_t object) {
    const auto& history = world_.api().model().history(object);
    const auto written = std::find_if(history.rbegin(), history.rend(), [&](const auto& seen) {
      const core::Claim* claim = claim_of(seen);
      return claim != nullptr && claim->instance == holder.instance();
    });
    if (written == history.rend() || late.witness()->has_seen(written->claim->nonce)) return false;
    return std::any_of(history.rbegin(), written, [&](const auto& seen) {
      return seen.record == written->record && claim_of(seen) == nullptr;
    });
  });
}

// Whether a rival has written the lock since this term's last write. It takes an emptied lock at
// once, and may have passed it on.
bool Apart::taken_by_rival(const Candidate& who) const {
  const auto& objects = who.plan().objects;
  return std::any_of(objects.begin(), objects.end(), [&](std::size_t object) {
    const auto& history = world_.api().model().history(object);
    for (std::size_t i = history.size(); i > 0; --i) {
      const core::Claim* claim = claim_of(history.at(i - 1));
      if (claim != nullptr && claim->instance == who.instance()) return false;
      if (claim == nullptr && names_rival(history.at(i - 1).record.holder)) return true;
    }
    return false;
  });
}

bool Apart::names_rival(const std::string& holder) const {
  const auto& hosts = world_.plan().hosts;
  return std::any_of(hosts.begin(), hosts.end(),
                     [&](const HostPlan& host) { return host.rival() && host.identity == holder; });
}

bool Apart::began_before_restore(const Host& who) const {
  const auto* candidate = dynamic_cast<const Candidate*>(&who);
  if (candidate != nullptr)
    return first_version(world_, *candidate) <= world_.api().restored_above();
  return dynamic_cast<const Rival&>(who).asked_since() <= *world_.api().restored_at();
}

// Whether it has been shown a write of this term that a restore has undone. Only writes since the
// previous restore count, since it has waited from then on. An edit gives an earlier write a later
// version.
bool Apart::saw_undone(const Candidate& late, const Host& early,
                       std::optional<core::BootTime> before) const {
  const auto* holder = dynamic_cast<const Candidate*>(&early);
  if (holder == nullptr || late.witness() == nullptr || deposed(*holder)) return false;
  for (const std::size_t object : early.plan().objects) {
    const auto& history = world_.api().model().history(object);
    const auto& restores = world_.api().restores(object);
    std::size_t undone = 0;
    bool seen = false;
    // What a later restore shows again is as it was: nothing shows that it was undone meanwhile.
    const core::Claim* again = restores.empty() ? nullptr : claim_of(history.at(restores.back()));
    const std::uint64_t back = again != nullptr && again->instance == holder->instance()
                                   ? number_of(history.at(restores.back()))
                                   : 0;
    for (std::size_t k = restores.size(); k > 0 && undone == 0; --k) {
      const std::size_t restore = restores.at(k - 1);
      for (std::size_t i = k > 1 ? restores.at(k - 2) + 1 : 0; i < restore; ++i) {
        const core::Claim* claim = claim_of(history.at(i));
        if (claim == nullptr || claim->instance != holder->instance() ||
            first_shown(history, i) < first_version(world_, *holder) ||
            first_shown(history, i) <= std::max(number_of(history.at(restore)), back) ||
            same_write(history.at(i), history.at(restore))) {
          continue;
        }
        ++undone;
        seen = seen || late.witness()->has_seen(claim->nonce, before);
      }
    }
    if (seen) return true;
  }
  return false;
}

// Whether a third host that had not seen this term's undone writes has taken the lock since the
// restore. It may have released it before it led.
bool Apart::passed_on(const Host& late, const Host& early) const {
  // When it sent this write.
  const auto knew = [&](const core::Claim& claim) {
    const auto& all = world_.candidates();
    return std::any_of(all.begin(), all.end(), [&](const Candidate* who) {
      return who->instance() == claim.instance &&
             (who == &late || who == &early || saw_undone(*who, early, who->sent_at(claim.nonce)));
    });
  };
  for (const std::size_t object : early.plan().objects) {
    const auto& history = world_.api().model().history(object);
    const std::size_t restore = world_.api().restored_from(object);
    for (std::size_t i = restore + 1; i < history.size(); ++i) {
      const core::Claim* claim = claim_of(history.at(i));
      if (claim != nullptr && !history.at(i).record.holder.empty() &&
          !same_write(history.at(i), history.at(restore)) && !knew(*claim)) {
        return true;
      }
    }
  }
  return false;
}

// Whether a host that could not know has taken the lock from this term; it may have passed it on
// since.
bool Apart::deposed(const Candidate& who) const {
  return std::any_of(forgiven_.begin(), forgiven_.end(), [&](const Pair& pair) {
    return (pair.a == who.index() && pair.terms_a == who.terms()) ||
           (pair.b == who.index() && pair.terms_b == who.terms());
  });
}

}  // namespace elector::tests
