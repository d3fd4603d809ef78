// SPDX-License-Identifier: Apache-2.0
// What a lock object says: the leader election record, elector's claim on it, and an observation of
// the whole object. Plain values; the wire format is in kube/.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/time.h"

namespace elector::core {

// A Lease keeps the count in 32 bits (and the API refuses more). It saturates there; the count is
// informational and no decision depends on it.
inline constexpr std::int64_t kMostTransitions = 2'147'483'647;

// client-go's LeaderElectionRecord: the spec of a coordination.k8s.io/v1 Lease, or the JSON in the
// annotation control-plane.alpha.kubernetes.io/leader.
struct Record {
  std::string holder;                      // holderIdentity; "" when the lock has no holder
  std::chrono::seconds lease_duration{0};  // leaseDurationSeconds; 0 when it is not known
  std::optional<WallTime> acquire_time;    // when the holder's term began, by its wall clock
  std::optional<WallTime> renew_time;      // when the holder last wrote, by its wall clock
  std::int64_t transitions = 0;  // leaseTransitions or leaderTransitions; 0 to kMostTransitions

  bool operator==(const Record&) const = default;
};

// The annotation elector/claim: which process wrote the record, and in which write. Other clients
// carry the annotation along when they write a record of their own, so a claim counts only while it
// is fresh.
struct Claim {
  std::string instance;                  // random per process
  std::string nonce;                     // random per write
  std::string holder;                    // the record's holder at that write
  std::optional<WallTime> renew_time{};  // the record's renewTime at that write
  bool forced = false;                   // a vacancy made by `resign --force`

  bool operator==(const Claim&) const = default;
};

// The annotation elector/resign: a request that the present holder step down, and the holder's
// answer. Permission to update the lock object is enough to make one, and no other channel is
// needed.
struct ResignRequest {
  std::string holder;         // the addressee: the record's holder,
  std::string instance;       // and its claim's instance; "" without a claim (not elector)
  std::string to;             // the requested successor; "" for any
  std::string id;             // random; tells one request from another
  bool acknowledged = false;  // the addressee has read it
  std::string release;        // the nonce of the write that released the lock because of it; ""
                              // until then

  bool operator==(const ResignRequest&) const = default;
};

enum class Content {
  kAbsent,      // there is no such object
  kEmpty,       // an object without a record: not used for an election yet, or emptied
  kUnreadable,  // something stands where the record should be, and it is not one
  kRecord,
};

// One lock object as it was seen in a GET, a watch event or the answer to a write.
struct Observation {
  Content content = Content::kAbsent;
  std::string
      version;      // metadata.resourceVersion; for kAbsent that of the deletion, "" if not known
  Record record{};  // meaningful for kRecord only
  std::optional<Claim> claim{};  // as found, fresh or not; absent when missing or malformed
  std::optional<ResignRequest> resign{};  // absent when missing or malformed
  // For kUnreadable, or a record with unread fields: the text of the record, to detect changes.
  std::string raw;
  // The object's JSON as it was read. The core only hands it back with the write that builds on it,
  // so that other writers' fields are not lost.
  std::shared_ptr<const std::string> body{};
  // Fields of the record that are required but missing, or have an unknown form.
  std::vector<std::string> unread{};
  // The API server's time, in whole seconds, of the last write by the client that wrote the record
  // (metadata.managedFields); nothing if the object does not show it.
  std::optional<WallTime> written_at{};
  // A Lease's spec.strategy: set if the control plane's coordinated election assigns this Lease
  // (KEP-4355). "" if absent.
  std::string strategy{};
};

// True while the lock names a holder, dead or alive.
bool names_holder(const Observation& seen);

// The record that releases the lock, in client-go's form: no holder, for one second. The ending
// term does not add to the count of transitions.
Record released_record(std::int64_t transitions, WallTime now);

// True if the claim was written together with this record: both name the same holder and renewTime.
bool is_fresh(const Observation& seen);

// Returns the claim if it is fresh, otherwise nullptr.
const Claim* fresh_claim(const Observation& seen);

// The candidate that the lock was released for, with `resign --to`; "" for any. Valid only while
// the object shows that very release, since other writers carry annotations along.
std::string_view released_for(const Observation& seen);

// True if both observations show the same record from the same write; other fields and a stale
// claim make no difference. A record that is not the same restarts a follower's wait.
bool same_record(const Observation& a, const Observation& b);

// Orders two resourceVersions: negative, 0, or positive. Kubernetes promises that they compare as
// decimal numbers (KEP-5504); versions that are not numbers compare equal, meaning that their order
// is not known.
int compare_versions(std::string_view a, std::string_view b);

}  // namespace elector::core
