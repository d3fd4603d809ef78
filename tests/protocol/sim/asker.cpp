// SPDX-License-Identifier: Apache-2.0
#include "tests/protocol/sim/asker.h"

#include <chrono>
#include <utility>

#include "tests/protocol/sim/world.h"

namespace elector::tests {
namespace {

using core::Answer;
using core::Observation;
using core::Outcome;
using std::chrono::seconds;

constexpr core::Duration kTimeout = seconds(10);
constexpr core::Duration kPatience = seconds(30);  // without --wait

}  // namespace

void Asker::ask(core::ResignWish wish, std::optional<core::Duration> wait_limit) {
  if (alive() || frozen()) return;
  wish_ = std::move(wish);
  wait_limit_ = wait_limit;
  boot();
}

void Asker::on_boot() {
  began_ = world_.schedule().now();
  late_ = interrupted_ = over_ = advancing_ = false;
  first_.reset();
  client_ = std::make_unique<Client>(world_, *this);
  patient_until_ = local().boot + wait_limit_.value_or(kPatience);
  world_.ask_check().begins(*this, wish_);
  if (wait_limit_) {
    client_->at(local().boot + *wait_limit_, [this] {
      late_ = true;
      changed();
    });
  }
  others_left_ = wish_.force ? plan().objects.size() - 1 : 0;
  read(plan().objects.front());
}

void Asker::on_crash() {
  askings_.clear();
  client_.reset();
}

void Asker::interrupt() {
  if (!running() || interrupted_) return;
  if (world_.log().on()) world_.log().line(name(), "is interrupted");
  interrupted_ = true;
  changed();
}

// The leader of a multi-lock reads it on one of its objects; by force, both must be cleared.
void Asker::read(std::size_t object) {
  reading_ = client_->get(object, kTimeout, patient_until_, [this](const Answer& answer) {
    reading_ = 0;
    if (over_) return;  // it was stopped in the same moment
    if (answer.outcome != Outcome::kOk && answer.outcome != Outcome::kNotFound) {
      return end({.kind = Verdict::Kind::kError});
    }
    if (first_) return follow(answer.object);
    if (!core::names_holder(answer.object)) {
      const bool garbled = answer.object.content == core::Content::kUnreadable;
      return end({.kind = garbled ? Verdict::Kind::kError : Verdict::Kind::kNobody});
    }
    first_ = answer.object;
    next();
  });
}

void Asker::next() {
  if (others_left_ > 0) return read(plan().objects.at(others_left_));
  follow(*first_);
}

void Asker::follow(const Observation& first) {
  core::ResignWish wish = wish_;
  if (others_left_ > 0) wish.wait = false;
  askings_.push_back(std::make_unique<Asking>(world_, *this, *client_,
                                              plan().objects.at(others_left_), std::move(wish),
                                              patient_until_, [this] { changed(); }));
  askings_.back()->start(first);
  changed();
}

// Something has happened: the ask may be over, or may have been stopped.
void Asker::changed() {
  if (advancing_) return;
  advancing_ = true;
  while (alive() && !over_ && advance()) {
  }
  advancing_ = false;
}

// Returns true if another lock is asked now.
bool Asker::advance() {
  using Kind = Verdict::Kind;
  if (askings_.empty() || reading_ != 0) {
    if (stopped()) end({.kind = interrupted_ ? Kind::kInterrupted : Kind::kTimedOut});
    return false;
  }
  Asking& asking = *askings_.back();
  if (!asking.over() && !stopped()) return false;
  asking.finish();
  if (!asking.finished()) return false;
  if (others_left_ > 0 && !asking.error() && !interrupted_) {
    --others_left_;
    next();
    return true;
  }
  const Kind kind = asking.error()      ? Kind::kError
                    : asking.step().end ? Kind::kEnd
                    : interrupted_      ? Kind::kInterrupted
                                        : Kind::kTimedOut;
  end({.kind = kind, .asking = &asking});
  return false;
}

void Asker::end(const Verdict& verdict) {
  over_ = true;
  world_.ask_check().ends(*this, verdict);
  // Deferred, so as not to interrupt the caller.
  world_.schedule().after(core::Duration::zero(), in_process(Inbox::kOwner, [this] { crash(); }));
}

}  // namespace elector::tests
