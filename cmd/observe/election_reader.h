// SPDX-License-Identifier: Apache-2.0
// Reads elections once, as `status` needs them: one by its name, or all.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cmd/cli/options.h"
#include "cmd/observe/election_table.h"
#include "core/time.h"
#include "kube/lock/lock_kind.h"
#include "kube/session.h"

namespace elector::cmd {

struct Reading {
  // By namespace, name and kind. For one election: the kinds that were read, see the_one().
  std::vector<SeenElection> elections;
  // One line for each failure to read, without duplicates. For one election: why its state is
  // unknown.
  std::vector<std::string> failures;
  bool refused = false;   // one of these was for lack of a permission
  bool complete = false;  // at least one kind was listed; or the one election's state is known
  std::vector<kube::LockKind> forbidden;  // kinds that may not be read
};

// Returns the limit for one request of an observer, which has no lease to derive one from.
core::Duration observer_timeout(const kube::Connection& connection);

// Returns until when an observer retries if the API server says to come back later: as long as one
// request may take, or half a minute if that has no limit.
core::BootTime observer_patience(const kube::Connection& connection);

// Returns the election of read_one() on the lock kind that counts (core::choose_lock()). The
// reading must be complete.
const SeenElection& the_one(const Reading& reading);

// Both wait for the API, for at most observer_timeout() per request, and retry until
// observer_patience().
Reading read_one(kube::Session& session, const StatusOptions& options);
Reading read_all(kube::Session& session, const StatusOptions& options);

}  // namespace elector::cmd
