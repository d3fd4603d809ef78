// The kinds of request about a lock that fail at present, and what was said of it: each cause once.
// Pure.
#pragma once

#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "core/record.h"
#include "core/request.h"

namespace elector::cmd {

class RequestFailures {
 public:
  // identity: this candidate's holderIdentity.
  explicit RequestFailures(std::string identity) : identity_(std::move(identity)) {}

  // A request for the lock (core::Request::lock) failed. True if the text is new since the last
  // success, and not one of too many.
  bool note(std::size_t lock, core::Verb verb, core::Outcome outcome, const std::string& text);
  // One of its kind was answered. True if that is the end of a failure.
  bool answered(std::size_t lock, core::Verb verb);
  // The lock was seen, whether by a read or by an event. What failed may have become needless by
  // it, and is never tried again: a read; a write, when another holds the lock; a create, when the
  // object is there; an update, when it is not. A 403 is no matter of the moment, and stays. True
  // if that is the end of a failure.
  bool seen(std::size_t lock, const core::Observation& seen);

  // True while no kind of request is failing.
  bool none() const { return kinds_.empty(); }

 private:
  using Kind = std::pair<std::size_t, core::Verb>;
  struct Failure {
    std::set<std::string> causes{};
    bool forbidden = false;
  };

  bool forget(Kind kind);

  const std::string identity_;
  std::map<Kind, Failure> kinds_{};
};

}  // namespace elector::cmd
