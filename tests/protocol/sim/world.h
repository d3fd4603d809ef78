// SPDX-License-Identifier: Apache-2.0
// One run of the simulator: the hosts, the API server and the network between them, faults and
// checks, all from one plan. The same plan gives the same run.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "core/request.h"
#include "tests/protocol/sim/ask_check.h"
#include "tests/protocol/sim/asker.h"
#include "tests/protocol/sim/candidate.h"
#include "tests/protocol/sim/checks.h"
#include "tests/protocol/sim/dice.h"
#include "tests/protocol/sim/faults.h"
#include "tests/protocol/sim/kinds_check.h"
#include "tests/protocol/sim/observer.h"
#include "tests/protocol/sim/plan.h"
#include "tests/protocol/sim/rival.h"
#include "tests/protocol/sim/schedule.h"
#include "tests/protocol/sim/sim_api.h"
#include "tests/protocol/sim/tally.h"
#include "tests/protocol/sim/transcript.h"

namespace elector::tests {

class World {
 public:
  World(const Plan& plan, bool transcript);

  // Runs to the plan's end, or to the first violation.
  void run();

  const Tally& counts() const { return tally_; }
  // The rule that was broken, and how; "" if none was.
  const std::string& violation() const { return violation_; }
  const std::string& transcript() const { return log_.text(); }

  // ---- For its parts

  const Plan& plan() const { return plan_; }
  Schedule& schedule() { return schedule_; }
  const Schedule& schedule() const { return schedule_; }
  Dice& dice() { return dice_; }
  Transcript& log() { return log_; }
  SimApi& api() { return api_; }
  const SimApi& api() const { return api_; }
  Checks& checks() { return checks_; }
  AskCheck& ask_check() { return ask_check_; }
  KindsCheck& kinds_check() { return kinds_check_; }
  Tally& tally() { return tally_; }
  const std::vector<std::unique_ptr<Host>>& hosts() const { return hosts_; }
  const std::vector<Candidate*>& candidates() const { return candidates_; }
  const std::vector<Asker*>& askers() const { return askers_; }
  // The API server's wall clock, as the Date of an answer shows it.
  core::WallTime server_clock() const;

  void fail(const std::string& rule, const std::string& how);
  void note_election(const Candidate& who);
  void note_rival(const Rival& who);
  // Applies a request of a candidate that was sent at `sent` and has arrived at the server.
  core::Answer apply(const Candidate& who, std::size_t object, const core::Request& request,
                     ApiModel& model, Real sent);
  // Answers a GET of this host that has arrived there.
  core::Answer read(const Host& who, std::size_t object, const ApiModel& model);

 private:
  core::Answer stale_read(std::size_t object, const ApiModel& model);

  const Plan plan_;
  Schedule schedule_{};
  Dice dice_;
  Transcript log_;
  Tally tally_{};
  SimApi api_;
  std::vector<std::unique_ptr<Host>> hosts_{};
  std::vector<Candidate*> candidates_{};
  std::vector<Asker*> askers_{};
  std::vector<Observer*> observers_{};
  Checks checks_;
  AskCheck ask_check_;
  KindsCheck kinds_check_;
  Faults faults_;
  std::string violation_{};
  const Host* last_leader_ = nullptr;
};

}  // namespace elector::tests
