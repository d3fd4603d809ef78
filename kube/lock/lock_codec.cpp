// SPDX-License-Identifier: Apache-2.0
#include "kube/lock/lock_codec.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "kube/base/json_text.h"
#include "kube/base/text.h"
#include "kube/base/time_format.h"
#include "kube/lock/lease_purpose.h"
#include "kube/lock/record_reader.h"

namespace elector::kube {
namespace {

using json::Edit;

TimePrecision precision(LockKind kind) {
  return kind == LockKind::kLease ? TimePrecision::kMicroseconds : TimePrecision::kSeconds;
}

// The API server accepts 3 MiB in a request, but sends objects of up to 9 MiB. From this size on,
// an object is kept in its shortest form, so that it can be sent back.
constexpr std::size_t kLargeObject = 1UL << 20U;

// Longest name of a holder that is asked to resign. All annotations of an object have 256 KiB
// together, and the name may take six times its size in this one.
constexpr std::size_t kLongestAddressee = 32UL << 10U;

std::string time_value(const std::optional<core::WallTime>& time, TimePrecision precision) {
  return time ? json::quote(format_time(*time, precision)) : "null";
}

// Reads the fields of one JSON object, and remembers whether each had the right type. An absent or
// null field leaves the value as it is.
class Fields {
 public:
  explicit Fields(std::string_view object) : object_(object) {}

  void read(std::string_view name, std::string& value) {
    if (const auto text = find(name)) take(json::to_string(*text), value);
  }
  void read(std::string_view name, std::int64_t& value) {
    if (const auto text = find(name)) take(json::to_integer(*text), value);
  }
  void read(std::string_view name, bool& value) {
    if (const auto text = find(name)) take(json::to_bool(*text), value);
  }
  void read(std::string_view name, std::optional<core::WallTime>& value) {
    const auto text = find(name);
    if (!text) return;
    const auto string = json::to_string(*text);
    value = string ? parse_time(*string) : std::nullopt;
    if (!value) well_formed_ = false;
  }

  bool well_formed() const { return well_formed_; }

 private:
  std::optional<std::string_view> find(std::string_view name) { return json::find(object_, name); }
  template <typename T>
  void take(std::optional<T> read, T& value) {
    if (read) {
      value = std::move(*read);
    } else {
      well_formed_ = false;
    }
  }

