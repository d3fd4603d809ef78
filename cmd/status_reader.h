// Reads elections once, as `status` needs them: one by its name, or all there are.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cmd/election_view.h"
#include "cmd/options.h"
#include "cmd/session.h"
#include "core/time.h"
#include "kube/lock_kind.h"

namespace elector::cmd {

struct Reading {
  std::vector<SeenElection> elections;  // by namespace, name and kind; of one election, just that
  // One line each on what could not be read, none twice. Of one election: why nothing can be told.
  std::vector<std::string> failures;
  bool refused = false;   // one of these was for want of a permission
  bool complete = false;  // at least one kind was listed; or what is known of the election is sure
  std::vector<kube::LockKind> forbidden;  // kinds that may not be looked at
};

// The limit for one request of an observer, who has no lease that could give one.
core::Duration observer_timeout(const kube::Connection& connection);

// Until when an observer asks again whom the API tells to come back later: as long as one request
// may take, or half a minute where that has no limit.
core::BootTime observer_patience(const kube::Connection& connection);

// Both wait for the API, each request at most as long as observer_timeout(), and are as patient as
// observer_patience() has it.
Reading read_one(Session& session, const StatusOptions& options);
Reading read_all(Session& session, const StatusOptions& options);

}  // namespace elector::cmd
