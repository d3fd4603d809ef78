// SPDX-License-Identifier: Apache-2.0
// The sidecar's HTTP pages under load: what they cost the election.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <list>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/http.h"
#include "tests/system/bench/bench.h"

namespace elector::tests::bench {
namespace {

using std::chrono::steady_clock;

constexpr int kSilent = 256;
constexpr int kClients = 2;
constexpr int kRequestsAMinute = 200'000;

// Clients that send nothing, and others that send requests without a pause, for as long as this
// lives.
class Crowd {
 public:
  explicit Crowd(const Address& address) : address_(address) {
    for (int i = 0; i < kClients; ++i) threads_.emplace_back([this] { ask(); });
    threads_.emplace_back([this] { stay_silent(); });
  }
  ~Crowd() { end(); }
  Crowd(const Crowd&) = delete;
  Crowd& operator=(const Crowd&) = delete;

  void end() {
    over_ = true;
    for (std::thread& thread : threads_) {
      if (thread.joinable()) thread.join();
    }
  }
  int answered() const { return answered_; }

 private:
  // At an even pace, as far as the machine keeps up.
  void ask() {
    constexpr auto kPause =
        std::chrono::nanoseconds(std::chrono::minutes(1)) * kClients / kRequestsAMinute;
    auto due = steady_clock::now();
    while (!over_) {
      std::this_thread::sleep_until(due);
      due += kPause;
      if (http_get(address_, "/").status == 200) ++answered_;
    }
  }

  // A client that is cut off reconnects.
  void stay_silent() {
    std::list<OpenConnection> silent;
    while (!over_) {
      std::erase_if(silent, [](OpenConnection& one) { return one.ends(Milliseconds(0)); });
      try {
        while (silent.size() < kSilent) silent.emplace_back(address_);
      } catch (const std::exception&) {
      }
      std::this_thread::sleep_for(Milliseconds(20));
    }
  }

  const Address address_;
  std::atomic<bool> over_{false};
  std::atomic<int> answered_{0};
  std::vector<std::thread> threads_;
};

}  // namespace

void measure_http_load(const Cluster& cluster, int seconds, Table& table) {
  say("renewals under a load of HTTP, for " + std::to_string(seconds) + " seconds");
  const ElectionName election(cluster.api(), "bench-http");
  CandidateOptions options = candidate_options(cluster, election, "leader");
  options.ttl = "2s";
  const Candidate leader(options);
  if (!leader.says("leader")) throw std::runtime_error("there is no leader:\n" + leader.log());
  Crowd crowd(leader.http_address());
  const auto begin = steady_clock::now();
  std::string seen;
  double last = 0;
  double longest = 0;
  while (steady_clock::now() < begin + std::chrono::seconds(seconds)) {
    // By the leader's own clock: when it sent each renewal.
    const auto record = cluster.api().record(election.lease());
    if (record && record->renew_time != seen) {
      const double at = record_time(record->renew_time);
      if (!seen.empty()) longest = std::max(longest, at - last);
      seen = record->renew_time;
      last = at;
    }
    std::this_thread::sleep_for(Milliseconds(20));
  }
  const double minutes = std::chrono::duration<double>(steady_clock::now() - begin).count() / 60;
  crowd.end();
  table.add(
      {.what =
           "256 silent clients, 200,000 requests a minute, ttl 2s: from one renewal to the next",
       .unit = "s",
       .values = {longest},
       .bar = "<= 0.8 (at most one retry period late)",
       .max_limit = 0.8,
       .note = std::to_string(static_cast<int>(crowd.answered() / minutes)) +
               " requests a minute were answered; the leader lost its term " +
               std::to_string(leader.count_logged("stopped leading")) + " times"});
}

}  // namespace elector::tests::bench
