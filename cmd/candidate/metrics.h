// SPDX-License-Identifier: Apache-2.0
// What one candidate counts, for GET /metrics.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "cmd/candidate/candidate.h"
#include "cmd/http/prometheus.h"
#include "core/election.h"
#include "core/request.h"
#include "core/time.h"

namespace elector::cmd {

class CandidateMetrics {
 public:
  // The candidate must outlive this. guards_child: for `exec`, also counts its command's processes.
  CandidateMetrics(const Candidate& candidate, bool guards_child);

  void on_report(const core::Report& report);
  // Counts the answer to a write that renews the lock; `took` is the time from request to answer.
  void on_renewal(core::Outcome outcome, core::Duration took);
  // A request to the API server. verb: "GET", …, "WATCH"; status: the HTTP status, 0 without one.
  void on_request(std::string_view verb, int status);
  // The guarded command. wait_status: as from wait(2); asked: it had been asked to stop.
  void child_started();
  void child_ended(int wait_status, bool asked);
  // The command, or what it left running, had to be killed; counted once per start.
  void child_killed();

  // Returns the exposition text, with the gauges' current values.
  std::string text();

 private:
  const Candidate& candidate_;
  Metrics metrics_;
  std::size_t watches_ = 0;  // begun so far
  bool killed_ = false;      // the current child was killed, and that is counted
};

}  // namespace elector::cmd
