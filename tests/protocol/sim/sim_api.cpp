// SPDX-License-Identifier: Apache-2.0
#include "tests/protocol/sim/sim_api.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "tests/protocol/sim/witness.h"

namespace elector::tests {
namespace {

using core::Answer;
using core::Outcome;
using std::chrono::milliseconds;

}  // namespace

SimApi::SimApi(const Plan& plan, Schedule& schedule, Dice& dice, Transcript& log)
    : plan_(plan),
      schedule_(schedule),
      dice_(dice),
      log_(log),
      network_(plan, schedule, dice),
      model_(plan.precisions),
      published_(plan.precisions.size(), 0),
      restores_(plan.precisions.size()) {}

// ---- Requests ---------------------------------------------------------------------------------

void SimApi::ask(std::size_t host, std::size_t object, bool write, Apply apply, Reply reply) {
  const auto delay = network_.up(host);
  if (!delay) {
    if (log_.on()) log_.line(plan_.hosts.at(host).label, "  (the request gets lost)");
    return;
  }
  schedule_.after(*delay, [=, this, apply = std::move(apply), reply = std::move(reply)] {
    arrive(host, object, write, apply, reply);
  });
}

void SimApi::arrive(std::size_t host, std::size_t object, bool write, const Apply& apply,
                    const Reply& reply) {
  switch (mood_) {
    case Mood::kUp:
      if (write && dice_.chance(network_.link(host).repeat_permille)) {
        return repeat(host, object, apply, reply);
      }
      return apply_and_answer(host, object, apply, reply);
    case Mood::kDown:
      // Refused by the server's host, or lost together with it.
      if (dice_.chance(800)) refuse(host, Outcome::kRefused, "connection refused", reply);
      return;
    case Mood::kFrozen:
      held_.emplace_back([=, this] { apply_and_answer(host, object, apply, reply); });
      return;
    case Mood::kForbidden:
      return refuse(host, Outcome::kForbidden, "403 Forbidden", reply);
    case Mood::kThrottled:
      return refuse(host, Outcome::kRefused, "429 Too Many Requests", reply);
    case Mood::kFailing:
      if (dice_.chance(300)) return apply_and_answer(host, object, apply, reply);
      if (dice_.chance(300)) apply_and_answer(host, object, apply, [](const Answer&) {});
      return refuse(host, Outcome::kUnknown, "500 Internal Server Error", reply);
    case Mood::kReadOnly:
      if (!write) return apply_and_answer(host, object, apply, reply);
      if (dice_.chance(500)) refuse(host, Outcome::kUnknown, "504 Gateway Timeout", reply);
      return;
  }
}

// What a proxy does with a write whose first answer is lost, or comes too late.
void SimApi::repeat(std::size_t host, std::size_t object, const Apply& apply, const Reply& reply) {
  if (log_.on()) log_.line(plan_.hosts.at(host).label, "  (a proxy repeats the write)");
  network_.disturb(host);
  const Reply lost = [](const Answer&) {};
  const core::Duration soon = dice_.up_to(plan_.delay_most * 2);
  const core::Duration late = dice_.up_to(plan_.longest_lease());
  switch (dice_.below(4)) {
    case 0:  // both attempts land, and the second one is answered: a conflict with the first
      apply_and_answer(host, object, apply, lost);
      schedule_.after(soon, [=, this] { apply_and_answer(host, object, apply, reply); });
      return;
    case 1:  // it lands, and the other backend fails
      apply_and_answer(host, object, apply, lost);
      return refuse(host, Outcome::kUnknown, "502 Bad Gateway", reply);
    case 2:  // it lands and is answered, and lands again later
      apply_and_answer(host, object, apply, reply);
      schedule_.after(late, [=, this] { apply_and_answer(host, object, apply, lost); });
      return;
    default:  // it fails at one backend, and lands late at the other
      schedule_.after(late, [=, this] { apply_and_answer(host, object, apply, lost); });
      return refuse(host, Outcome::kUnknown, "502 Bad Gateway", reply);
  }
}

void SimApi::apply_and_answer(std::size_t host, std::size_t object, const Apply& apply,
                              const Reply& reply) {
  Answer what = apply(model_);
  publish(object);
  answer(host, std::move(what), reply);
}

void SimApi::answer(std::size_t host, Answer what, const Reply& reply) {
  const auto delay = network_.down(host);
  if (!delay) {
    if (log_.on()) log_.line(plan_.hosts.at(host).label, "  (the answer gets lost)");
    return;
  }
  schedule_.after(*delay, [what = std::move(what), reply] { reply(what); });
}

void SimApi::refuse(std::size_t host, Outcome outcome, const char* message, const Reply& reply) {
  Answer what;
  what.outcome = outcome;
  what.message = message;
  if (mood_ == Mood::kThrottled) what.retry_after = retry_after_;
  answer(host, std::move(what), reply);
}

void SimApi::change(std::size_t object, const std::function<void(ApiModel& model)>& how) {
  how(model_);
  publish(object);
}

void SimApi::restore(const ApiModel::Backup& backup, bool reuse) {
  const Mood mood = mood_;
  set_mood(Mood::kDown);
  restored_at_ = schedule_.now();
  model_.restore(backup, reuse);
  restored_above_ = model_.version();
  for (std::size_t object = 0; object < model_.objects(); ++object) {
    if (published_.at(object) == model_.history(object).size()) continue;
    restores_.at(object).push_back(model_.history(object).size() - 1);
    publish(object);
  }
  set_mood(mood);
}

void SimApi::set_mood(Mood mood, core::Duration retry_after) {
  const bool thaws = mood_ == Mood::kFrozen && mood != Mood::kFrozen;
  mood_ = mood;
  retry_after_ = retry_after;
  network_.disturb_all();
  if (mood == Mood::kDown) {
    for (std::size_t host = 0; host < plan_.hosts.size(); ++host) end_watches(host);
  }
  if (!thaws) return;
  const auto held = std::exchange(held_, {});
  for (const auto& request : held) {
    if (mood == Mood::kUp) request();  // a server that dies instead has done nothing
  }
  for (std::size_t host = 0; host < plan_.hosts.size(); ++host) heal(host);
}

// ---- Watches ----------------------------------------------------------------------------------

std::uint64_t SimApi::open_watch(std::size_t host, std::size_t object, std::size_t from,
                                 Event event, Closed closed) {
  watches_.push_back({.id = ++last_watch_,
                      .host = host,
                      .object = object,
                      .next = from,
                      .event = std::move(event),
                      .closed = std::move(closed)});
  resume_beyond_restore(watches_.back());
  deliver_from(watches_.back());
  return last_watch_;
}

void SimApi::resume_beyond_restore(Watch& watch) {
  const auto& history = model_.history(watch.object);
  const std::size_t restored = restored_from(watch.object);
  if (restored == 0 || watch.next > restored) return;
  // It may also begin with the present object.
  const bool exists = history.at(restored).content != core::Content::kAbsent;
  if (watch.next == restored && exists && dice_.chance(500)) return;
  if (watch.next > 0) watch.above = number_of(history.at(watch.next - 1));
  watch.next = restored + 1;
}

void SimApi::close_watch(std::uint64_t id) {
  std::erase_if(watches_, [&](const Watch& watch) { return watch.id == id; });
}

void SimApi::end_watches(std::size_t host) {
  for (Watch& watch : watches_) {
    if (watch.host == host) watch.ended = true;
  }
  tell_ended(host);
}

// While its connection is cut, the host cannot know.
void SimApi::tell_ended(std::size_t host) {
  if (network_.link(host).down_cut) return;
  for (const Watch& watch : watches_) {
    if (watch.host == host && watch.ended) schedule_.after(milliseconds(1), watch.closed);
  }
  std::erase_if(watches_, [&](const Watch& watch) { return watch.host == host && watch.ended; });
}

void SimApi::stall_watches(std::size_t host, bool stalled) {
  network_.link(host).deaf = stalled;
  if (!stalled) heal(host);
}

void SimApi::heal(std::size_t host) {
  tell_ended(host);
  for (Watch& watch : watches_) {
    if (watch.host == host) deliver_from(watch);
  }
}

void SimApi::publish(std::size_t object) {
  if (published_.at(object) == model_.history(object).size()) return;
  published_.at(object) = model_.history(object).size();
  if (log_.on()) log_.line("api", "  " + describe(model_.history(object).back()));
  if (on_change_) on_change_(object);
  for (Watch& watch : watches_) {
    if (watch.object == object) deliver_from(watch);
  }
}

// Sends what has not been sent yet; in order, as one connection does.
void SimApi::deliver_from(Watch& watch) {
  if (mood_ == Mood::kFrozen || watch.ended) return;
  for (; watch.next < model_.history(watch.object).size(); ++watch.next) {
    if (watch.above > 0 && number_of(model_.history(watch.object).at(watch.next)) <= watch.above) {
      continue;
    }
    watch.last = std::max(watch.last, schedule_.now() + network_.event_lag(watch.host));
    schedule_.at(watch.last, [this, id = watch.id, index = watch.next, sending = watch.sending] {
      deliver(id, index, sending);
    });
  }
}

void SimApi::deliver(std::uint64_t id, std::size_t index, std::uint64_t sending) {
  Watch* watch = find(id);
  if (watch == nullptr || watch->ended || sending != watch->sending) return;
  if (network_.link(watch->host).deaf || network_.link(watch->host).down_cut ||
      mood_ == Mood::kFrozen) {
    watch->next = index;  // this and what follows is sent again when the connection works
    ++watch->sending;
    return;
  }
  const Event event = watch->event;
  event(model_.history(watch->object).at(index));
}

SimApi::Watch* SimApi::find(std::uint64_t id) {
  const auto it = std::find_if(watches_.begin(), watches_.end(),
                               [&](const Watch& watch) { return watch.id == id; });
  return it == watches_.end() ? nullptr : &*it;
}

}  // namespace elector::tests
