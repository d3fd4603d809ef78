// SPDX-License-Identifier: Apache-2.0
// Converts between the JSON of lock objects and what the core knows of them: reads the record and
// the claim from an object, and writes them into the object as it was read, without touching
// anything else in it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/error.h"
#include "core/record.h"
#include "kube/lock/lock_kind.h"

namespace elector::kube {

// Where Endpoints and ConfigMaps keep the record (client-go's
// resourcelock.LeaderElectionRecordAnnotationKey).
inline constexpr std::string_view kRecordAnnotation = "control-plane.alpha.kubernetes.io/leader";
// Where every kind keeps elector's claim.
inline constexpr std::string_view kClaimAnnotation = "elector/claim";

// Where every kind keeps a request to resign.
inline constexpr std::string_view kResignAnnotation = "elector/resign";

// Identifies one lock object.
struct LockName {
  LockKind kind = LockKind::kLease;
  std::string name_space;
  std::string name;  // of the election, and of the object
};

// `leases "example"`, on one line for a message: a name that the API listed may contain anything.
std::string describe(const LockName& lock);

// Reads an object as the API sent it. content is kRecord, kEmpty or kUnreadable, never kAbsent;
// body is the text without metadata.managedFields, which a PUT may omit. See read_record() for what
// counts as a record. Fails with kProtocol if the text is not that object.
Expected<core::Observation> decode_lock(const LockName& lock, std::string_view text);

// A lock object in a list.
struct ListedLock {
  LockName name;
  core::Observation seen;  // without a body
  bool heartbeat = false;  // see is_heartbeat()
};

// Reads an object of a list or of a collection's watch, which may be its metadata alone
// (PartialObjectMetadata: enough for Endpoints and ConfigMaps). `text` must have passed
// json::check(). Fails with kProtocol if it has no name or version.
Expected<ListedLock> decode_listed(LockKind kind, std::string_view text);

// Returns the object to POST: only its name, the record and the claim.
std::string encode_new_lock(const LockName& lock, const core::Record& record,
                            const core::Claim& claim);

// Returns the object to PUT: `body` (Observation::body) with record, claim and version inserted,
// and the request to resign inserted or removed. Everything else is kept byte for byte (in an
// object above 1 MiB, character for character), including unknown fields of the record. Times, the
// claim's too, are truncated to the kind's precision.
//
// Fails with kProtocol if the body has no metadata.uid, which keeps a PUT from creating: Leases and
// Endpoints may be created by PUT even with a resourceVersion (seen on kube-apiserver 1.20), and a
// deleted lock must be waited out. With a uid, the API checks it as a precondition and answers 409.
Expected<std::string> encode_lock(const LockName& lock, const std::string& body,
                                  std::string_view version, const core::Record& record,
                                  const core::Claim& claim,
                                  const std::optional<core::ResignRequest>& resign);

// Returns the object that a non-candidate (`elector resign`) PUTs: `body` with only the version and
// the request to resign changed. Fails like encode_lock(), and if the addressed holder's name does
// not fit into an annotation.
Expected<std::string> encode_resign_request(const LockName& lock, const std::string& body,
                                            std::string_view version,
                                            const std::optional<core::ResignRequest>& resign);

}  // namespace elector::kube
