// SPDX-License-Identifier: Apache-2.0
// Moving a live election from one kind of lock to another by way of the kind that holds both, as
// client-go's users did: a rolling update of three candidates for each of the two steps, one
// stopped and one started at a time. One leader throughout, and no vacancy beyond one lease.
#include <doctest/doctest.h>

#include <algorithm>
#include <csignal>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "tests/support/cluster.h"
#include "tests/system/mixed/elector_side.h"
#include "tests/system/mixed/rival.h"

namespace elector::tests {
namespace {

constexpr std::chrono::seconds kTtl{4};
// elector's, a fifth of the ttl: how long it may hesitate, and how long a step of two locks takes.
constexpr Milliseconds kRetryPeriod{800};
constexpr Milliseconds kSlack{500};  // of the machine
// One lease, and the time until a waiting candidate takes over.
constexpr Milliseconds kLongestVacancy = kTtl + kRetryPeriod + kSlack;
// A sidecar of 2016 never releases, so that each of its ends costs a lease. It is waited for from
// when it was seen, and elector is started only after that end.
constexpr Milliseconds kStart{1000};
constexpr Milliseconds kLongestVacancyAfterSidecar = kLongestVacancy + kStart;

// One candidate of either side.
struct Member {
  std::unique_ptr<ElectorSide> elector{};
  std::unique_ptr<Rival> rival{};

  bool leads() const { return elector ? elector->leads() : rival->leads(); }
  std::string log() const { return elector ? elector->candidate().log() : ""; }
};

enum class Before { kElector, kClientGo, kSidecar2016 };

class Migration {
 public:
  Migration(Before before, const std::string& from)
      : election_(Cluster::get().api(), "migrate-" + from), before_(before), from_(from) {
    for (int i = 0; i < 3; ++i) {
      members_.push_back(before == Before::kElector ? elector(from) : rival(before, from));
    }
    REQUIRE_MESSAGE(led(), logs());
    began_ = boot_now();
  }

  // Stops one after the other, and starts one of elector with that kind instead.
  void roll_to(const std::string& lock) {
    for (Member& member : members_) {
      leave(member);
      member = elector(lock);
      // While a candidate of the old kind leads, one that needs both objects knows no leader.
      REQUIRE(member.elector->candidate().logs("joined the election"));
      REQUIRE_MESSAGE(led(), logs());
      throughout(Milliseconds(300), [this] {
        led_now();
        return true;
      });
    }
  }

  void check() {
    const BootTime ended = boot_now();
    CHECK(Cluster::get().api().holder(election_.lease()).starts_with("elector-"));
    check_claims(ledger_.contradictions());
    check_against_locks();
    // No candidate that had gone, or lost it, led again.
    std::vector<std::string> turns = ledger_.turns();
    std::sort(turns.begin(), turns.end());
    CHECK(std::adjacent_find(turns.begin(), turns.end()) == turns.end());
    const Milliseconds gap = std::chrono::duration_cast<Milliseconds>(
        ledger_.longest_gap({.begin = began_, .end = ended}));
    MESSAGE(from_, ": ", ledger_.claims(), " claims, longest vacancy ", gap.count(), " ms");
    CHECK(gap < (before_ == Before::kSidecar2016 ? kLongestVacancyAfterSidecar : kLongestVacancy));
  }

 private:
  static void check_claims(const std::vector<std::string>& found) {
    CHECK_MESSAGE(found.empty(), first_of(found));
  }

  // Each claim has all objects of that candidate's kind behind it; and any two kinds that were at
  // work at one time have an object in common.
  void check_against_locks() const {
    if (Cluster::get().is_real()) return;
    for (const ObjectName& object :
         {election_.endpoints(), election_.configmap(), election_.lease()}) {
      const History history = history_of(Cluster::get().server()->writes(object));
      check_claims(ledger_.contradictions(history, [&](const std::string& who) {
        const auto needed = objects_of(locks_.at(who), election_.text());
        return std::any_of(needed.begin(), needed.end(),
                           [&](const ObjectName& one) { return one.resource == object.resource; });
      }));
    }
  }

  Member elector(const std::string& lock) {
    const CandidateOptions options{.kubeconfig = Cluster::get().kubeconfig(),
                                   .election = election_.text(),
                                   .id = "elector-" + std::to_string(++started_),
                                   .ttl = std::to_string(kTtl.count()) + "s",
                                   .more = {"--lock=" + lock}};
    locks_[options.id] = lock;
    return {.elector = std::make_unique<ElectorSide>(options, ledger_)};
  }

  Member rival(Before before, const std::string& lock) {
    const std::string id = "rival-" + std::to_string(++started_);
    RivalOptions options{.lock = lock, .election = election_.text(), .id = id, .ttl = kTtl};
    if (before == Before::kSidecar2016) options = sidecar_2016(election_.text(), id, kTtl);
    options.seed = static_cast<std::uint32_t>(started_);
    locks_[id] = lock;
    return {.rival = std::make_unique<Rival>(Cluster::get().api(), options, ledger_)};
  }

  // Meanwhile the others are listened to.
  void leave(Member& member) {
    if (member.rival) return member.rival->cancel();
    member.elector->candidate().signal(SIGTERM);
    REQUIRE(eventually([&] {
      led_now();
      return !member.elector->candidate().process().running();
    }));
  }

  // Asks all candidates, so that the ledger detects two leaders.
  bool led_now() {
    return std::count_if(members_.begin(), members_.end(),
                         [](const Member& member) { return member.leads(); }) > 0;
  }
  bool led() {
    return eventually([this] { return led_now(); });
  }
  std::string logs() const {
    std::string text;
    for (const Member& member : members_) text += member.log();
    return text;
  }

  ElectionName election_;
  Before before_;
  std::string from_;
  Ledger ledger_;
  std::map<std::string, std::string> locks_;  // each candidate's kind
  std::vector<Member> members_;
  int started_ = 0;
  BootTime began_{};
};

void migrate(Before before, const std::string& from, const std::string& both) {
  Migration migration(before, from);
  migration.roll_to(both);
  migration.roll_to("leases");
  migration.check();
}

}  // namespace

TEST_SUITE("migrations") {
  TEST_CASE(
      "a live election moves to leases, one candidate at a time, with one leader throughout") {
    std::vector<std::function<void()>> migrations;
    for (const Before before : {Before::kElector, Before::kClientGo}) {
      migrations.emplace_back([before] { migrate(before, "endpoints", "endpointsleases"); });
      migrations.emplace_back([before] { migrate(before, "configmaps", "configmapsleases"); });
    }
    migrations.emplace_back([] { migrate(Before::kSidecar2016, "endpoints", "endpointsleases"); });
    together(migrations);
  }
}

}  // namespace elector::tests
