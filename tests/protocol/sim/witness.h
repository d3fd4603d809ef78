// SPDX-License-Identifier: Apache-2.0
// What one process has been shown of its lock objects, and what it may therefore report about the
// leader (invariant 6). Derived from the observations alone, without the code under test.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/record.h"
#include "core/time.h"

namespace elector::tests {

class Witness {
 public:
  Witness(std::string identity, std::size_t locks, core::Duration own_lease)
      : identity_(std::move(identity)), own_lease_(own_lease), locks_(locks) {}

  // The process is shown this, by an event or (`read`) by an answer.
  void shown(std::size_t lock, const core::Observation& seen, bool read, core::Now now);

  // Returns the leader that a process which does not lead must name: the holder that all its locks
  // agree on, until the record has run out; never itself, nor a holder whose record was over by its
  // own times when it was the first thing that the process was shown; otherwise "". Returns nothing
  // while the past cannot be told from the present.
  std::optional<std::string> leader(core::BootTime now) const;

  // Whether the process has been shown, as the present, a record by which this instance holds a
  // lock, of this version or a later one.
  bool has_seen(std::string_view instance, std::uint64_t version) const;
  // Whether it has been shown the write with this nonce, and if `before` is given, before that.
  bool has_seen(std::string_view nonce, std::optional<core::BootTime> before = {}) const;

 private:
  struct Lock {
    bool known = false;
    bool doubtful = false;      // an absence without a version, or the past was read
    std::uint64_t version = 0;  // the newest shown
    core::Observation seen;
    std::vector<core::Observation> pasts{};  // everything shown that was older
    core::BootTime since{};                  // when the record was first shown
    bool first = true;                       // nothing was shown yet
    bool over = false;                       // the record was over at first sight
  };

  std::string identity_;
  core::Duration own_lease_;
  std::vector<Lock> locks_;
  std::map<std::string, std::uint64_t, std::less<>> holders_{};   // instance, newest version
  std::vector<std::pair<std::string, core::BootTime>> nonces_{};  // and when it was shown
};

// Whether both show the same write of a record.
bool same_write(const core::Observation& a, const core::Observation& b);
// Returns its version, 0 if that is not known.
std::uint64_t number_of(const core::Observation& seen);
// Returns the claim if the record was written with it, otherwise nullptr.
const core::Claim* claim_of(const core::Observation& seen);

}  // namespace elector::tests
