// SPDX-License-Identifier: Apache-2.0
// Reads a leader election record, whichever client wrote it.
#pragma once

#include <string_view>

#include "core/record.h"
#include "kube/lock/lock_kind.h"

namespace elector::kube {

// Reads `text`, a JSON value that passed json::check(), as a record into `seen`: its content,
// record, unread and raw. A record whose holder can be read is kRecord, whatever its other fields
// are; fields that are missing or have an unknown form are named in `unread`. A record without a
// holder must be whole: otherwise it is kUnreadable, and nothing can be concluded from it.
void read_record(LockKind kind, std::string_view text, core::Observation& seen);

// Returns the name of the one field that differs between a Lease's spec and the annotation.
std::string_view transitions_field(LockKind kind);

}  // namespace elector::kube
