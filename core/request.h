// SPDX-License-Identifier: Apache-2.0
// What the core asks of the API server, and the form of the answers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "core/record.h"
#include "core/time.h"

namespace elector::core {

enum class Verb {
  kGet,     // read the object, consistently (no resourceVersion parameter)
  kCreate,  // POST: fails if it exists
  kUpdate,  // PUT with `version`: fails if the object changed since
};

// One request for one lock object. The caller sends it as it is, without retries, and gives exactly
// one Answer for it, when `timeout` is over at the latest.
struct Request {
  std::uint64_t id = 0;
  std::size_t lock = 0;  // index into Config::lock_precisions
  Verb verb = Verb::kGet;
  Duration timeout{};

  // For kCreate and kUpdate: the record and claim to write, and what to write them into.
  Record record{};
  Claim claim{};
  std::optional<ResignRequest> resign{};      // value of elector/resign; without one it is removed
  std::string version;                        // kUpdate: metadata.resourceVersion to send
  std::shared_ptr<const std::string> body{};  // kUpdate: the object's JSON as observed at `version`
};

enum class Outcome {
  kOk,        // 2xx; `object` is what the API server returned
  kConflict,  // 409: the object changed (kUpdate) or exists (kCreate). Through a proxy that repeats
              // requests, what changed it may have been this very write
  kNotFound,  // 404: no such object; a GET's `object` is then kAbsent
  kForbidden,  // 401 or 403: nothing was written
  kRefused,    // surely nothing was written: no connection, other 4xx, 429
  kUnknown,    // no answer in time, a broken connection, 5xx: a write may have happened
};

struct Answer {
  std::uint64_t id = 0;
  Outcome outcome = Outcome::kUnknown;
  Observation object{};    // for kOk, and for a GET's kNotFound
  Duration retry_after{};  // from Retry-After; 0 when the server gave none
  std::string message;     // for the log: what failed, in the API's words if it gave any
};

}  // namespace elector::core
