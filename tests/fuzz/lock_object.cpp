// SPDX-License-Identifier: Apache-2.0
// A lock object as an API server, or anyone with a text editor, could have made it: read as each
// kind, written back, and read again. What is ours comes back as it was written, what is not ours
// stays. A document model (RapidJSON's) is the judge, since the program uses none for this.
#include <rapidjson/document.h>

#include <algorithm>
#include <array>
#include <set>

#include "kube/base/json_text.h"
#include "kube/base/time_format.h"
#include "kube/http/api_status.h"
#include "kube/lock/lock_codec.h"
#include "kube/lock/record_forms.h"
#include "tests/fuzz/fuzz.h"

namespace elector::tests {
namespace {

using Value = rapidjson::Value;
using Names = std::set<std::string, std::less<>>;

const Names kRecordFields{"holderIdentity", "leaseDurationSeconds", "acquireTime",
                          "renewTime",      "leaseTransitions",     "leaderTransitions"};
const Names kOurAnnotations{std::string(kube::kRecordAnnotation),
                            std::string(kube::kClaimAnnotation),
                            std::string(kube::kResignAnnotation)};
const Names kOurMetadata{"annotations", "resourceVersion"};

rapidjson::Document document(std::string_view text) {
  rapidjson::Document parsed;
  // Numbers as they are written: a document model would round them.
  parsed.Parse<rapidjson::kParseNumbersAsStringsFlag>(text.data(), text.size());
  require(!parsed.HasParseError(), "it is JSON", text);
  return parsed;
}

std::string_view text_of(const Value& string) {
  return {string.GetString(), string.GetStringLength()};
}

bool same(const Value& a, const Value& b);

// The members but those with these names, in their order; anything but an object has none.
std::vector<const Value::Member*> others(const Value* value, const Names& but) {
  std::vector<const Value::Member*> found;
  if (value == nullptr || !value->IsObject()) return found;
  for (const auto& member : value->GetObject()) {
    if (!but.contains(text_of(member.name))) found.push_back(&member);
  }
  return found;
}

bool same_others(const Value* a, const Value* b, const Names& but) {
  const auto left = others(a, but);
  const auto right = others(b, but);
  return std::equal(left.begin(), left.end(), right.begin(), right.end(),
                    [](const auto* one, const auto* other) {
                      return same(one->name, other->name) && same(one->value, other->value);
                    });
}

bool same(const Value& a, const Value& b) {
  if (a.GetType() != b.GetType()) return false;
  if (a.IsString()) return text_of(a) == text_of(b);
  if (a.IsObject()) return same_others(&a, &b, {});
  return !a.IsArray() || std::equal(a.Begin(), a.End(), b.Begin(), b.End(), same);
}

// The last member with that name, as Go reads duplicates; none for null.
const Value* member(const Value* object, std::string_view name) {
  const Value* found = nullptr;
  if (object == nullptr || !object->IsObject()) return found;
  for (const auto& entry : object->GetObject()) {
    if (text_of(entry.name) == name) found = &entry.value;
  }
  return found != nullptr && found->IsNull() ? nullptr : found;
}

void require_others_stay(kube::LockKind kind, const std::string& before, const std::string& after) {
  const auto was = document(before);
  const auto is = document(after);
  Names ours{"kind", "apiVersion", "metadata"};
  if (kind == kube::LockKind::kLease) ours.insert("spec");
  require(same_others(&was, &is, ours), "the object's other fields stay", after);
  const Value* const old_metadata = member(&was, "metadata");
  const Value* const metadata = member(&is, "metadata");
  require(same_others(old_metadata, metadata, kOurMetadata), "its other metadata stay", after);
  require(same_others(member(old_metadata, "annotations"), member(metadata, "annotations"),
                      kOurAnnotations),
          "other annotations stay", after);
  if (kind != kube::LockKind::kLease) return;
  require(same_others(member(&was, "spec"), member(&is, "spec"), kRecordFields),
          "other fields of the spec stay", after);
}

std::string time_text(const std::optional<core::WallTime>& time, kube::LockKind kind) {
  if (!time) return "none";
  const bool lease = kind == kube::LockKind::kLease;
  return kube::format_time(
      *time, lease ? kube::TimePrecision::kMicroseconds : kube::TimePrecision::kSeconds);
}

void require_same_record(const core::Record& written, const core::Record& read,
                         kube::LockKind kind) {
  require(read.holder == written.holder, "the holder comes back", read.holder);
  require(read.lease_duration == written.lease_duration, "the duration comes back");
  require(read.transitions == written.transitions, "the number of terms comes back");
  require(time_text(read.acquire_time, kind) == time_text(written.acquire_time, kind),
          "the term's beginning comes back", time_text(read.acquire_time, kind));
  require(time_text(read.renew_time, kind) == time_text(written.renew_time, kind),
          "the renewal comes back", time_text(read.renew_time, kind));
}

core::Observation read_back(const kube::LockName& lock, const std::string& text) {
  const auto seen = kube::decode_lock(lock, text);
  require(seen.has_value(), "what we write we can read", text);
  return *seen;
}

void check_write(const kube::LockName& lock, const core::Observation& seen,
                 const core::Record& record) {
  const core::Claim claim{
      .instance = "i", .nonce = "n", .holder = record.holder, .renew_time = record.renew_time};
  const auto text = kube::encode_lock(lock, *seen.body, "77", record, claim, seen.resign);
  if (!text) return require_good(text.error());
  require_others_stay(lock.kind, *seen.body, *text);
  const core::Observation again = read_back(lock, *text);
  require(again.content == core::Content::kRecord, "a record that we wrote is one", *text);
  require(again.version == "77", "the version is the one that was given", again.version);
  require_same_record(record, again.record, lock.kind);
  require(again.claim.has_value() && core::is_fresh(again), "a claim that we wrote is fresh",
          *text);
  require(again.resign == seen.resign, "the request to resign comes back", *text);
}

void check_resign(const kube::LockName& lock, const core::Observation& seen) {
  for (const bool asked : {true, false}) {
    std::optional<core::ResignRequest> request;
    if (asked) {
      request = core::ResignRequest{.holder = "you",
                                    .instance = "i",
                                    .to = "",
                                    .id = "7",
                                    .acknowledged = false,
                                    .release = ""};
    }
    const auto text = kube::encode_resign_request(lock, *seen.body, "78", request);
    if (!text) return require_good(text.error());
    require_others_stay(lock.kind, *seen.body, *text);
    const core::Observation again = read_back(lock, *text);
    require(again.content == seen.content && again.record == seen.record &&
                again.claim == seen.claim && again.raw == seen.raw,
            "who asks the leader to resign changes nothing else", *text);
    require(again.resign == request, "the request comes back", *text);
  }
}

void check_object(const kube::LockName& lock, const std::string& text) {
  const auto decoded = kube::decode_lock(lock, text);
  if (!decoded) return require_good(decoded.error());
  const core::Observation& seen = *decoded;
  require(seen.content != core::Content::kAbsent && !seen.version.empty() && seen.body != nullptr,
          "an object that was read is there");
  require(seen.raw.empty() || seen.content == core::Content::kUnreadable || !seen.unread.empty(),
          "only what cannot be read is kept as text");
  require(seen.record.lease_duration >= std::chrono::seconds(0) &&
              seen.record.lease_duration <= kube::kLongestLease,
          "a duration can be reckoned with");
  const core::Observation again = read_back(lock, *seen.body);
  require(
      core::same_record(seen, again) && again.resign == seen.resign && *again.body == *seen.body,
      "the body says what the object said", *seen.body);

  core::Record ours = seen.record;
  check_write(lock, seen, ours);
  ours.holder = "me";
  ours.lease_duration = std::chrono::seconds(15);
  ours.renew_time = kube::parse_time("2026-01-02T03:04:05.123456Z");
  check_write(lock, seen, ours);
  check_resign(lock, seen);
}

void check(std::string_view text) {
  const kube::Status status = kube::parse_status(text);
  require(status.code >= 0 && status.code <= 999 && status.retry_after >= core::Duration(0),
          "a status has sound numbers");
  const bool json = !kube::json::check(text);
  std::string name = json ? kube::json::string_at(text, {"metadata", "name"}) : "";
  // The command line lets no such name through.
  if (std::any_of(name.begin(), name.end(), [](unsigned char c) { return c < ' ' || c >= 127; })) {
    name = "example";
  }
  for (const auto kind : kube::kLockKinds) {
    check_object({kind, "default", name}, std::string(text));
    if (!json) continue;
    const auto listed = kube::decode_listed(kind, text);
    if (!listed) require_good(listed.error());
  }
}

}  // namespace
}  // namespace elector::tests

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  elector::tests::check(elector::tests::text_of(data, size));
  return 0;
}
