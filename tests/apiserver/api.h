// SPDX-License-Identifier: Apache-2.0
// The Kubernetes API itself, from a request about a resource to its reply. Identifying the client
// and injecting faults happen before; see server.h.
#pragma once

#include <string>

#include "tests/apiserver/crud.h"
#include "tests/apiserver/message.h"
#include "tests/apiserver/resource.h"
#include "tests/apiserver/store.h"
#include "tests/apiserver/table.h"
#include "tests/apiserver/watch.h"

namespace elector::tests::apiserver {

class Api {
 public:
  Api(Store& store, WatchHub& hub) : store_(store), hub_(hub), crud_(store) {}

  // Serves a request about one of the server's resources. stale answers a GET with the state before
  // the object's last write.
  Reply serve(const Request& request, const Target& target, const std::string& user, bool stale);

 private:
  Reply get(const Request& request, const Target& target, const Shape& shape, bool stale);
  Reply list(const Request& request, const Target& target, const Shape& shape);
  Reply watch(const Request& request, const Target& target, const std::string& user,
              const Shape& shape);
  Reply remove_all(const Request& request, const Target& target, const WriteOptions& options);
  Reply write(const Request& request, const Target& target, const std::string& user,
              const Shape& shape);

  Store& store_;
  WatchHub& hub_;
  Crud crud_;
};

}  // namespace elector::tests::apiserver
