// SPDX-License-Identifier: Apache-2.0
// A candidate that is not elector, as a thread: one that behaves as client-go's leaderelection
// does, and one that behaves as the 2016 sidecar does. Written for the tests from the public
// description of the protocol; it shares no code with elector.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <thread>

#include "tests/system/mixed/ledger.h"
#include "tests/system/mixed/rival_lock.h"

namespace elector::tests {

enum class RivalStyle {
  kSidecar2016,      // waits its own ttl, an empty holder's too; a renewal forgets the transitions
  kClientGo,         // as of 2020: waits its own lease duration, takes an empty holder at once
  kClientGoPresent,  // waits the record's duration; renews without reading first
};

struct RivalOptions {
  std::string lock = "leases";
  std::string election;
  std::string id;
  RivalStyle style = RivalStyle::kClientGo;
  std::chrono::seconds ttl{2};
  Milliseconds renew_deadline{600};
  Milliseconds retry_period{150};
  bool release_on_cancel = true;  // the 2016 sidecar never does
  std::uint32_t seed = 1;         // of the jitter
};

// As the image of 2016 derives them from its ttl.
RivalOptions sidecar_2016(const std::string& election, const std::string& id,
                          std::chrono::seconds ttl);

// The longest time between two looks at the lock of one that does not lead.
Milliseconds longest_poll(const RivalOptions& options);

class Rival {
 public:
  // Begins to stand. api and ledger must outlive it.
  Rival(const Api& api, const RivalOptions& options, Ledger& ledger);
  ~Rival() { die(); }
  Rival(const Rival&) = delete;
  Rival& operator=(const Rival&) = delete;

  const std::string& id() const { return options_.id; }
  bool leads() const { return leads_; }
  // Stops standing, by a release if it leads and is one that releases.
  void cancel() { stop(options_.release_on_cancel); }
  // It ends at this moment, whatever it was about to do.
  void die() { stop(false); }

 private:
  using Clock = std::chrono::steady_clock;

  void run();
  bool acquire();
  void renew();
  void release();
  bool try_acquire_or_renew();
  bool written(RivalLock::Outcome outcome, const RivalRecord& record);
  bool may_take(const RivalRecord& seen, Clock::time_point now) const;
  RivalRecord fresh_record() const;
  bool is_leader() const { return observed_.holder == options_.id; }
  bool stopped();
  // Sleeps; returns false once it was asked to stop.
  bool pause(Milliseconds time);
  void stop(bool with_release);
  void claim_until(BootTime end);
  void end_claim(BootTime end);

  RivalOptions options_;
  Ledger& ledger_;
  std::unique_ptr<RivalLock> lock_;
  std::mt19937 dice_;

  RivalRecord observed_{};
  std::string observed_raw_{};
  Clock::time_point observed_at_{};

  std::mutex mutex_;
  std::condition_variable changed_;
  bool stopped_ = false;
  bool with_release_ = false;
  std::optional<Span> claim_{};  // its belief: since when, and how long without another renewal
  std::atomic<bool> leads_{false};
  std::thread thread_;
};

}  // namespace elector::tests