  std::string_view object_;
  bool well_formed_ = true;
};

// Reads the annotation's text: a JSON record in a JSON string.
void read_record_annotation(LockKind kind, std::string_view object, core::Observation& seen) {
  const auto value = json::find_at(object, {"metadata", "annotations", kRecordAnnotation});
  seen.content = core::Content::kEmpty;
  if (!value) return;
  const std::optional<std::string> text = json::to_string(*value);
  if (text && (trim(*text).empty() || *text == "null")) return;
  if (text && !json::check(*text)) {
    read_record(kind, *text, seen);
    return;
  }
  seen.content = core::Content::kUnreadable;
  seen.raw = text ? *text : std::string(*value);
}

std::optional<core::Claim> read_claim(std::string_view object) {
  const std::string text = json::string_at(object, {"metadata", "annotations", kClaimAnnotation});
  if (text.empty() || json::check(text) || !json::is_object(text)) return std::nullopt;
  Fields fields(text);
  core::Claim claim;
  fields.read("instance", claim.instance);
  fields.read("nonce", claim.nonce);
  fields.read("holder", claim.holder);
  fields.read("renewTime", claim.renew_time);
  fields.read("forced", claim.forced);
  if (!fields.well_formed() || claim.instance.empty() || claim.nonce.empty()) return std::nullopt;
  return claim;
}

std::optional<core::ResignRequest> read_resign_request(std::string_view object) {
  const std::string text = json::string_at(object, {"metadata", "annotations", kResignAnnotation});
  if (text.empty() || json::check(text) || !json::is_object(text)) return std::nullopt;
  Fields fields(text);
  core::ResignRequest request;
  fields.read("holder", request.holder);
  fields.read("instance", request.instance);
  fields.read("to", request.to);
  fields.read("id", request.id);
  fields.read("acknowledged", request.acknowledged);
  fields.read("release", request.release);
  if (!fields.well_formed() || request.holder.empty() || request.id.empty()) return std::nullopt;
  return request;
}

// Returns the annotation as an edit; an empty value removes it.
Edit resign_edit(const std::optional<core::ResignRequest>& request) {
  if (!request) return {kResignAnnotation, ""};
  std::vector<Edit> fields = {{"holder", json::quote(request->holder)},
                              {"instance", json::quote(request->instance)}};
  if (!request->to.empty()) fields.push_back({"to", json::quote(request->to)});
  fields.push_back({"id", json::quote(request->id)});
  if (request->acknowledged) fields.push_back({"acknowledged", "true"});
  if (!request->release.empty()) fields.push_back({"release", json::quote(request->release)});
  return {kResignAnnotation, json::quote(json::edit("{}", fields))};
}

// Returns the record's fields as edits, in client-go's order.
std::vector<Edit> record_edits(LockKind kind, const core::Record& record) {
  return {{"holderIdentity", json::quote(record.holder)},
          {"leaseDurationSeconds", std::to_string(record.lease_duration.count())},
          {"acquireTime", time_value(record.acquire_time, precision(kind))},
          {"renewTime", time_value(record.renew_time, precision(kind))},
          {transitions_field(kind), std::to_string(record.transitions)}};
}

std::string claim_text(LockKind kind, const core::Claim& claim) {
  std::vector<Edit> fields = {{"instance", json::quote(claim.instance)},
                              {"nonce", json::quote(claim.nonce)},
                              {"holder", json::quote(claim.holder)}};
  if (claim.renew_time) {
    fields.push_back({"renewTime", time_value(claim.renew_time, precision(kind))});
  }
  if (claim.forced) fields.push_back({"forced", "true"});
  return json::edit("{}", fields);
}

// Returns the annotations of `object` with the claim and, if this kind keeps it there, the record.
std::string new_annotations(LockKind kind, std::string_view object, const core::Record& record,
                            const core::Claim& claim,
                            const std::optional<core::ResignRequest>& resign) {
  const std::string_view before = json::find_at(object, {"metadata", "annotations"}).value_or("{}");
  std::vector<Edit> edits;
  if (kind != LockKind::kLease) {
    std::string old_record = json::string_at(before, {kRecordAnnotation});
    if (json::check(old_record)) old_record = "{}";
    edits.push_back(
        {kRecordAnnotation, json::quote(json::edit(old_record, record_edits(kind, record)))});
  }
  edits.push_back({kClaimAnnotation, json::quote(claim_text(kind, claim))});
  edits.push_back(resign_edit(resign));
  return json::edit(before, edits);
}

// Returns `object` with the record, the claim and these further changes to its metadata.
std::string with_record(const LockName& lock, std::string_view object, std::vector<Edit> metadata,
                        const core::Record& record, const core::Claim& claim,
                        const std::optional<core::ResignRequest>& resign) {
  metadata.push_back({"annotations", new_annotations(lock.kind, object, record, claim, resign)});
  const std::string_view old_metadata = json::find(object, "metadata").value_or("{}");
  std::vector<Edit> edits = {{"kind", json::quote(info(lock.kind).kind)},
                             {"apiVersion", json::quote(info(lock.kind).api_version)},
                             {"metadata", json::edit(old_metadata, metadata)}};
  if (lock.kind == LockKind::kLease) {
    const std::string_view spec = json::find(object, "spec").value_or("{}");
    edits.push_back({"spec", json::edit(spec, record_edits(lock.kind, record))});
  }
  return json::edit(object, edits);
}

// Requires a uid; see encode_lock() for the reason.
Failure check_uid(const LockName& lock, const std::string& body) {
  if (!json::string_at(body, {"metadata", "uid"}).empty()) return std::nullopt;
  return Error{Error::Kind::kProtocol,
               describe(lock) + " has no metadata.uid; elector does not write it without one"};
}

// Returns the time of the last write by the client that manages the record's fields, as the API
// server keeps it in metadata.managedFields.
std::optional<core::WallTime> read_written_at(LockKind kind, std::string_view object) {
  const std::string annotation = "f:" + std::string(kRecordAnnotation);
  const std::vector<std::string_view> field =
      kind == LockKind::kLease
          ? std::vector<std::string_view>{"fieldsV1", "f:spec", "f:renewTime"}
          : std::vector<std::string_view>{"fieldsV1", "f:metadata", "f:annotations", annotation};
  std::optional<core::WallTime> latest;
  const auto managers = json::find_at(object, {"metadata", "managedFields"});
  if (!managers) return latest;
  for (const std::string_view manager : json::elements(*managers)) {
    if (!json::find_at(manager, field)) continue;
    const auto time = parse_time(json::string_at(manager, {"time"}));
    if (time && (!latest || *time > *latest)) latest = time;
  }
  return latest;
}

// Reads the record, the claim and a request to resign from where this kind keeps them.
void read_lock(LockKind kind, std::string_view object, core::Observation& seen) {
  if (kind == LockKind::kLease) {
    seen.content = core::Content::kEmpty;
    if (const auto spec = json::find(object, "spec")) read_record(kind, *spec, seen);
  } else {
    read_record_annotation(kind, object, seen);
  }
  seen.claim = read_claim(object);
  seen.resign = read_resign_request(object);
  if (seen.content == core::Content::kRecord) seen.written_at = read_written_at(kind, object);
}

}  // namespace

std::string describe(const LockName& lock) {
  return on_one_line(std::string(info(lock.kind).resource) + " \"" + lock.name + "\"");
}

Expected<ListedLock> decode_listed(LockKind kind, std::string_view text) {
  ListedLock listed{.name = {.kind = kind,
                             .name_space = json::string_at(text, {"metadata", "namespace"}),
                             .name = json::string_at(text, {"metadata", "name"})},
                    .seen = {},
                    .heartbeat = false};
  listed.seen.version = json::string_at(text, {"metadata", "resourceVersion"});
  if (listed.name.name.empty() || listed.seen.version.empty()) {
    return Error{Error::Kind::kProtocol,
                 "the API server's list of " + std::string(info(kind).resource) +
                     " contains an object without a name or a resourceVersion"};
  }
  read_lock(kind, text, listed.seen);
  listed.heartbeat = kind == LockKind::kLease && is_heartbeat(text);
  return listed;
}

Expected<core::Observation> decode_lock(const LockName& lock, std::string_view text) {
  const std::string where = describe(lock) + ": ";
  if (Failure failure = json::check(text)) {
    return Error{failure->kind, where + "the API server's answer is " + failure->message};
  }
  std::string shorter;
  if (text.size() > kLargeObject) {
    shorter = json::without_needless_escapes(text);
    text = shorter;
  }
  core::Observation seen;
  seen.version = json::string_at(text, {"metadata", "resourceVersion"});
  const bool ours = json::is_object(text) &&
                    json::string_at(text, {"metadata", "name"}) == lock.name &&
                    json::string_at(text, {"kind"}) == info(lock.kind).kind;
  if (!ours || seen.version.empty()) {
    return Error{Error::Kind::kProtocol, where + "the API server's answer is not that " +
                                             std::string(info(lock.kind).kind)};
  }
  read_lock(lock.kind, text, seen);
  const std::string metadata = json::edit(*json::find(text, "metadata"), {{"managedFields", ""}});
  seen.body = std::make_shared<const std::string>(json::edit(text, {{"metadata", metadata}}));
  return seen;
}

std::string encode_new_lock(const LockName& lock, const core::Record& record,
                            const core::Claim& claim) {
  return with_record(
      lock, "{}", {{"name", json::quote(lock.name)}, {"namespace", json::quote(lock.name_space)}},
      record, claim, std::nullopt);
}

Expected<std::string> encode_lock(const LockName& lock, const std::string& body,
                                  std::string_view version, const core::Record& record,
                                  const core::Claim& claim,
                                  const std::optional<core::ResignRequest>& resign) {
  if (Failure failure = check_uid(lock, body)) return *failure;
  return with_record(lock, body, {{"resourceVersion", json::quote(version)}}, record, claim,
                     resign);
}

Expected<std::string> encode_resign_request(const LockName& lock, const std::string& body,
                                            std::string_view version,
                                            const std::optional<core::ResignRequest>& resign) {
  if (Failure failure = check_uid(lock, body)) return *failure;
  if (resign && resign->holder.size() > kLongestAddressee) {
    return Error{Error::Kind::kProtocol, describe(lock) + ": the holder's name has " +
                                             std::to_string(resign->holder.size()) +
                                             " bytes, which is too long for a request to resign; "
                                             "use --force to take the lock from it"};
  }
  const std::string_view metadata = json::find(body, "metadata").value_or("{}");
  const std::string_view annotations = json::find(metadata, "annotations").value_or("{}");
  return json::edit(
      body,
      {{"kind", json::quote(info(lock.kind).kind)},
       {"apiVersion", json::quote(info(lock.kind).api_version)},
       {"metadata",
        json::edit(metadata, {{"resourceVersion", json::quote(version)},
                              {"annotations", json::edit(annotations, {resign_edit(resign)})}})}});
}

}  // namespace elector::kube
