// SPDX-License-Identifier: Apache-2.0
// Logs what a session reports about its connection.
#pragma once

#include "cmd/output/log.h"
#include "kube/session.h"

namespace elector::cmd {

// Returns the session's log callbacks. The log must outlive the session.
kube::Session::Lines session_lines(const Log& log);

}  // namespace elector::cmd
