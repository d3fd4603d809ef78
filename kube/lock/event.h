// SPDX-License-Identifier: Apache-2.0
// Events on a lock object, in the form that client-go's recorder uses for its leader election
// (k8s.io/client-go, tools/record and tools/leaderelection/resourcelock).
#pragma once

#include <string>

#include "core/time.h"
#include "kube/http/http_message.h"
#include "kube/lock/lock_codec.h"

namespace elector::kube {

struct LockEvent {
  std::string identity;  // of the candidate that it is about
  std::string what;      // "became leader" or "stopped leading"
  core::WallTime when;
};

// Returns the POST of a v1 Event with reason LeaderElection. `object` is the lock object's JSON, ""
// if it is not known or absent: it gives the uid by which `kubectl describe` finds the event.
HttpRequest event_request(const LockName& lock, const std::string& object, const LockEvent& event);

}  // namespace elector::kube
