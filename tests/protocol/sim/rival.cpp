// SPDX-License-Identifier: Apache-2.0
#include "tests/protocol/sim/rival.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>

#include "tests/protocol/sim/world.h"

namespace elector::tests {
namespace {

using core::Answer;
using core::BootTime;
using core::Content;
using core::Outcome;
using core::Record;
using core::WallTime;
using std::chrono::milliseconds;
using std::chrono::seconds;

// The holder in client-go's view of two lock objects that name different holders.
constexpr const char* kUnknownLeader = "leaderelection.k8s.io/unknown";

std::optional<WallTime> to_second(std::optional<WallTime> time) {
  if (!time) return time;
  return std::chrono::floor<seconds>(*time);
}

// As client-go compares records: in JSON, which keeps whole seconds.
Record to_seconds(Record record) {
  record.acquire_time = to_second(record.acquire_time);
  record.renew_time = to_second(record.renew_time);
  return record;
}

Record record_in(const core::Observation& seen) {
  return seen.content == Content::kRecord ? seen.record : Record{};
}

}  // namespace

bool Rival::claims() const {
  return alive() && leads_ && local().boot < sent_at_ + plan().timing.renew_deadline;
}

bool Rival::astray() const {
  return local().boot < astray_until_ || (thawed_at_ != BootTime{} && sent_at_ <= thawed_at_);
}

void Rival::on_boot() {
  leads_ = leaving_ = seizes_ = secondary_alone_ = false;
  observed_ = own_ = {};
  raw_.clear();
  observed_at_ = thawed_at_ = {};
  version_.clear();
  asked_ = 0;
  attempt();
}

// Its wall clock stood still too, and again shows a second that it has already written.
void Rival::on_thaw(core::Duration) {
  thawed_at_ = local().boot;
  on_wall_step(core::Duration(-1));
}

// Others may know a record for twice its lease if they see little of what happens.
void Rival::on_wall_step(core::Duration by) {
  const core::Duration known = 2 * core::Duration(plan().timing.lease_duration);
  if (by < core::Duration::zero()) astray_until_ = local().boot + std::min(-by, known) + known;
}

void Rival::leave(core::Duration away) {
  if (!running() || leaving_) return;
  leaving_ = true;
  away_ = away;
}

void Rival::quit(core::Duration away) {
  leads_ = false;
  world_.schedule().after(core::Duration::zero(), in_process(Inbox::kOwner, [this, away] {
                            crash();
                            world_.schedule().after(away, [this] { boot(); });
                          }));
}

// ---- One try to acquire or renew --------------------------------------------------------------

void Rival::attempt() {
  if (leads_ && local().boot >= renewed_at_ + plan().timing.renew_deadline) {
    if (world_.log().on()) world_.log().line(name(), "* lost it, and exits");
    return quit(world_.dice().up_to(seconds(1)));
  }
  if (leaving_) {
    // As in client-go, only a record with its own name is released.
    if (!leads_ || observed_.holder != plan().identity) return quit(away_);
    Record record = observed_;
    record.holder.clear();
    record.lease_duration = seconds(1);
    record.acquire_time = record.renew_time = local().wall;
    leads_ = false;
    return write(record);
  }
  if (observed_.holder == plan().identity && valid()) return write(holding_record());
  read();
}

void Rival::attempt_later() {
  const core::Duration period = plan().timing.retry_period;
  at_local(local().boot + period + world_.dice().up_to(leads_ ? milliseconds(1) : period / 5),
           in_process(Inbox::kTimers, [this] { attempt(); }));
}

// ---- The record -------------------------------------------------------------------------------

void Rival::read() {
  get(primary(), [this](const Answer& answer) { primary_shown(answer); });
}

void Rival::primary_shown(const Answer& answer) {
  if (leaving_ && !leads_) return attempt_later();
  if (answer.outcome == Outcome::kNotFound) return create(holding_record());
  if (answer.outcome != Outcome::kOk) return attempt_later();
  if (answer.object.content == Content::kUnreadable) return attempt_later();
  version_ = answer.object.version;
  electors_ = claim_of(answer.object) != nullptr;
  const Record record = record_in(answer.object);
  if (!multi()) return stand(record, {to_seconds(record)});
  get(secondary(), [this, record](const Answer& second) { secondary_shown(record, second); });
}

void Rival::secondary_shown(Record primary, const Answer& answer) {
  if (answer.outcome == Outcome::kNotFound) {
    if (primary.holder == plan().identity) return create(holding_record());
    return stand(primary, {to_seconds(primary)});
  }
  if (answer.outcome != Outcome::kOk) return attempt_later();
  if (answer.object.content == Content::kUnreadable) return attempt_later();
  const Record second = record_in(answer.object);
  if (second.holder != primary.holder) primary.holder = kUnknownLeader;
  stand(primary, {to_seconds(primary), to_seconds(second)});
}

void Rival::stand(const Record& seen, std::vector<Record> raw) {
  if (raw != raw_) {
    raw_ = std::move(raw);
    observed_ = seen;
    observed_at_ = local().boot;
  }
  const bool named = observed_.holder == plan().identity;
  if (!observed_.holder.empty() && !named && valid()) return attempt_later();
  seizes_ = named && (seen != own_ || electors_);
  write(holding_record());
}

bool Rival::valid() const {
  return local().boot < observed_at_ + core::Duration(observed_.lease_duration);
}

Record Rival::holding_record() const {
  const bool mine = observed_.holder == plan().identity;
  const WallTime now = local().wall;
  return {.holder = plan().identity,
          .lease_duration = plan().timing.lease_duration,
          .acquire_time = mine ? observed_.acquire_time : now,
          .renew_time = now,
          .transitions =
              observed_.transitions + (mine || observed_.lease_duration.count() == 0 ? 0 : 1)};
}

// ---- Writing it -------------------------------------------------------------------------------

void Rival::write(const Record& record) {
  if (version_.empty()) return create(record);
  write_began_ = world_.schedule().now();
  const BootTime sent = local().boot;
  put(primary(), version_, record, [this, record, sent](const Answer& answer) {
    if (answer.outcome == Outcome::kOk) return primary_written(record, answer, sent);
    refused(record, answer);
  });
}

void Rival::create(const Record& record) {
  write_began_ = world_.schedule().now();
  const BootTime sent = local().boot;
  post(primary(), record, [this, record, sent](const Answer& answer) {
    if (answer.outcome == Outcome::kOk) return primary_written(record, answer, sent);
    // MultiLock goes on to the secondary, whatever the primary is.
    if (!multi() || answer.outcome != Outcome::kConflict) return refused(record, answer);
    post(secondary(), record, [this, next = secondary_next(record, sent)](const Answer& second) {
      if (second.outcome == Outcome::kOk) secondary_alone_ = true;
      next(second);
    });
  });
}

void Rival::primary_written(const Record& record, const Answer& answer, BootTime sent) {
  secondary_alone_ = false;
  unseen_ = version_ == answer.object.version;
  version_ = answer.object.version;
  own_ = answer.object.record;
  if (!multi()) return written(record, answer, sent);
  // The secondary is overwritten, whatever it is.
  get(secondary(), [this, record, sent](const Answer& second) {
    if (second.outcome == Outcome::kNotFound) {
      return post(secondary(), record, secondary_next(record, sent));
    }
    if (second.outcome != Outcome::kOk) return refused(record, second);
    put(secondary(), second.object.version, record, secondary_next(record, sent));
  });
}

Rival::Answered Rival::secondary_next(Record record, BootTime sent) {
  return [this, record = std::move(record), sent](const Answer& answer) {
    if (answer.outcome == Outcome::kOk) return written(record, answer, sent);
    refused(record, answer);
  };
}

void Rival::written(const Record& record, const Answer&, BootTime sent) {
  observed_ = record;
  observed_at_ = local().boot;
  if (record.holder.empty()) return quit(away_);
  sent_at_ = sent;
  renewed_at_ = local().boot;
  const bool seized = std::exchange(seizes_, false);
  if (!leads_ || seized) note_term();
  attempt_later();
}

void Rival::note_term() {
  leads_ = true;
  ++terms_;
  asked_since_ = write_began_;
  led_since_ = world_.schedule().now();
  world_.note_rival(*this);
}

// A renewal without a read was refused: reads the record to see its holder.
void Rival::refused(const Record& record, const Answer& answer) {
  const bool renewal = !record.holder.empty() && observed_.holder == plan().identity;
  if (!renewal || answer.outcome != Outcome::kConflict) return attempt_later();
  observed_at_ = {};
  read();
}

// ---- Requests ---------------------------------------------------------------------------------

void Rival::get(std::size_t object, Answered answered) {
  ask(
      object, false,
      [object](ApiModel& model) {
        Answer answer;
        answer.outcome = model.exists(object) ? Outcome::kOk : Outcome::kNotFound;
        answer.object = model.get(object);
        return answer;
      },
      std::move(answered));
}

void Rival::put(std::size_t object, const std::string& version, const Record& record,
                Answered answered) {
  if (world_.log().on()) {
    world_.log().line(name(), "PUT lock " + std::to_string(object) + " over @" + version + ": " +
                                  describe(record));
  }
  ask(
      object, true,
      [this, object, record, version, seizes = seizes_](ApiModel& model) {
        Answer answer = model.put_record(object, version, record, Claims::kCarried);
        // Whether or not the rival gets the answer.
        if (seizes && answer.outcome == Outcome::kOk) seized_at_ = world_.schedule().now();
        return answer;
      },
      std::move(answered));
}

void Rival::post(std::size_t object, const Record& record, Answered answered) {
  if (world_.log().on()) {
    world_.log().line(name(), "POST lock " + std::to_string(object) + ": " + describe(record));
  }
  ask(
      object, true, [object, record](ApiModel& model) { return model.post_record(object, record); },
      std::move(answered));
}

void Rival::ask(std::size_t object, bool write, Apply apply, Answered answered) {
  const std::uint64_t number = ++asked_;
  const auto once = [this, number, answered = std::move(answered)](const Answer& answer) {
    if (asked_ != number) return;
    ++asked_;
    answered(answer);
  };
  at_local(local().boot + plan().timing.renew_deadline / 2,
           in_process(Inbox::kTimers, [once] { once(Answer{}); }));
  world_.api().ask(index(), object, write, std::move(apply),
                   [this, life = life(), once](const Answer& answer) {
                     handle(life, Inbox::kAnswers, [once, answer] { once(answer); });
                   });
}

}  // namespace elector::tests
