// Events on a lock object, as client-go's recorder makes them for its leader election
// (k8s.io/client-go, tools/record and tools/leaderelection/resourcelock).
#pragma once

#include <string>

#include "core/time.h"
#include "kube/http_message.h"
#include "kube/lock_codec.h"

namespace elector::kube {

struct LockEvent {
  std::string identity;  // who it is about
  std::string what;      // "became leader" or "stopped leading"
  core::WallTime when;
};

// The POST of a v1 Event with reason LeaderElection. `object` is the lock object's JSON, "" if it
// is not known or not there: it gives the uid by which `kubectl describe` finds the event.
HttpRequest event_request(const LockName& lock, const std::string& object, const LockEvent& event);

}  // namespace elector::kube
