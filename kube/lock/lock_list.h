// SPDX-License-Identifier: Apache-2.0
// Lists the lock objects of one kind: every Lease that is not a heartbeat, and every Endpoints and
// ConfigMap with a record in its annotations. Of the latter two only the metadata is requested,
// since nothing else of them is used and they may be large.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"
#include "core/time.h"
#include "kube/http/client.h"
#include "kube/lock/lock_codec.h"
#include "kube/lock/lock_kind.h"

namespace elector::kube {

// The Accept header with which lists, watches and single objects of the kind contain what is needed
// and no more. `many`: a list.
std::string lock_accept(LockKind kind, bool many);
// For a list or watch in every namespace (""): excludes kube-node-lease, where each node keeps a
// Lease that is a heartbeat, not an election. "" for one namespace.
std::string lock_field_selector(std::string_view name_space);
// Whether an object belongs to an election. An Endpoints or ConfigMap that never had a record does
// not, nor does a Lease that is a heartbeat, unless the request was for its namespace and that
// namespace is for heartbeats.
bool is_election(const ListedLock& listed, std::string_view asked_namespace);

class LockList {
 public:
  struct Result {
    std::vector<ListedLock> locks;             // is_election() of each
    std::string version;                       // of the list, to watch from
    std::optional<core::WallTime> server_now;  // from the Date header, at its beginning
    std::optional<HttpResponse> failure;       // why there is no list; nothing on success
    std::string skipped;  // what is wrong with an object that was left out; "" if none was
  };
  using Done = std::function<void(Result result)>;

  // Asks page by page, for fewer objects if a page would exceed kMaxBody bytes; an object that
  // cannot be read is left out. `timeout` is for each page, `patient_until` (see HttpRequest) for
  // all. `done` is called exactly once, from the poller, unless this is destroyed before. The
  // client must outlive this.
  LockList(Client& client, LockKind kind, std::string name_space, core::Duration timeout, Done done,
           core::BootTime patient_until = {});
  ~LockList();
  LockList(const LockList&) = delete;
  LockList& operator=(const LockList&) = delete;

 private:
  void ask(std::string continue_token);
  void on_page(HttpResponse response);
  Failure take(std::string_view body, std::string& next);
  void finish(std::optional<HttpResponse> failure);

  Client& client_;
  const LockKind kind_;
  const std::string name_space_;
  const core::Duration timeout_;
  const core::BootTime patient_until_;
  const Done done_;
  Result result_;
  Client::Id request_ = 0;
  std::string continue_token_;  // of the requested page
  std::size_t page_size_;
  int restarts_ = 0;
};

}  // namespace elector::kube
