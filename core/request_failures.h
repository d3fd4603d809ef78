// SPDX-License-Identifier: Apache-2.0
// The kinds of request for a lock that fail at present, and what was reported about them: each
// cause once. Pure.
#pragma once

#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "core/record.h"
#include "core/request.h"

namespace elector::core {

class RequestFailures {
 public:
  // identity: this candidate's holderIdentity.
  explicit RequestFailures(std::string identity) : identity_(std::move(identity)) {}

  // A request for the lock (Request::lock) failed. Returns true if the cause is new since the last
  // success, no other kind of request fails for the same cause, and the limit on causes is not
  // reached. Two different texts are two causes.
  bool note(std::size_t lock, Verb verb, Outcome outcome, const std::string& cause);
  // A request of that kind was answered. Returns true if that ends a failure and only missing
  // permissions are left: reads and writes fail together and recover one after the other.
  bool answered(std::size_t lock, Verb verb);
  // The lock was seen, by a read or by an event. That can make a failed request needless, so that
  // it is never retried: a read; a write, if another holds the lock; a create, if the object
  // exists; an update, if it does not. A 403 is not transient and stays. Returns as
  // answered() does.
  bool seen(std::size_t lock, const Observation& seen);

  // True while no kind of request is failing.
  bool none() const { return kinds_.empty(); }

 private:
  using Kind = std::pair<std::size_t, Verb>;
  struct Failure {
    std::set<std::string> causes{};
    bool forbidden = false;
  };

  bool forget(Kind kind);
  bool only_forbidden() const;

  const std::string identity_;
  std::map<Kind, Failure> kinds_{};
};

}  // namespace elector::core
