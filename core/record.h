// What a lock object says: the leader-election record, elector's claim on it, and an observation of
// the whole object. Plain values, without the wire format, which is kube/'s.
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

// A Lease keeps the count in 32 bits (and the API refuses more). There it stands still: it counts
// for people, and nothing rests on it.
inline constexpr std::int64_t kMostTransitions = 2'147'483'647;

// client-go's LeaderElectionRecord, that is the spec of a coordination.k8s.io/v1 Lease or the JSON
// in the annotation control-plane.alpha.kubernetes.io/leader.
struct Record {
  std::string holder;                      // holderIdentity; "" when nobody holds the lock
  std::chrono::seconds lease_duration{0};  // leaseDurationSeconds; 0 when it is not known
  std::optional<WallTime> acquire_time;    // when the holder's term began, by its wall clock
  std::optional<WallTime> renew_time;      // when the holder wrote last, by its wall clock
  std::int64_t transitions = 0;  // leaseTransitions or leaderTransitions; 0 to kMostTransitions

  bool operator==(const Record&) const = default;
};

// The annotation elector/claim: who wrote the record, and in which write. Clients that are not ours
// carry it along when they write a record of their own, so it counts only while it is fresh.
struct Claim {
  std::string instance;                  // random per process
  std::string nonce;                     // random per write
  std::string holder;                    // the record's holder at that write
  std::optional<WallTime> renew_time{};  // the record's renewTime at that write
  bool forced = false;                   // a vacancy made by `resign --force`

  bool operator==(const Claim&) const = default;
};

// The annotation elector/resign: somebody asks the present holder to step down, and the holder's
// answer. Only who may update the lock object can ask, and nothing else need listen.
struct ResignRequest {
  std::string holder;         // whom it is addressed to: the record's holder,
  std::string instance;       // and its claim's instance; "" when it made none (not an elector)
  std::string to;             // who should lead next; "" for anyone
  std::string id;             // random; tells one request from another
  bool acknowledged = false;  // the addressee has heard it
  std::string release;        // the nonce of the write that released the lock on it; "" until then

  bool operator==(const ResignRequest&) const = default;
};

enum class Content {
  kAbsent,      // there is no such object
  kEmpty,       // an object without a record: nobody has stood on it yet, or somebody emptied it
  kUnreadable,  // something stands where the record should be, and it is not one
  kRecord,
};

// One lock object as it was seen in a GET, a watch event or the answer to a write.
struct Observation {
  Content content = Content::kAbsent;
  std::string
      version;      // metadata.resourceVersion; of kAbsent that of the deletion, "" if not known
  Record record{};  // meaningful for kRecord only
  std::optional<Claim> claim{};  // as found, fresh or not; absent when missing or malformed
  std::optional<ResignRequest> resign{};  // absent when missing or malformed
  // kUnreadable, or a record with unread fields: the text of the record, to see it change.
  std::string raw;
  // The object's JSON as it was read. The core only hands it back with the write that builds on it,
  // so that nothing of anyone's gets lost.
  std::shared_ptr<const std::string> body{};
  // Fields of the record that are missing although they are needed, or have an unknown form.
  std::vector<std::string> unread{};
  // A Lease's spec.strategy: the control plane's coordinated election gives this Lease (KEP-4355).
  // "" without one.
  std::string strategy{};
};

// True while the lock names a holder, dead or alive.
bool names_holder(const Observation& seen);

// What gives the lock back, as client-go releases: nobody holds it, for one second. The term that
// ends counts no more than it did.
Record released_record(std::int64_t transitions, WallTime now);

// True if the claim was written together with this record: both name the same holder and renewTime.
bool is_fresh(const Observation& seen);

// The claim if it is fresh, else nullptr.
const Claim* fresh_claim(const Observation& seen);

// The candidate that the lock was released for, with `resign --to`; "" if for anyone. This lasts
// only while the object shows that very release: others carry annotations along.
std::string_view released_for(const Observation& seen);

// True if both observations show the same record from the same write: other fields, and a stale
// claim, make no difference. This is what restarts, or does not restart, a follower's wait.
bool same_record(const Observation& a, const Observation& b);

// Orders two resourceVersions: negative, 0, or positive. Kubernetes promises that they compare as
// decimal numbers (KEP-5504); versions that are no numbers compare equal, that is: cannot tell.
int compare_versions(std::string_view a, std::string_view b);

}  // namespace elector::core
