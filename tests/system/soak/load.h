// SPDX-License-Identifier: Apache-2.0
// The load while the processes are observed: an election at fifty times its normal speed, and its
// clients.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

#include "tests/support/candidate.h"
#include "tests/support/cluster.h"
#include "tests/system/soak/sample.h"

namespace elector::tests::soak {

class Load {
 public:
  // Two `run` and one `exec` of one election: ttl 2s, a renewal every 40 ms. Throws
  // std::runtime_error if none of them comes to lead.
  explicit Load(const Cluster& cluster);
  ~Load();
  Load(const Load&) = delete;
  Load& operator=(const Load&) = delete;

  // Those that are not to grow.
  std::vector<Sampled> processes() const;
  // Begins to ask: each run is asked over HTTP twenty times a second and watched by two clients,
  // one that stays and one that comes and goes.
  void begin();
  // Asks the leader to step down. False if that does not come about.
  bool hand_over();
  // How many times the lock has changed hands, according to its record.
  std::int64_t transitions() const { return cluster_.api().record(election_.lease())->transitions; }
  // SIGTERM to all; false if one does not end with 0, or exec with what SIGTERM makes of it.
  bool end();

  long answers() const { return answers_; }
  std::string logs() const;

 private:
  void ask(const Candidate& candidate);
  void watch(const Candidate& candidate, Milliseconds stay);

  const Cluster& cluster_;
  ElectionName election_;
  std::vector<std::unique_ptr<Candidate>> runs_;
  std::unique_ptr<Process> exec_;
  std::atomic<bool> ending_{false};
  std::atomic<long> answers_{0};
  std::vector<std::thread> threads_;
};

}  // namespace elector::tests::soak
