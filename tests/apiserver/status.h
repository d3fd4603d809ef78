// SPDX-License-Identifier: Apache-2.0
// The API's refusals: a Status object, in the real server's words (compared with v1.20).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tests/apiserver/message.h"
#include "tests/apiserver/resource.h"

namespace elector::tests::apiserver {

// One field's fault in a 422.
struct Cause {
  std::string reason;  // FieldValueInvalid, FieldValueRequired, …
  std::string message;
  std::string field;
};

struct Status {
  unsigned code = 500;
  std::string reason;  // "" is left out, as the real server does for an internal error
  std::string message;
  std::string name;
  std::string group;
  std::string kind;
  std::string uid;
  std::vector<Cause> causes;
  int retry_after = 0;  // seconds; 0 is none
  bool bare = false;    // without a "details" member
};

std::string status_text(const Status& status);
Reply status_reply(const Status& status);
// The Status of a deletion that was done.
Reply deleted_reply(const Resource& resource, const std::string& name, const std::string& uid);

Status not_found(const Resource& resource, const std::string& name);
Status already_exists(const Resource& resource, const std::string& name);
// "Operation cannot be fulfilled on …: why"; kind_words names the kind instead of the resource, as
// deletions do.
Status conflict(const Resource& resource, const std::string& name, const std::string& why,
                bool kind_words = false);
// 422 from the causes, on the kind ("Lease.coordination.k8s.io") or, if resource_words, on the
// resource.
Status invalid(const Resource& resource, const std::string& name, const std::vector<Cause>& causes,
               bool resource_words = false);
Status bad_request(const std::string& message);
Status plain_status(unsigned code, const std::string& reason, const std::string& message);
Status no_such_path();
Status method_not_allowed();
Status expired(std::uint64_t asked, std::uint64_t oldest);
Status version_too_large(std::uint64_t asked, std::uint64_t current);

}  // namespace elector::tests::apiserver
