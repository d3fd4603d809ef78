// SPDX-License-Identifier: Apache-2.0
// elector among real clients of client-go: a command given by the caller that competes with it for
// leadership. One leader throughout.
//
// ELECTOR_TEST_RIVAL="COMMAND": run as `COMMAND LOCK NAME SECONDS`, in the foreground, on the
// cluster of ELECTOR_TEST_KUBECONFIG. It must compete in election NAME in namespace default with
// that kind of lock and that lease duration, log to its standard error as client-go does, and end
// when it loses. Without it these tests are skipped. ELECTOR_TEST_RIVAL_FLAGS: further words behind
// these, such as -release. ELECTOR_TEST_RIVAL_HANDOVERS=N: how many on each kind of lock (50). A
// rival that ends at once with a kind of lock does not know it, and that kind is skipped.
#include <doctest/doctest.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <memory>
#include <string>
#include <utility>

#include "tests/support/cluster.h"
#include "tests/support/skipped.h"
#include "tests/system/mixed/elector_side.h"

namespace elector::tests {
namespace {

constexpr int kTtl = 3;                                  // seconds
constexpr Milliseconds kSlow = std::chrono::minutes(2);  // five of them start at once

bool have_rival() {
  return std::getenv("ELECTOR_TEST_RIVAL") != nullptr &&
         std::getenv("ELECTOR_TEST_KUBECONFIG") != nullptr;
}

int hand_overs_wanted() {
  const char* text = std::getenv("ELECTOR_TEST_RIVAL_HANDOVERS");
  return text == nullptr ? 50 : std::max(1, std::atoi(text));
}

// What client-go logs, without the first letter: it was small before 1.34, and the log is
// structured since.
constexpr const char* kStands = "ttempting to acquire leader lease";
constexpr const char* kAcquired = "uccessfully acquired lease";

class ClientGo {
 public:
  ClientGo(const std::string& lock, const std::string& election, Ledger& ledger)
      : ledger_(ledger),
        process_(
            {.arguments = {"sh", "-c", "exec $ELECTOR_TEST_RIVAL \"$@\" $ELECTOR_TEST_RIVAL_FLAGS",
                           "sh", lock, election, std::to_string(kTtl)}}) {}

  bool stands() {
    return eventually([&] { return says(kStands) || !process_.running(); }, kSlow) && says(kStands);
  }
  bool leads() {
    if (acquired_ == BootTime(0) && says(kAcquired)) {
      acquired_ = boot_now();
    }
    return acquired_ != BootTime(0) && process_.running();
  }
  // Ends it; what it believed until then goes into the ledger. On SIGTERM it may release the lock.
  void end(int signal) {
    const BootTime now = boot_now();
    if (leads() && acquired_ < now) {
      ledger_.believed("client-go", {.begin = acquired_, .end = now});
    }
    process_.signal(signal);
    process_.wait_exit();
  }
  std::string log() const { return process_.text(Process::Stream::kErr); }

 private:
  bool says(const char* text) const {
    return process_.wait_for_line(Process::Stream::kErr, containing(text), Milliseconds(0))
        .has_value();
  }

  Ledger& ledger_;
  Process process_;
  BootTime acquired_{};
};

class Contest {
 public:
  explicit Contest(const std::string& lock)
      : lock_(lock), election_(Cluster::get().api(), "client-go-" + lock) {}

  void run(int hand_overs) {
    // Today's client-go has Leases only, and ends at once with any other kind.
    if (lock_ != "leases" && !rival_knows_kind()) return;
    enter_elector();
    enter_rival();
    for (int done = 0; done < hand_overs; ++done) {
      elector_leads() ? elector_leaves(done) : rival_leaves();
    }
    rival_->end(SIGKILL);
    elector_->candidate().terminate();
    const auto found = ledger_.contradictions();
    MESSAGE(lock_, ": ", hand_overs, " hand-overs, ", ledger_.claims(), " claims, ", found.size(),
            " violations");
    CHECK_MESSAGE(found.empty(), first_of(found));
  }

 private:
  // Whether it is elector; waits until it is one of them.
  bool elector_leads() {
    bool elector = false;
    const bool led = eventually(
        [&] {
          elector = elector_->leads();
          return elector || rival_->leads();
        },
        kSlow);
    REQUIRE_MESSAGE(led, lock_, ": nobody leads\n", elector_->candidate().log(), rival_->log());
    return elector;
  }

  void elector_leaves(int round) {
    const bool dies = round % 10 == 4;
    elector_->candidate().signal(dies ? SIGKILL : SIGTERM);
    elector_->candidate().process().wait_exit();
    REQUIRE_MESSAGE(eventually([&] { return rival_->leads(); }, kSlow), rival_->log());
    enter_elector();
    // It reads a lock that is held, and logs this.
    REQUIRE(eventually([&] { return !elector_->leads() && names_another(); }, kSlow));
  }
  bool names_another() {
    const std::string leader = elector_->candidate().leader();
    return !leader.empty() && leader != elector_->id();
  }

  void rival_leaves() {
    const bool dies = std::exchange(rival_dies_, !rival_dies_);
    rival_->end(dies ? SIGKILL : SIGTERM);
    const bool taken = eventually([&] { return elector_->leads(); }, kSlow);
    REQUIRE_MESSAGE(taken, elector_->candidate().log());
    enter_rival();
  }

  bool rival_knows_kind() {
    ClientGo rival(lock_, election_.text() + "-kind", ledger_);
    const bool knows = rival.stands();
    rival.end(SIGKILL);
    api_remove(election_.text() + "-kind");
    return knows || !skipped_by_server("a rival with --lock=" + lock_);
  }
  static void api_remove(const std::string& name) {
    for (const char* resource : {"leases", "endpoints", "configmaps"}) {
      Cluster::get().api().remove({.resource = resource, .name = name});
    }
  }

  void enter_elector() {
    elector_.reset();
    elector_ =
        std::make_unique<ElectorSide>(CandidateOptions{.kubeconfig = Cluster::get().kubeconfig(),
                                                       .election = election_.text(),
                                                       .id = "elector",
                                                       .ttl = std::to_string(kTtl) + "s",
                                                       .more = {"--lock=" + lock_}},
                                      ledger_);
  }
  void enter_rival() {
    rival_.reset();
    rival_ = std::make_unique<ClientGo>(lock_, election_.text(), ledger_);
    REQUIRE_MESSAGE(rival_->stands(), rival_->log());
  }

  std::string lock_;
  ElectionName election_;
  Ledger ledger_;
  std::unique_ptr<ElectorSide> elector_;
  std::unique_ptr<ClientGo> rival_;
  bool rival_dies_ = true;  // the next time it leaves
};

}  // namespace

TEST_SUITE("client-go") {
  TEST_CASE("one leads throughout among elector and client-go" * doctest::skip(!have_rival())) {
    std::vector<std::function<void()>> contests;
    for (const char* lock :
         {"leases", "endpoints", "configmaps", "endpointsleases", "configmapsleases"}) {
      contests.emplace_back([lock] { Contest(lock).run(hand_overs_wanted()); });
    }
    together(contests);
  }
}

}  // namespace elector::tests
