// Reading one lock object to look at it, without taking part: no more of it is fetched than its
// record needs.
#pragma once

#include <string>

#include "core/request.h"
#include "core/time.h"
#include "kube/http_message.h"
#include "kube/lock_codec.h"

namespace elector::kube {

// The GET; `timeout` 0 is no limit.
HttpRequest lock_read_request(const LockName& lock, core::Duration timeout);

// As lock_answer() has it, without a body in the observation.
core::Answer lock_read_answer(const LockName& lock, const HttpResponse& response,
                              const std::string& server);

}  // namespace elector::kube
