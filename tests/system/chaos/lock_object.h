// SPDX-License-Identifier: Apache-2.0
// Changes to the lock object by a client that is not a candidate: it is deleted, emptied,
// corrupted, replaced, given a holder from elsewhere, and edited in fields that no candidate may
// lose.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "tests/support/api.h"
#include "tests/system/chaos/checker.h"
#include "tests/system/chaos/plan.h"

namespace elector::tests::chaos {

// The API clearly refused, and nothing was changed.
class Refused : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

class LockObject {
 public:
  // lock: as --lock names it. names: the candidates' names, which a foreign client may use too.
  LockObject(const Api& api, const std::string& lock, const std::string& election,
             std::vector<std::string> names)
      : api_(api), objects_(objects_of(lock, election)), names_(std::move(names)) {}

  // Does what the fault of Place::kObject specifies. Throws Refused if the API refuses,
  // std::runtime_error if it is unknown whether it was done. Returns what was done to the record;
  // nothing if only other fields were edited.
  std::optional<ForeignChange> inflict(Fault fault, std::uint64_t dice);
  // Invariant 3: returns what was edited and is no longer there. It is also checked before each
  // edit. Waits for a server that does not answer; throws std::runtime_error if it never does.
  Findings look();
  std::size_t edits() const { return edits_; }
  const ObjectName& primary() const { return objects_.front(); }

 private:
  void look_at(const ObjectName& object);
  void patch(const ObjectName& object, const std::string& merge) const;
  void edit(const ObjectName& object, std::uint64_t dice);
  void remove(const ObjectName& object);
  void replace(const ObjectName& object, std::uint64_t dice);

  const Api& api_;
  std::vector<ObjectName> objects_;
  std::vector<std::string> names_;
  // By path of the object: the fields that were edited, as JSON pointers, and what they must be.
  // What a refused or unanswered edit leaves behind is not known, and left out.
  std::map<std::string, std::map<std::string, std::string>> expected_;
  std::size_t edits_ = 0;
  Findings lost_;
};

}  // namespace elector::tests::chaos
