// SPDX-License-Identifier: Apache-2.0
#include "kube/lock/lock_list.h"

#include <algorithm>
#include <utility>

#include "kube/base/json_text.h"
#include "kube/lock/lease_purpose.h"

namespace elector::kube {
namespace {

// As kubectl's chunk size.
constexpr std::size_t kPageSize = 500;
// A page that turned out too large is requested again with this factor fewer objects; one that is
// much smaller than it might be is followed by a larger one.
constexpr std::size_t kPageStep = 8;
// Limit over all pages: each object that is kept takes some hundred bytes.
constexpr std::size_t kMostLocks = 100'000;
// How often a list that grows too old between two pages (410) is begun again.
constexpr int kMostRestarts = 3;

}  // namespace

std::string lock_accept(LockKind kind, bool many) {
  if (kind == LockKind::kLease) return "application/json";
  std::string text = "application/json;as=PartialObjectMetadata";
  text += many ? "List" : "";
  // A server that does not support the short form may send the whole.
  return text + ";g=meta.k8s.io;v=v1,application/json";
}

std::string lock_field_selector(std::string_view name_space) {
  return name_space.empty() ? "metadata.namespace!=kube-node-lease" : "";
}

bool is_election(const ListedLock& listed, std::string_view asked_namespace) {
  if (listed.name.kind == LockKind::kLease) {
    return !listed.heartbeat || is_for_heartbeats(asked_namespace);
  }
  return listed.seen.content != core::Content::kEmpty;
}

LockList::LockList(Client& client, LockKind kind, std::string name_space, core::Duration timeout,
                   Done done, core::BootTime patient_until)
    : client_(client),
      kind_(kind),
      name_space_(std::move(name_space)),
      timeout_(timeout),
      patient_until_(patient_until),
      done_(std::move(done)),
      page_size_(kPageSize) {
  ask("");
}

LockList::~LockList() {
  client_.cancel(request_);
}

void LockList::ask(std::string continue_token) {
  continue_token_ = std::move(continue_token);
  HttpRequest request;
  request.path = collection_path(kind_, name_space_);
  request.accept = lock_accept(kind_, true);
  request.timeout = timeout_;
  request.patient_until = patient_until_;
  request.query = {{"limit", std::to_string(page_size_)}};
  const std::string selector = lock_field_selector(name_space_);
  if (!selector.empty()) request.query.emplace_back("fieldSelector", selector);
  if (!continue_token_.empty()) request.query.emplace_back("continue", continue_token_);
  request_ = client_.send(std::move(request), [this](HttpResponse response) {
    request_ = 0;
    on_page(std::move(response));
  });
}

void LockList::on_page(HttpResponse response) {
  if (response.status == 410 && restarts_ < kMostRestarts) {
    ++restarts_;
    result_ = {};
    ask("");
    return;
  }
  if (response.too_large && page_size_ > 1) {
    page_size_ = std::max<std::size_t>(1, page_size_ / kPageStep);
    ask(std::exchange(continue_token_, {}));
    return;
  }
  if (response.body.size() < kMaxBody / kPageStep / 2) {
    page_size_ = std::min(kPageSize, page_size_ * kPageStep);
  }
  std::string next;
  if (response.ok()) {
    // Uses the clock of the oldest answer, so that no record seems older than it is.
    if (!result_.server_now && response.date) result_.server_now = *response.date;
    response.error = take(response.body, next);
  }
  if (!response.ok()) {
    finish(std::move(response));
  } else if (next.empty()) {
    finish(std::nullopt);
  } else {
    ask(next);
  }
}

Failure LockList::take(std::string_view body, std::string& next) {
  if (Failure failure = json::check(body)) {
    return Error{failure->kind, "the API server's list of " + std::string(info(kind_).resource) +
                                    " is " + failure->message};
  }
  result_.version = json::string_at(body, {"metadata", "resourceVersion"});
  next = json::string_at(body, {"metadata", "continue"});
  const auto items = json::find(body, "items");
  if (!items) {  // Go writes some empty lists as null
    if (json::string_at(body, {"kind"}).ends_with("List")) return std::nullopt;
    return Error{Error::Kind::kProtocol,
                 "the API server's answer is not a list of " + std::string(info(kind_).resource)};
  }
  for (const std::string_view item : json::elements(*items)) {
    Expected<ListedLock> listed = decode_listed(kind_, item);
    if (!listed) {
      result_.skipped = listed.error().message;
      continue;
    }
    if (!is_election(*listed, name_space_)) continue;
    if (result_.locks.size() == kMostLocks) {
      return Error{Error::Kind::kProtocol, "there are more than " + std::to_string(kMostLocks) +
                                               " " + std::string(info(kind_).resource) +
                                               ", more than elector reads in one list"};
    }
    result_.locks.push_back(std::move(*listed));
  }
  return std::nullopt;
}

void LockList::finish(std::optional<HttpResponse> failure) {
  result_.failure = std::move(failure);
  if (result_.failure) result_.locks.clear();
  const Done done = done_;  // which may destroy this object
  done(std::move(result_));
}

}  // namespace elector::kube
