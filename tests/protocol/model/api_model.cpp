// SPDX-License-Identifier: Apache-2.0
#include "tests/protocol/model/api_model.h"

#include <memory>
#include <optional>
#include <utility>

namespace elector::tests {
namespace {

using core::Answer;
using core::Content;
using core::Duration;
using core::Observation;
using core::Outcome;
using core::Record;
using core::Verb;
using core::WallTime;

WallTime floor_to(WallTime time, Duration precision) {
  const auto step = std::chrono::duration_cast<WallTime::duration>(precision);
  auto rest = time.time_since_epoch() % step;
  if (rest < WallTime::duration::zero()) rest += step;
  return time - rest;
}

std::string_view text(const std::shared_ptr<const std::string>& body) {
  return body ? std::string_view(*body) : std::string_view();
}

// Everything that a PUT can change, the version left out.
bool same_object(const Observation& a, const Observation& b) {
  return a.content == b.content && a.claim == b.claim && a.resign == b.resign &&
         text(a.body) == text(b.body) && (a.content != Content::kRecord || a.record == b.record) &&
         (a.content != Content::kUnreadable || a.raw == b.raw);
}

Answer outcome(Outcome what) {
  return {.id = 0, .outcome = what, .object = {}, .retry_after = {}, .message = {}};
}

}  // namespace

ApiModel::ApiModel(const std::vector<Duration>& precisions) {
  for (const Duration precision : precisions) objects_.push_back({.precision = precision});
}

// ---- Requests of candidates -------------------------------------------------------------------

Answer ApiModel::handle(std::size_t object, const core::Request& request) {
  Answer answer;
  if (request.verb == Verb::kGet) {
    answer = get_answer(object);
  } else if (request.verb == Verb::kCreate && exists(object)) {
    answer = outcome(Outcome::kConflict);
  } else if (request.verb == Verb::kUpdate && !exists(object)) {
    answer = outcome(Outcome::kNotFound);
  } else {
    Observation next = blank(object);
    if (request.verb == Verb::kUpdate) {
      const Observation& base = objects_.at(object).history.back();
      if (!request.version.empty() && request.version != base.version) {
        answer = outcome(Outcome::kConflict);
        answer.id = request.id;
        return answer;
      }
      if (text(request.body) != text(base.body)) ++foreign_changes_;
      next.body = text(request.body) == text(base.body) ? base.body : request.body;
    }
    next.record = stored(object, request.record);
    next.claim = request.claim;
    next.resign = request.resign;
    commit(object, std::move(next));
    answer = get_answer(object);
  }
  answer.id = request.id;
  return answer;
}

Answer ApiModel::put_record(std::size_t object, std::string_view version, const Record& record,
                            Claims claims) {
  if (!exists(object)) return outcome(Outcome::kNotFound);
  if (!version.empty() && version != objects_.at(object).history.back().version) {
    return outcome(Outcome::kConflict);
  }
  set_record(object, record, claims);
  return get_answer(object);
}

Answer ApiModel::post_record(std::size_t object, const Record& record) {
  if (exists(object)) return outcome(Outcome::kConflict);
  set_record(object, record, Claims::kRemoved);
  return get_answer(object);
}

Answer ApiModel::put_resign(std::size_t object, std::string_view version,
                            const std::optional<core::ResignRequest>& resign) {
  if (!exists(object)) return outcome(Outcome::kNotFound);
  Observation next = objects_.at(object).history.back();
  if (next.version != version) return outcome(Outcome::kConflict);
  next.resign = resign;
  commit(object, std::move(next));
  return get_answer(object);
}

// ---- What other clients do --------------------------------------------------------------------

void ApiModel::remove(std::size_t object) {
  if (!exists(object)) return;
  Observation gone;
  gone.version = std::to_string(++version_);
  objects_.at(object).history.push_back(std::move(gone));
}

void ApiModel::edit(std::size_t object, std::string_view other) {
  if (!exists(object)) return;
  Observation next = objects_.at(object).history.back();
  next.body = std::make_shared<const std::string>(other);
  commit(object, std::move(next));
}

void ApiModel::strip(std::size_t object, bool claim, bool resign) {
  if (!exists(object)) return;
  Observation next = objects_.at(object).history.back();
  if (claim) next.claim.reset();
  if (resign) next.resign.reset();
  commit(object, std::move(next));
}

void ApiModel::empty(std::size_t object, Claims claims) {
  if (!exists(object)) return;
  Observation next = blank(object);
  next.content = Content::kEmpty;
  if (claims == Claims::kRemoved) next.claim.reset();
  commit(object, std::move(next));
}

void ApiModel::garble(std::size_t object, std::string_view raw, Claims claims) {
  Observation next = blank(object);
  next.content = Content::kUnreadable;
  next.raw = raw;
  if (claims == Claims::kRemoved) next.claim.reset();
  commit(object, std::move(next));
}

void ApiModel::set_record(std::size_t object, const Record& record, Claims claims) {
  Observation next = blank(object);
  next.record = stored(object, record);
  if (claims == Claims::kRemoved) next.claim.reset();
  commit(object, std::move(next));
}

void ApiModel::force_vacancy(std::size_t object, std::string_view instance, std::string_view nonce,
                             WallTime wall) {
  if (!exists(object)) return;
  Observation next = blank(object);
  const std::int64_t transitions =
      objects_.at(object).history.back().record.transitions;  // kept, as a release does
  next.record = stored(object, {.holder = {},
                                .lease_duration = std::chrono::seconds(1),
                                .acquire_time = wall,
                                .renew_time = wall,
                                .transitions = transitions});
  next.claim = core::Claim{.instance = std::string(instance),
                           .nonce = std::string(nonce),
                           .holder = {},
                           .renew_time = next.record.renew_time,
                           .forced = true};
  commit(object, std::move(next));
}

void ApiModel::ask_to_resign(std::size_t object, std::string_view to, std::string_view id) {
  if (!exists(object)) return;
  Observation next = objects_.at(object).history.back();
  const core::Claim* claim = core::fresh_claim(next);
  next.resign = core::ResignRequest{.holder = next.record.holder,
                                    .instance = claim != nullptr ? claim->instance : std::string(),
                                    .to = std::string(to),
                                    .id = std::string(id),
                                    .release = {}};
  commit(object, std::move(next));
}

ApiModel::Backup ApiModel::backup() const {
  Backup backup{.version = version_};
  for (std::size_t object = 0; object < objects(); ++object) backup.objects.push_back(get(object));
  return backup;
}

void ApiModel::restore(const Backup& backup, bool reuse) {
  constexpr std::uint64_t kBump = 1'000'000;
  for (std::size_t object = 0; object < objects(); ++object) {
    const Observation& then = backup.objects.at(object);
    if (then.version != get(object).version) objects_.at(object).history.push_back(then);
  }
  version_ = reuse ? backup.version : version_ + kBump;
}

// ---- What it shows ----------------------------------------------------------------------------

Observation ApiModel::get(std::size_t object) const {
  return exists(object) ? objects_.at(object).history.back() : Observation{};
}

bool ApiModel::exists(std::size_t object) const {
  const auto& history = objects_.at(object).history;
  return !history.empty() && history.back().content != Content::kAbsent;
}

Answer ApiModel::get_answer(std::size_t object) const {
  Answer answer = outcome(exists(object) ? Outcome::kOk : Outcome::kNotFound);
  answer.object = get(object);
  return answer;
}

// A record's place in the object as it is: other fields and claim kept, the record not filled in.
Observation ApiModel::blank(std::size_t object) const {
  Observation next;
  next.content = Content::kRecord;
  if (exists(object)) {
    next.body = objects_.at(object).history.back().body;
    next.claim = objects_.at(object).history.back().claim;
    next.resign = objects_.at(object).history.back().resign;
  } else {
    next.body = std::make_shared<const std::string>();
  }
  return next;
}

void ApiModel::commit(std::size_t object, Observation next) {
  auto& history = objects_.at(object).history;
  if (exists(object) && same_object(history.back(), next)) return;
  next.version = std::to_string(++version_);
  history.push_back(std::move(next));
}

Record ApiModel::stored(std::size_t object, Record record) const {
  const Duration precision = objects_.at(object).precision;
  if (record.acquire_time) record.acquire_time = floor_to(*record.acquire_time, precision);
  if (record.renew_time) record.renew_time = floor_to(*record.renew_time, precision);
  return record;
}

}  // namespace elector::tests
