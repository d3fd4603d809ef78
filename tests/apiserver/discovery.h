// SPDX-License-Identifier: Apache-2.0
// What the server publishes about itself: versions, groups, resources, health.
#pragma once

#include <optional>
#include <string>

#include "tests/apiserver/message.h"

namespace elector::tests::apiserver {

// Returns the answer to a GET of a path that is not a resource; nothing if there is no such path.
// address is HOST:PORT of this server.
std::optional<Reply> discover(const std::string& path, const std::string& address);

}  // namespace elector::tests::apiserver
