// SPDX-License-Identifier: Apache-2.0
// The user of a connection, checked as far as possible without a server.
#pragma once

#include "core/error.h"
#include "kube/config/connection.h"
#include "kube/config/selection.h"

namespace elector::kube {

// Checks the chosen user and stores it as connection.credentials. Fails with kUsage or kConfig.
Failure settle_user(const Choice& choice, Connection& connection);

}  // namespace elector::kube
