// What one candidate counts, for GET /metrics.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "cmd/candidate.h"
#include "cmd/metrics.h"
#include "core/election.h"
#include "core/request.h"
#include "core/time.h"

namespace elector::cmd {

class CandidateMetrics {
 public:
  // The candidate must outlive this. guards_child: `exec`, which counts its command's processes.
  CandidateMetrics(const Candidate& candidate, bool guards_child);

  void on_report(const core::Report& report);
  // The answer to a write that renews the lock, and how long it took.
  void on_renewal(core::Outcome outcome, core::Duration took);
  // A request to the API server: "GET", …, "WATCH"; the HTTP status, 0 without one.
  void on_request(std::string_view verb, int status);
  // The guarded command. wait_status: as of wait(2); asked: it had been asked to stop.
  void child_started();
  void child_ended(int wait_status, bool asked);
  // It, or what it left running, had to be killed; counted once for each start.
  void child_killed();

  // The exposition, with the gauges as they stand now.
  std::string text();

 private:
  const Candidate& candidate_;
  Metrics metrics_;
  std::size_t watches_ = 0;  // begun so far
  bool killed_ = false;      // the present child, and that is counted
};

}  // namespace elector::cmd
