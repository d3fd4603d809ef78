// SPDX-License-Identifier: Apache-2.0
// The patches that the API takes: RFC 7386 merge patches, RFC 6902 JSON patches, and strategic
// merge patches.
#pragma once

#include <optional>
#include <string>

#include "tests/apiserver/json.h"

namespace elector::tests::apiserver {

// Merges patch into target (RFC 7386). With strategic, the directives of a strategic merge patch
// ("$patch": "replace" or "delete", "$setElementOrder/…", "$retainKeys",
// "$deleteFromPrimitiveList/…") are understood or dropped; lists are replaced whole, which is what
// the real server does for the lists of these kinds except finalizers and owner references.
void merge_patch(Json& owner, Value& target, const Value& patch, bool strategic);

// Applies a JSON patch; all or nothing is the caller's business (work on a copy). Returns "" or why
// it does not apply.
std::string json_patch(Json& document, const Value& patch);

}  // namespace elector::tests::apiserver
