// What one process has been shown of its lock objects, and what may therefore be said of the leader
// (invariant 6). Worked out from the observations alone, without the code under test.
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

  // Whom a process that does not lead has to name: the holder that all its locks agree on, until
  // the record has run out; never itself, nor one whose record was over by its own times when it
  // was the first thing that the process was shown; else nobody, "". Nothing while it cannot be
  // told what is the past and what is the present.
  std::optional<std::string> leader(core::BootTime now) const;

  // The process has been shown, as the present, a record by which this instance holds a lock, of
  // this version or a later one.
  bool has_seen(std::string_view instance, std::uint64_t version) const;
  // It has been shown the write with this nonce, `before` that moment if there is one.
  bool has_seen(std::string_view nonce, std::optional<core::BootTime> before = {}) const;

 private:
  struct Lock {
    bool known = false;
    bool doubtful = false;      // an absence without a version, or the past was read
    std::uint64_t version = 0;  // the newest shown
    core::Observation seen;
    std::vector<core::Observation> pasts{};  // all that was shown and was older
    core::BootTime since{};                  // when the record was first shown
    bool first = true;                       // nothing was shown yet
    bool over = false;                       // the record was, at first sight
  };

  std::string identity_;
  core::Duration own_lease_;
  std::vector<Lock> locks_;
  std::map<std::string, std::uint64_t, std::less<>> holders_{};   // instance, newest version
  std::vector<std::pair<std::string, core::BootTime>> nonces_{};  // and when it was shown
};

// True if both show one and the same write of a record.
bool same_write(const core::Observation& a, const core::Observation& b);
// Its version, 0 where that is not known.
std::uint64_t number_of(const core::Observation& seen);
// The claim, if the record was written with it, else nullptr.
const core::Claim* claim_of(const core::Observation& seen);

}  // namespace elector::tests
