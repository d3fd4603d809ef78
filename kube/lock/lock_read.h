// SPDX-License-Identifier: Apache-2.0
// Reads one lock object for an observer: fetches no more of it than its record needs.
#pragma once

#include <string>

#include "core/request.h"
#include "core/time.h"
#include "kube/http/http_message.h"
#include "kube/lock/lock_codec.h"

namespace elector::kube {

// Returns the GET; `timeout` 0 is no limit.
HttpRequest lock_read_request(const LockName& lock, core::Duration timeout);

// As lock_answer(), but without a body in the observation.
core::Answer lock_read_answer(const LockName& lock, const HttpResponse& response,
                              const std::string& server);

}  // namespace elector::kube
