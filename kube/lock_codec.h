// Lock objects between their JSON and what the core knows of them: reading the record and the claim
// out of an object, and writing them into the object as it was read, without touching anything else
// in it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/record.h"
#include "kube/error.h"
#include "kube/lock_kind.h"

namespace elector::kube {

// Where Endpoints and ConfigMaps keep the record (client-go's
// resourcelock.LeaderElectionRecordAnnotationKey).
inline constexpr std::string_view kRecordAnnotation = "control-plane.alpha.kubernetes.io/leader";
// Where every kind keeps our claim.
inline constexpr std::string_view kClaimAnnotation = "elector/claim";

// Where every kind keeps a request to resign.
inline constexpr std::string_view kResignAnnotation = "elector/resign";

// Which lock object this is about.
struct LockName {
  LockKind kind = LockKind::kLease;
  std::string name_space;
  std::string name;  // of the election, and of the object
};

// `leases "example"`, for a message: a name that the API listed may hold anything.
std::string describe(const LockName& lock);

// Reads an object as the API sent it. content is kRecord, kEmpty or kUnreadable, never kAbsent;
// body is the text without metadata.managedFields, which a PUT may leave out. See read_record() for
// what counts as a record. Fails with kProtocol if the text is not that object at all.
Expected<core::Observation> decode_lock(const LockName& lock, std::string_view text);

// A lock object among others.
struct ListedLock {
  LockName name;
  core::Observation seen;  // without a body
  bool heartbeat = false;  // see is_heartbeat()
};

// Reads an object of a list or of a watch on many, which may be of its metadata alone
// (PartialObjectMetadata: enough for Endpoints and ConfigMaps). `text` is one that has passed
// json::check(). Fails with kProtocol if it has no name or version.
Expected<ListedLock> decode_listed(LockKind kind, std::string_view text);

// The object to POST: nothing but its name, the record and the claim.
std::string encode_new_lock(const LockName& lock, const core::Record& record,
                            const core::Claim& claim);

// The object to PUT: `body` (Observation::body) with record, claim and version put in, and the
// request to resign put in or taken out. All else stays to the byte (of an object above 1 MiB, to
// the character); so do unknown fields of the record. Times are cut off to the kind's precision,
// the claim's likewise.
//
// Fails with kProtocol if the body has no metadata.uid. It is what keeps a PUT from creating:
// Leases and Endpoints may be created by PUT even with a resourceVersion (seen on
// kube-apiserver 1.20), and a deleted lock must be waited out. With a uid the API checks it as a
// precondition and answers 409.
Expected<std::string> encode_lock(const LockName& lock, const std::string& body,
                                  std::string_view version, const core::Record& record,
                                  const core::Claim& claim,
                                  const std::optional<core::ResignRequest>& resign);

// The object to PUT for whoever is no candidate: `body` with nothing changed but the version and
// the request to resign. Fails like encode_lock(), and if the holder that is asked has a name that
// no annotation can hold.
Expected<std::string> encode_resign_request(const LockName& lock, const std::string& body,
                                            std::string_view version,
                                            const std::optional<core::ResignRequest>& resign);

}  // namespace elector::kube
