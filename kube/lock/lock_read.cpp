// SPDX-License-Identifier: Apache-2.0
#include "kube/lock/lock_read.h"

#include <utility>

#include "kube/base/json_text.h"
#include "kube/lock/lock_list.h"
#include "kube/lock/lock_request.h"

namespace elector::kube {

HttpRequest lock_read_request(const LockName& lock, core::Duration timeout) {
  HttpRequest request;
  request.path = object_path(lock.kind, lock.name_space, lock.name);
  request.accept = lock_accept(lock.kind, false);
  request.timeout = timeout;
  if (lock.kind != LockKind::kLease) request.body_limit = kMaxMetadata;
  return request;
}

core::Answer lock_read_answer(const LockName& lock, const HttpResponse& response,
                              const std::string& server) {
  if (!response.ok()) return lock_answer(lock, core::Request{}, response, server);
  core::Answer answer;
  answer.outcome = core::Outcome::kUnknown;
  if (const Failure failure = json::check(response.body)) {
    answer.message = "the API server's answer is " + failure->message;
    return answer;
  }
  Expected<ListedLock> read = decode_listed(lock.kind, response.body);
  if (!read || read->name.name != lock.name) {
    answer.message = "the API server's answer is not " + describe(lock);
    return answer;
  }
  answer.outcome = core::Outcome::kOk;
  answer.object = std::move(read->seen);
  return answer;
}

}  // namespace elector::kube
