// SPDX-License-Identifier: Apache-2.0
// The API's rules for writing objects: which client may replace what, when a version conflicts,
// what a no-op is.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "tests/apiserver/message.h"
#include "tests/apiserver/status.h"
#include "tests/apiserver/store.h"

namespace elector::tests::apiserver {

// The result of a write: the object (new, changed, unchanged or just removed), or a Status with the
// reason for the refusal.
struct Outcome {
  ObjectPtr object;
  bool created = false;
  std::optional<Status> error;
};

struct WriteOptions {
  bool dry_run = false;  // all checks, no change
  std::string user;
};

class Crud {
 public:
  explicit Crud(Store& store) : store_(store) {}

  Outcome create(const Resource& resource, const std::string& ns, std::string_view body,
                 const WriteOptions& options);
  Outcome update(const Key& key, std::string_view body, const WriteOptions& options);
  // content_type is the media type of the patch, without parameters.
  Outcome patch(const Key& key, std::string_view body, const std::string& content_type,
                const WriteOptions& options);
  // body may be empty, or a DeleteOptions with preconditions.
  Outcome remove(const Key& key, std::string_view body, const WriteOptions& options);

 private:
  Outcome insert(const Key& key, Json document, const WriteOptions& options);
  Outcome replace(const Key& key, const Object& old, Json document, const WriteOptions& options);

  Store& store_;
};

}  // namespace elector::tests::apiserver
