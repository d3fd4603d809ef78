// SPDX-License-Identifier: Apache-2.0
// A lock object as clients that are not elector read and write it: client-go's resource locks and
// the 2016 sidecar's, written for the tests from what these publish about themselves. Annotations
// and fields of others are carried along; a record is compared at the precision of a second.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "tests/support/api.h"

namespace elector::tests {

// client-go's LeaderElectionRecord.
struct RivalRecord {
  std::string holder;
  std::int64_t duration = 0;  // seconds
  std::int64_t acquired = 0;  // microseconds since 1970, by the wall clock
  std::int64_t renewed = 0;
  std::int64_t transitions = 0;
};

class RivalLock {
 public:
  enum class Outcome { kOk, kNotFound, kFailed };
  struct Seen {
    Outcome outcome = Outcome::kFailed;
    RivalRecord record{};
    std::string raw{};  // distinguishes one state of the record from another
  };

  virtual ~RivalLock() = default;
  virtual Seen get() = 0;
  virtual Outcome create(const RivalRecord& record) = 0;
  // Of what was read or written last.
  virtual Outcome update(const RivalRecord& record) = 0;
};

// lock: one of the five kinds. identity: of its candidate, which a multi-lock must know. api must
// outlive it.
std::unique_ptr<RivalLock> rival_lock(const Api& api, const std::string& lock,
                                      const std::string& election, const std::string& identity);

}  // namespace elector::tests
