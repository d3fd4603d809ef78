// SPDX-License-Identifier: Apache-2.0
#include "tests/system/chaos/lock_object.h"

#include <algorithm>
#include <array>
#include <stdexcept>

#include "tests/support/eventually.h"
#include "tests/support/observer.h"

namespace elector::tests::chaos {
namespace {

constexpr const char* kRecord = "control-plane.alpha.kubernetes.io/leader";
constexpr const char* kClaim = "elector/claim";

bool is_lease(const ObjectName& object) {
  return object.resource == "leases";
}

std::string annotation(const std::string& name, const std::string& json) {
  return R"({"metadata":{"annotations":{)" + json_quoted(name) + ":" + json + "}}}";
}

std::string emptied(const ObjectName& object, std::uint64_t dice) {
  if (!is_lease(object)) return annotation(kRecord, "null");
  if (dice % 2 == 0) return R"({"spec":null})";
  return R"({"spec":{"holderIdentity":null,"leaseDurationSeconds":null,"renewTime":null}})";
}

std::string garbled(const ObjectName& object, std::uint64_t dice) {
  static const std::array<const char*, 4> kLeases{
      R"({"spec":{"leaseDurationSeconds":null}})", R"({"spec":{"renewTime":null}})",
      R"({"spec":{"holderIdentity":""}})",
      R"({"metadata":{"annotations":{"elector/claim":"{\"nonce\":"}}})"};
  static const std::array<const char*, 4> kTexts{R"("")", R"("{\"holderIdentity\":")",
                                                 R"("{\"holderIdentity\":5}")", R"("no JSON")"};
  if (is_lease(object)) return kLeases.at(dice % kLeases.size());
  if (dice % 5 == 4) return annotation(kClaim, R"("[]")");
  return annotation(kRecord, kTexts.at(dice % kTexts.size()));
}

std::string created(const ObjectName& object, std::uint64_t dice) {
  const bool lease = is_lease(object);
  const char* const kind = lease                             ? "Lease"
                           : object.resource == "configmaps" ? "ConfigMap"
                                                             : "Endpoints";
  std::string body = R"({"apiVersion":")";
  body.append(lease ? "coordination.k8s.io/v1" : "v1").append(R"(","kind":")").append(kind);
  body.append(R"(","metadata":{"name":)").append(json_quoted(object.name));
  body.append(R"(,"labels":{"chaos":"replaced-)").append(std::to_string(dice % 1000));
  return body.append(R"("}}})");
}

// Throws if the write was not done, or if that is not known.
void require_done(const HttpAnswer& answer, const std::string& what) {
  if (answer.status >= 200 && answer.status < 300) return;
  const std::string text = what + ": " + std::to_string(answer.status) + " " + answer.body;
  if (!may_have_changed(answer.status)) throw Refused(text);
  throw std::runtime_error(text);
}

}  // namespace

std::optional<ForeignChange> LockObject::inflict(Fault fault, std::uint64_t dice) {
  const ObjectName& object = objects_.at(dice % objects_.size());
  dice /= objects_.size();
  ForeignChange change{.sent = BootClock::now(), .received = kNever, .what = info(fault).name};
  switch (fault) {
    case Fault::kDelete:
      remove(object);
      break;
    case Fault::kEmpty:
      patch(object, emptied(object, dice));
      break;
    case Fault::kGarble:
      patch(object, garbled(object, dice));
      break;
    case Fault::kReplace:
      replace(object, dice);
      break;
    case Fault::kForeignHolder: {
      // Now and then one that calls itself as a candidate does.
      const bool named = dice % 3 == 0;
      const HandRecord record{.holder = named ? names_.at(dice / 7 % names_.size()) : "stranger",
                              .renewed = std::chrono::seconds(0),
                              .duration = named ? 2 : 2 + static_cast<int>(dice / 3 % 2),
                              .transitions = 1,
                              .acquired = time_text(std::chrono::seconds(0))};
      patch(object, lock_body(object, record));
      break;
    }
    default:
      edit(object, dice);
      return std::nullopt;
  }
  change.received = BootClock::now();
  return change;
}

void LockObject::edit(const ObjectName& object, std::uint64_t dice) {
  look_at(object);
  const std::string key = "edit-" + std::to_string(dice % 5);
  const std::string value = "v" + std::to_string(++edits_);
  const bool label = dice / 5 % 2 == 0;
  const std::string fields = label ? "labels" : "annotations";
  auto& expected = expected_[object.path()];
  const std::string pointer = "/metadata/" + fields + "/chaos~1" + key;
  expected.erase(pointer);
  patch(object,
        R"({"metadata":{")" + fields + R"(":{"chaos/)" + key + R"(":")" + value + R"("}}})");
  expected[pointer] = value;
}

void LockObject::remove(const ObjectName& object) {
  expected_.erase(object.path());
  require_done(api_.call("DELETE", object.path()), "DELETE " + object.path());
}

void LockObject::patch(const ObjectName& object, const std::string& merge) const {
  require_done(api_.call("PATCH", object.path(), merge, "application/merge-patch+json"),
               "PATCH " + object.path());
}

void LockObject::replace(const ObjectName& object, std::uint64_t dice) {
  remove(object);
  const HttpAnswer answer = api_.call("POST", object.collection_path(), created(object, dice));
  if (answer.status == 409) return;  // a candidate was faster
  if (answer.status != 201) throw std::runtime_error("POST: " + answer.body);
  expected_[object.path()]["/metadata/labels/chaos"] = "replaced-" + std::to_string(dice % 1000);
}

void LockObject::look_at(const ObjectName& object) {
  const Instant now = BootClock::now();
  auto& expected = expected_[object.path()];
  if (expected.empty()) return;
  const HttpAnswer answer = api_.call("GET", object.path());
  if (answer.status != 200 && answer.status != 404) throw std::runtime_error("GET: " + answer.body);
  const Json seen = answer.status == 200 ? parse_json(answer.body) : Json();
  std::erase_if(expected, [&](const auto& field) {
    const auto& [pointer, value] = field;
    const std::string is = text_at(seen, pointer);
    if (is == value) return false;
    std::string what = object.path();
    what.append(pointer).append(" was set to \"").append(value).append("\" and is \"");
    what.append(is).append("\"");
    lost_.push_back({.invariant = 3, .what = std::move(what), .from = now, .to = BootClock::now()});
    return true;
  });
}

Findings LockObject::look() {
  for (const ObjectName& object : objects_) {
    // The server may just have been started again, and answer with a 5xx or not at all.
    std::string refusal;
    const bool seen = eventually([&] {
      try {
        look_at(object);
        return true;
      } catch (const std::runtime_error& problem) {
        refusal = problem.what();
        return false;
      }
    });
    if (!seen) throw std::runtime_error(refusal);
  }
  return lost_;
}

}  // namespace elector::tests::chaos
