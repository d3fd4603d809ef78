// What the server tells of itself: versions, groups, resources, health.
#pragma once

#include <optional>
#include <string>

#include "tests/apiserver/message.h"

namespace elector::tests::apiserver {

// The answer to a GET of a path that is no resource; nothing if there is none. address is HOST:PORT
// of this server.
std::optional<Reply> discover(const std::string& path, const std::string& address);

}  // namespace elector::tests::apiserver
