#include "tests/sim/rival.h"

#include <chrono>
#include <utility>

#include "tests/sim/world.h"

namespace elector::tests {
namespace {

using core::Answer;
using core::Outcome;
using core::Record;
using core::WallTime;
using std::chrono::milliseconds;
using std::chrono::seconds;

std::optional<WallTime> to_second(std::optional<WallTime> time) {
  if (!time) return time;
  return std::chrono::floor<seconds>(*time);
}

Record to_seconds(Record record) {
  record.acquire_time = to_second(record.acquire_time);
  record.renew_time = to_second(record.renew_time);
  return record;
}

}  // namespace

bool Rival::claims() const {
  return alive() && leads_ && local().boot < sent_at_ + plan().timing.renew_deadline;
}

void Rival::on_boot() {
  leads_ = leaving_ = false;
  observed_ = {};
  observed_at_ = {};
  version_.clear();
  asked_ = 0;
  attempt();
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
    if (!leads_) return quit(away_);
    Record record = observed_;
    record.holder.clear();
    record.lease_duration = seconds(1);
    record.acquire_time = record.renew_time = local().wall;
    leads_ = false;
    return write(record, version_);
  }
  if (observed_.holder == plan().identity && valid()) {
    return write(holding_record(), version_);
  }
  read();
}

void Rival::read() {
  ask(
      false,
      [object = object()](ApiModel& model) {
        Answer answer;
        answer.outcome = model.exists(object) ? Outcome::kOk : Outcome::kNotFound;
        answer.object = model.get(object);
        return answer;
      },
      [this](const Answer& answer) { stand(answer); });
}

void Rival::stand(const Answer& seen) {
  if (leaving_ && !leads_) return attempt_later();
  if (seen.outcome == Outcome::kNotFound) return write(holding_record(), "");
  if (seen.outcome != Outcome::kOk) return attempt_later();
  if (seen.object.content == core::Content::kUnreadable) return attempt_later();
  observe(seen.object);
  if (!observed_.holder.empty() && observed_.holder != plan().identity && valid()) {
    return attempt_later();
  }
  write(holding_record(), version_);
}

void Rival::write(const Record& record, const std::string& version) {
  const core::BootTime sent = local().boot;
  if (world_.log().on()) {
    world_.log().line(
        name(), (version.empty() ? "POST: " : "PUT over @" + version + ": ") + describe(record));
  }
  ask(
      true,
      [object = object(), record, version](ApiModel& model) {
        return version.empty() ? model.post_record(object, record)
                               : model.put_record(object, version, record, Claims::kCarried);
      },
      [this, record, sent](const Answer& answer) { written(record, answer, sent); });
}

void Rival::written(const Record& record, const Answer& answer, core::BootTime sent) {
  if (answer.outcome != Outcome::kOk) {
    // A renewal without a read was refused: read, and see whose it is.
    if (!record.holder.empty() && observed_.holder == plan().identity &&
        answer.outcome == Outcome::kConflict) {
      observed_at_ = {};
      return read();
    }
    return attempt_later();
  }
  version_ = answer.object.version;
  observed_ = to_seconds(record);
  observed_at_ = local().boot;
  if (record.holder.empty()) return quit(away_);
  sent_at_ = sent;
  renewed_at_ = local().boot;
  if (!leads_) {
    leads_ = true;
    world_.note_rival(*this);
  }
  attempt_later();
}

void Rival::attempt_later() {
  const core::Duration period = plan().timing.retry_period;
  at_local(local().boot + period + world_.dice().up_to(leads_ ? milliseconds(1) : period / 5),
           in_process(Inbox::kTimers, [this] { attempt(); }));
}

// ---- The record -------------------------------------------------------------------------------

void Rival::observe(const core::Observation& seen) {
  version_ = seen.version;
  const Record record = to_seconds(seen.content == core::Content::kRecord ? seen.record : Record{});
  if (record == observed_) return;
  observed_ = record;
  observed_at_ = local().boot;
}

bool Rival::valid() const {
  return local().boot < observed_at_ + core::Duration(observed_.lease_duration);
}

Record Rival::holding_record() const {
  const bool mine = observed_.holder == plan().identity;
  const WallTime now = std::chrono::floor<seconds>(local().wall);
  return {.holder = plan().identity,
          .lease_duration = plan().timing.lease_duration,
          .acquire_time = mine ? observed_.acquire_time : now,
          .renew_time = now,
          .transitions =
              observed_.transitions + (mine || observed_.lease_duration.count() == 0 ? 0 : 1)};
}

void Rival::ask(bool write, std::function<Answer(ApiModel&)> apply, Answered answered) {
  const std::uint64_t number = ++asked_;
  const auto once = [this, number, answered = std::move(answered)](const Answer& answer) {
    if (asked_ != number) return;
    ++asked_;
    answered(answer);
  };
  at_local(local().boot + plan().timing.renew_deadline / 2,
           in_process(Inbox::kTimers, [once] { once(Answer{}); }));
  world_.api().ask(index(), object(), write, std::move(apply),
                   [this, life = life(), once](const Answer& answer) {
                     handle(life, Inbox::kAnswers, [once, answer] { once(answer); });
                   });
}

}  // namespace elector::tests
