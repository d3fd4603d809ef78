// SPDX-License-Identifier: Apache-2.0
// The Kubernetes API as a test sees it, independent of elector's own client: objects read, written
// and deleted by plain HTTP, with all rights.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tests/support/http.h"
#include "tests/support/json.h"

namespace elector::tests {

// One lock object of an election.
struct ObjectName {
  std::string resource;  // leases, endpoints or configmaps
  std::string name;
  std::string name_space = "default";

  std::string collection_path() const;
  std::string path() const { return collection_path() + "/" + name; }
};

// The holder of a lock object, as its record names it.
struct LockRecord {
  std::string holder;
  std::int64_t lease_duration = -1;
  std::int64_t transitions = -1;
  std::string acquire_time;
  std::string renew_time;
};

// Returns the record of a Lease's spec or of an annotation; nothing if there is no record.
std::optional<LockRecord> record_in(const Json& object);

class Api {
 public:
  // token: sent as a bearer token; "" if the address adds credentials by itself.
  explicit Api(Address address, std::string token = "")
      : address_(std::move(address)), token_(std::move(token)) {}

  HttpAnswer call(const std::string& method, const std::string& path, const std::string& body = "",
                  const std::string& content_type = "application/json") const;
  // Returns nothing if the object does not exist. Throws std::runtime_error on any other failure.
  std::optional<Json> get(const ObjectName& name) const;
  std::optional<LockRecord> record(const ObjectName& name) const;
  // Returns the holder that the record names; "" without one.
  std::string holder(const ObjectName& name) const;
  // Creates the object; throws if the API refuses.
  void create(const ObjectName& name, const std::string& body) const;
  // Changes fields by a merge patch (RFC 7386); throws if the API refuses.
  void patch(const ObjectName& name, const std::string& merge) const;
  // Deletes the object; returns whether it existed.
  bool remove(const ObjectName& name) const;

 private:
  Address address_;
  std::string token_;
};

// Returns the objects of one lock kind, for example `endpointsleases`, the primary first.
std::vector<ObjectName> objects_of(const std::string& lock, const std::string& election);

}  // namespace elector::tests
