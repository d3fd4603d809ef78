// SPDX-License-Identifier: Apache-2.0
#include "tests/system/mixed/rival_lock.h"

#include <rapidjson/pointer.h>

#include <array>
#include <cstdio>
#include <ctime>
#include <utility>
#include <vector>

namespace elector::tests {
namespace {

constexpr const char* kAnnotation =
    "/metadata/annotations/control-plane.alpha.kubernetes.io~1leader";
constexpr std::int64_t kSecond = 1'000'000;  // in microseconds

std::string date(std::int64_t microseconds) {
  const std::time_t seconds = microseconds / kSecond;
  std::tm tm{};
  ::gmtime_r(&seconds, &tm);
  std::array<char, 40> text{};
  std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S", &tm);
  return text.data();
}

std::string to_the_second(std::int64_t time) {
  return date(time) + "Z";
}

std::string to_the_microsecond(std::int64_t time) {
  std::array<char, 16> fraction{};
  std::snprintf(fraction.data(), fraction.size(), ".%06dZ", static_cast<int>(time % kSecond));
  return date(time) + fraction.data();
}

// Of either form, cut off to the second.
std::int64_t seconds_in(const std::string& text) {
  std::tm tm{};
  if (::strptime(text.c_str(), "%Y-%m-%dT%H:%M:%S", &tm) == nullptr) return 0;
  return static_cast<std::int64_t>(::timegm(&tm)) * kSecond;
}

std::int64_t or_zero(std::int64_t number) {
  return number < 0 ? 0 : number;
}

RivalRecord to_rival(const LockRecord& record) {
  return {.holder = record.holder,
          .duration = or_zero(record.lease_duration),
          .acquired = seconds_in(record.acquire_time),
          .renewed = seconds_in(record.renew_time),
          .transitions = or_zero(record.transitions)};
}

std::string annotation(const RivalRecord& record) {
  return "{\"holderIdentity\":" + json_quoted(record.holder) +
         ",\"leaseDurationSeconds\":" + std::to_string(record.duration) + ",\"acquireTime\":\"" +
         to_the_second(record.acquired) + "\",\"renewTime\":\"" + to_the_second(record.renewed) +
         "\",\"leaderTransitions\":" + std::to_string(record.transitions) + "}";
}

// A Lease, or an annotation of anything.
class ObjectLock final : public RivalLock {
 public:
  ObjectLock(const Api& api, ObjectName name) : api_(api), name_(std::move(name)) {}

  Seen get() override {
    if (!take(api_.call("GET", name_.path()))) return {.outcome = last_};
    const auto record = record_in(object_);
    if (!record) return {.outcome = Outcome::kOk};
    const RivalRecord read = to_rival(*record);
    return {.outcome = Outcome::kOk,
            .record = read,
            .raw = is_lease() ? annotation(read) : text_at(object_, kAnnotation)};
  }

  Outcome create(const RivalRecord& record) override {
    object_ = parse_json(
        R"({"apiVersion":")" + std::string(is_lease() ? "coordination.k8s.io/v1" : "v1") +
        R"(","kind":")" + kind() + R"(","metadata":{"name":)" + json_quoted(name_.name) + "}}");
    return write("POST", name_.collection_path(), record);
  }

  Outcome update(const RivalRecord& record) override {
    if (object_.IsNull()) return Outcome::kFailed;
    return write("PUT", name_.path(), record);
  }

 private:
  bool is_lease() const { return name_.resource == "leases"; }
  std::string kind() const {
    if (is_lease()) return "Lease";
    return name_.resource == "endpoints" ? "Endpoints" : "ConfigMap";
  }

  void set(const char* pointer, const std::string& text) {
    rapidjson::Pointer(pointer).Set(object_, text.c_str());
  }
  void set(const char* pointer, std::int64_t number) {
    rapidjson::Pointer(pointer).Set(object_, number);
  }

  Outcome write(const char* method, const std::string& path, const RivalRecord& record) {
    if (is_lease()) {
      set("/spec/holderIdentity", record.holder);
      set("/spec/leaseDurationSeconds", record.duration);
      set("/spec/acquireTime", to_the_microsecond(record.acquired));
      set("/spec/renewTime", to_the_microsecond(record.renewed));
      set("/spec/leaseTransitions", record.transitions);
    } else {
      set(kAnnotation, annotation(record));
    }
    take(api_.call(method, path, to_text(object_)));
    return last_;
  }

  // Keeps the object of the answer, if it is one.
  bool take(const HttpAnswer& answer) {
    last_ = answer.status == 404 ? Outcome::kNotFound : Outcome::kFailed;
    if (answer.status != 200 && answer.status != 201) return false;
    object_ = parse_json(answer.body);
    last_ = Outcome::kOk;
    return true;
  }

  const Api& api_;
  ObjectName name_;
  Json object_{};
  Outcome last_ = Outcome::kFailed;
};

// client-go's MultiLock, for moving an election from one kind to another: the primary decides, the
// secondary must agree.
class MultiLock final : public RivalLock {
 public:
  MultiLock(const Api& api, const std::vector<ObjectName>& names, std::string identity)
      : primary_(api, names[0]), secondary_(api, names[1]), identity_(std::move(identity)) {}

  Seen get() override {
    Seen seen = primary_.get();
    if (seen.outcome != Outcome::kOk) return seen;
    const Seen second = secondary_.get();
    if (second.outcome == Outcome::kNotFound && seen.record.holder != identity_) {
      return seen;  // held by a candidate that knows only the primary
    }
    if (second.outcome != Outcome::kOk) return {.outcome = second.outcome};
    if (second.record.holder != seen.record.holder) {
      seen.record.holder = "leaderelection.k8s.io/unknown";
      seen.raw = annotation(seen.record);
    }
    seen.raw += "," + second.raw;
    return seen;
  }

  Outcome create(const RivalRecord& record) override {
    primary_.create(record);  // it may be there already
    return secondary_.create(record);
  }

  Outcome update(const RivalRecord& record) override {
    const Outcome first = primary_.update(record);
    if (first != Outcome::kOk) return first;
    if (secondary_.get().outcome == Outcome::kNotFound) return secondary_.create(record);
    return secondary_.update(record);
  }

 private:
  ObjectLock primary_;
  ObjectLock secondary_;
  std::string identity_;
};

}  // namespace

std::unique_ptr<RivalLock> rival_lock(const Api& api, const std::string& lock,
                                      const std::string& election, const std::string& identity) {
  const std::vector<ObjectName> names = objects_of(lock, election);
  if (names.size() == 2) return std::make_unique<MultiLock>(api, names, identity);
  return std::make_unique<ObjectLock>(api, names.front());
}

}  // namespace elector::tests
