// SPDX-License-Identifier: Apache-2.0
#include "kube/lock/record_reader.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "kube/base/json_text.h"
#include "kube/lock/record_forms.h"

namespace elector::kube {
namespace {

// Reads the fields of one JSON object. An absent or null field leaves the value as it is; so does
// one of an unknown form, whose name is kept.
class Fields {
 public:
  explicit Fields(std::string_view object) : object_(object) {}

  template <typename T, typename Form>
  void read(std::string_view name, T& value, Form form) {
    const auto text = find(name);
    if (!text) return;
    found_any_ = true;
    if (auto read = form(*text)) {
      value = std::move(*read);
    } else {
      unknown_.emplace_back(name);
    }
  }

  bool found_any() const { return found_any_; }
  const std::vector<std::string>& unknown() const { return unknown_; }

 private:
  // Go, and so client-go, accepts any case; some clients write "HolderIdentity".
  std::optional<std::string_view> find(std::string_view name) const {
    if (const auto text = json::find(object_, name)) return text;
    std::string capital(name);
    capital.front() = static_cast<char>(capital.front() - 'a' + 'A');
    return json::find(object_, capital);
  }

  std::string_view object_;
  bool found_any_ = false;
  std::vector<std::string> unknown_;
};

// fabric8 writes leaseDuration instead, which counts if leaseDurationSeconds gives nothing.
void read_duration(Fields& fields, std::chrono::seconds& duration) {
  fields.read("leaseDurationSeconds", duration, [](std::string_view value) {
    return read_lease_duration(value, NumberUnit::kSeconds);
  });
  if (duration > duration.zero()) return;
  fields.read("leaseDuration", duration,
              [](std::string_view value) { return read_lease_duration(value, NumberUnit::kAny); });
}

// Returns the fields that a follower needs from a record with a holder, and that are missing.
std::vector<std::string> unread_fields(const core::Record& record, const Fields& fields) {
  std::vector<std::string> names = fields.unknown();
  const auto add = [&names](const std::string& name) {
    if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
  };
  if (record.lease_duration > record.lease_duration.zero()) {
    std::erase(names, "leaseDurationSeconds");  // leaseDuration replaced it
  } else if (std::find(names.begin(), names.end(), "leaseDuration") == names.end()) {
    add("leaseDurationSeconds");
  }
  if (!record.renew_time) add("renewTime");
  return names;
}

}  // namespace

std::string_view transitions_field(LockKind kind) {
  return kind == LockKind::kLease ? "leaseTransitions" : "leaderTransitions";
}

void read_record(LockKind kind, std::string_view text, core::Observation& seen) {
  seen.content = core::Content::kUnreadable;
  if (!json::is_object(text)) {
    seen.raw = text;
    return;
  }
  Fields fields(text);
  core::Record record;
  fields.read("holderIdentity", record.holder, read_identity);
  read_duration(fields, record.lease_duration);
  fields.read("acquireTime", record.acquire_time, read_record_time);
  fields.read("renewTime", record.renew_time, read_record_time);
  fields.read(transitions_field(kind), record.transitions, read_transitions);
  if (kind == LockKind::kLease) seen.strategy = json::string_at(text, {"strategy"});
  const bool held = !record.holder.empty();
  seen.unread = held ? unread_fields(record, fields) : fields.unknown();
  // A Lease's spec has other fields of its own (strategy, preferredHolder). The annotation has
  // none: its content was meant as a record, in a schema that elector does not know.
  const bool may_be_empty = kind == LockKind::kLease || json::edit(text, {}) == "{}";
  if (held || (seen.unread.empty() && fields.found_any())) {
    seen.content = core::Content::kRecord;
    seen.record = std::move(record);
  } else if (seen.unread.empty() && may_be_empty) {
    seen.content = core::Content::kEmpty;
  }
  if (seen.content == core::Content::kUnreadable || !seen.unread.empty()) seen.raw = text;
}

}  // namespace elector::kube
