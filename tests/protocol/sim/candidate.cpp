// SPDX-License-Identifier: Apache-2.0
#include "tests/protocol/sim/candidate.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "tests/protocol/sim/world.h"

namespace elector::tests {
namespace {

using core::Answer;
using core::Duration;
using core::Observation;
using core::Outcome;
using core::Report;
using core::Request;
using core::Verb;
using std::chrono::milliseconds;

Ending ending_of(core::LossReason reason) {
  switch (reason) {
    case core::LossReason::kDeadline:
      return Ending::kDeadline;
    case core::LossReason::kTaken:
      return Ending::kTaken;
    case core::LossReason::kForced:
      return Ending::kForced;
    case core::LossReason::kClockJump:
      return Ending::kClockJump;
  }
  return Ending::kNone;
}

std::string request_text(const Request& request, std::size_t object) {
  static constexpr const char* kVerbs[] = {"GET", "POST", "PUT"};
  std::string text = kVerbs[static_cast<int>(request.verb)];
  text += " lock " + std::to_string(object);
  if (request.verb == Verb::kGet) return text;
  if (request.verb == Verb::kUpdate) text += " over @" + request.version;
  return text + ": " + describe(request.record) + " claim " + request.claim.nonce.substr(0, 4);
}

std::string answer_text(const Answer& answer) {
  static constexpr const char* kOutcomes[] = {"ok",        "conflict", "not found",
                                              "forbidden", "refused",  "no answer"};
  std::string text = kOutcomes[static_cast<int>(answer.outcome)];
  if (answer.outcome == Outcome::kOk) return text + " " + describe(answer.object);
  return answer.message.empty() ? text : text + " (" + answer.message + ")";
}

}  // namespace

Candidate::Candidate(World& world, std::size_t index)
    : Host(world, index),
      owner_(world, *this,
             {.work_stopped = [this] { work_stopped(); },
              .leave =
                  [this] {
                    wish_ = false;
                    pump();
                  }}) {}

// ---- The process ------------------------------------------------------------------------------

void Candidate::on_boot() {
  released_ = false;
  sent_at_.clear();
  instance_ = world_.dice().hex();
  core::Config config{.identity = plan().identity,
                      .instance = instance_,
                      .timing = plan().timing,
                      .lock_precisions = {},
                      .seed = world_.dice().next()};
  for (const std::size_t object : plan().objects) {
    config.lock_precisions.push_back(world_.plan().precisions.at(object));
  }
  election_.emplace(std::move(config));
  witness_.emplace(plan().identity, plan().objects.size(), plan().timing.lease_duration);
  for (std::size_t lock = 0; lock < plan().objects.size(); ++lock) {
    watchers_.push_back(std::make_unique<Watcher>(
        world_, *this, plan().objects.at(lock),
        Watcher::Handler{
            .on_event = [this, lock](const Observation& seen) { event(lock, seen); },
            .on_established =
                [this, lock](bool up) {
                  enter([=](core::Election& e, core::Now now) { e.watching(lock, up, now); });
                },
            .on_gap =
                [this, lock] {
                  enter([=](core::Election& e, core::Now now) { e.missed_events(lock, now); });
                }}));
  }
  away_ = world_.dice().up_to(milliseconds(500));
  labeller_.emplace(world_, *this, [this](bool hold) {
    if (!hold && std::exchange(work_stopped_, false)) work_stopped();
  });
  others_.emplace(
      world_, *this, [this] { return election_->view(local()).record; }, [this] { pump(); });
  owner_.boot();
  enter([](core::Election& e, core::Now now) { e.start(now); });
  wish_ = true;
  pump();
  for (const auto& watcher : watchers_) {
    if (plan().may_watch) watcher->start();
  }
}

void Candidate::on_crash() {
  if (in_office_) ending_ = Ending::kCrashed;
  in_office_ = false;
  election_.reset();
  witness_.reset();
  watchers_.clear();
  asked_.clear();
  underway_.clear();
  timer_at_.reset();
  labeller_.reset();
  others_.reset();
  wish_ = standing_ = leaving_ = exiting_ = work_stopped_ = false;
  fit_ = true;
  said_.clear();
  owner_.process_died();
}

void Candidate::machine_dies() {
  owner_.machine_died();
  crash();
}

// A timer that was due while the process could not run fires as soon as it can.
void Candidate::on_resume() {
  owner_.resumed();
  suspect_watches();
}

void Candidate::freeze() {
  owner_.freeze();
  pause();
}

// The order in which the three run again is drawn.
void Candidate::unfreeze() {
  const bool elector_first = world_.dice().chance(500);
  if (elector_first) resume();
  owner_.unfreeze();
  if (!elector_first) resume();
}

void Candidate::on_thaw(core::Duration paused) {
  // A pause that the wall clock has shown in full hides nothing any more, and says nothing about
  // this one.
  if (told_ >= unseen_pause_) unseen_pause_ = told_ = {};
  unseen_pause_ += paused;
  if (!in_office_) paused_after_loss_ = true;
  thawed_at_ = local().boot;
  owner_.thawed();
  timer_at_.reset();
  if (election_) arm_timer();
}

// ---- Into the election and out of it ----------------------------------------------------------

template <typename Input>
void Candidate::enter(Input input) {
  if (!election_) return;
  input(*election_, local());
  pump();
  if (!election_ || pumping_) return;
  if (const auto wake = election_->next_wake(); wake && *wake <= local().boot) {
    world_.fail("wake", std::string(name()) + " asks to be woken in the past");
  }
  world_.checks().said(*this);
}

// As in cmd/candidate/candidate.cpp: reports may call back, and then the running round continues
// with the results.
void Candidate::pump() {
  if (!election_ || pumping_) return;
  pumping_ = true;
  writes_ = false;
  bool more = true;
  while (more) {
    settle_wish();
    const auto requests = election_->take_requests();
    for (const Request& request : requests) send(request);
    const auto reports = election_->take_reports();
    for (const Report& report : reports) on_report(report);
    more = !requests.empty() || !reports.empty();
  }
  pumping_ = false;
  if (wish_) others_->look(in_office_ && standing_);
  arm_timer();
  exit_if_at_rest();
}

// A write that was sent after the pause has been proven: the effect of the pause is over.
void Candidate::note_hold(core::BootTime until) {
  if (until - plan().timing.renew_deadline > thawed_at_) unseen_pause_ = told_ = {};
}

// A wall clock that shows only full seconds shows that much less of a pause.
bool Candidate::pause_hides_claim() const {
  const core::Timing& timing = plan().timing;
  const Duration shows = world_.plan().one_lease()
                             ? Duration(timing.lease_duration) - timing.renew_deadline
                             : world_.plan().longest_lease();
  return unseen_pause_ > Duration::zero() && told_ <= shows + plan().wall_step;
}

bool Candidate::pause_hides_renewal() const {
  return thawed_at_ != core::BootTime{} &&
         local().boot < thawed_at_ + std::chrono::seconds(1) + plan().timing.renew_deadline;
}

bool Candidate::was_paused_of_late() const {
  return thawed_at_ != core::BootTime{} &&
         local().boot < thawed_at_ + Duration(plan().timing.lease_duration);
}

bool Candidate::pause_hides_work() const {
  if (unseen_pause_ == Duration::zero()) return false;
  // At the moment that reveals the pause, the work is over the lease, and takes another to die.
  const Duration room = plan().timing.kill_deadline() - plan().timing.renew_deadline;
  if (world_.schedule().now() < lost_at_ + milliseconds(10) + room / 4) return true;
  return in_office_ || ending_ != Ending::kClockJump || paused_after_loss_ ||
         told_ < unseen_pause_ || plan().wall_step > milliseconds(1);
}

// cmd/clock_watch passes it to the election at once.
void Candidate::on_wall_step(core::Duration by) {
  told_ += by;
  if (!election_) return;
  handle(life(), Inbox::kTimers,
         [this] { enter([](core::Election& e, core::Now now) { e.tick(now); }); });
}

// Timers follow the clock.
void Candidate::on_rate_change() {
  owner_.thawed();
  timer_at_.reset();
  if (election_) arm_timer();
}

void Candidate::on_report(const Report& report) {
  if (world_.log().on()) log_report(report);
  switch (report.kind) {
    case Report::Kind::kElected:
      ++terms_;
      in_office_ = true;
      told_to_stop_ = false;
      elected_at_ = world_.schedule().now();
      token_ = report.token.empty() ? 0 : std::stoull(report.token);
      note_hold(report.hold_until);
      world_.checks().elected(*this, report);
      ending_ = Ending::kNotYetKnown;
      labeller_->elected();
      return owner_.elected(report);
    case Report::Kind::kRenewed:
      ++world_.tally().renewals;
      note_hold(report.hold_until);
      return owner_.renewed(report);
    case Report::Kind::kStopWork:
      told_to_stop_ = true;
      labeller_->stop_work();
      return owner_.stop_work(report.stop);
    case Report::Kind::kLost:
      ending_ = ending_of(report.loss);
      in_office_ = paused_after_loss_ = false;
      lost_at_ = world_.schedule().now();
      world_.checks().lost(*this, report.loss);
      labeller_->lost();
      return owner_.lose(report);
    case Report::Kind::kReleased:
      if (writes_) return;  // the next term has already begun
      released_ = true;
      return world_.checks().released(*this);
    case Report::Kind::kLeaderChanged:
      said_ = report.name;
      return;
    default:
      return;
  }
}

void Candidate::log_report(const Report& report) {
  static constexpr const char* kKinds[] = {
      "says that the leader is", "LEADS",          "holds on",
      "asks its work to stop",   "LOST it",        "gave it back",
      "could not give it back",  "request failed", "notes:"};
  std::string text = std::string("* ") + kKinds[static_cast<int>(report.kind)];
  const Real now = world_.schedule().now();
  const core::Duration rest = report.hold_until - clock().at(now).boot;
  if (report.kind == Report::Kind::kLeaderChanged) {
    text += " " + (report.name.empty() ? "nobody" : report.name);
  } else if (report.kind == Report::Kind::kElected || report.kind == Report::Kind::kRenewed) {
    text += " for " + seconds_text(rest) + "s" +
            (report.token.empty() ? "" : ", token " + report.token);
  } else if (report.kind == Report::Kind::kRequestFailed) {
    return;  // the answer's line already shows that
  } else if (report.kind == Report::Kind::kNotice) {
    text += " " + report.text;
  }
  world_.log().line(name(), text);
}

void Candidate::arm_timer() {
  const auto wake = election_->next_wake();
  if (!wake) return;
  const Real at = clock().when(*wake);
  if (timer_at_ && *timer_at_ <= at) return;
  timer_at_ = at;
  at_local(*wake, in_process(Inbox::kTimers, [this, at] { timer(at); }));
}

void Candidate::timer(Real armed_for) {
  if (timer_at_ != armed_for) return;  // an earlier timer was armed since
  timer_at_.reset();
  const auto wake = election_->next_wake();
  if (wake && local().boot >= *wake) {
    enter([](core::Election& e, core::Now now) { e.tick(now); });
  } else {
    arm_timer();
  }
}

// ---- Wishes -----------------------------------------------------------------------------------

void Candidate::settle_wish() {
  const bool stand = wish_ && fit_ && others_->clear();
  if (stand == standing_) return;
  if (!stand && in_office_ && !others_->clear()) world_.kinds_check().steps_down(*this);
  standing_ = stand;
  world_.api().network().disturb(index());
  if (world_.log().on()) world_.log().line(name(), stand ? "stands" : "stands no more");
  election_->stand(stand, local());
}

// Nothing of the term's work is left.
void Candidate::work_stopped() {
  world_.api().network().disturb(index());
  if (release_held()) {
    work_stopped_ = true;
    return;
  }
  if (in_office_) ending_ = Ending::kReleased;
  in_office_ = false;
  enter([](core::Election& e, core::Now now) { e.work_stopped(now); });
}

// A second signal does not wait for the end of the grace.
void Candidate::leave(core::Duration away) {
  if (!running()) return;
  if (world_.log().on()) world_.log().line(name(), "is asked to end");
  leaving_ = true;
  away_ = away;
  world_.api().network().disturb(index());
  owner_.stop_by_signal();
  pump();
}

void Candidate::exit_if_at_rest() {
  if (exiting_ || !owner_.may_exit() || !election_->at_rest()) return;
  if (released_) world_.checks().released(*this);
  exiting_ = true;
  // Deferred, so as not to interrupt an input of the election.
  world_.schedule().after(core::Duration::zero(), in_process(Inbox::kOwner, [this] {
                            crash();
                            world_.schedule().after(away_, [this] { boot(); });
                          }));
}

// As with --health-url.
void Candidate::be_unfit(core::Duration for_how_long) {
  if (!running() || leaving_) return;
  if (world_.log().on()) world_.log().line(name(), "is unfit");
  fit_ = false;
  pump();
  world_.schedule().after(for_how_long, in_process(Inbox::kOwner, [this, fitness = ++fitness_] {
                            if (fitness != fitness_) return;
                            fit_ = true;
                            pump();
                          }));
}

// ---- Requests ---------------------------------------------------------------------------------

void Candidate::send(const Request& request) {
  ++world_.tally().requests;
  const std::size_t object = plan().objects.at(request.lock);
  if (world_.log().on()) world_.log().line(name(), request_text(request, object));
  if (asked_.contains(request.id) || request.timeout <= core::Duration::zero()) {
    return world_.fail("shell", "a request without an id or a limit of its own");
  }
  asked_[request.id] = {.lock = request.lock, .verb = request.verb};
  if (request.verb == Verb::kGet) world_.checks().reads(*this);
  const core::BootTime limit = local().boot + request.timeout;
  at_local(limit,
           in_process(Inbox::kTimers, [this, id = request.id, limit] { expire(id, limit); }));
  const bool write = request.verb != Verb::kGet;
  std::shared_ptr<Underway> underway;
  if (write && !request.record.holder.empty()) {
    released_ = false;
    writes_ = true;
    sent_at_[request.claim.nonce] = {.boot = local().boot, .real = world_.schedule().now()};
    underway = std::make_shared<Underway>(
        Underway{.request = request.id, .object = object, .version = request.version});
    std::erase_if(underway_, [](const auto& other) { return other.expired(); });
    underway_.push_back(underway);
  }
  const std::size_t host = index();
  world_.api().ask(
      host, object, write,
      [this, request, object, underway, sent = world_.schedule().now()](ApiModel& model) {
        return world_.apply(*this, object, request, model, sent);
      },
      [this, life = life(), id = request.id](const Answer& answer) {
        handle(life, Inbox::kAnswers, [this, id, answer] { finish(id, answer); });
      });
}

bool Candidate::may_still_hold(std::size_t object, const std::string& version) const {
  return std::any_of(underway_.begin(), underway_.end(), [&](const auto& write) {
    const auto held = write.lock();
    return held != nullptr && !held->succeeded && held->object == object &&
           held->version == version;
  });
}

void Candidate::expire(std::uint64_t request, core::BootTime limit) {
  if (!asked_.contains(request)) return;
  if (local().boot < limit) {  // the clock stood still
    return at_local(limit,
                    in_process(Inbox::kTimers, [this, request, limit] { expire(request, limit); }));
  }
  Answer answer;
  answer.message = "no answer in time";
  finish(request, answer);
}

void Candidate::finish(std::uint64_t request, Answer answer) {
  const auto it = asked_.find(request);
  if (it == asked_.end()) return;  // the request was abandoned before
  const Asked asked = it->second;
  asked_.erase(it);
  answer.id = request;
  if (answer.outcome == Outcome::kOk) {
    for (const auto& write : underway_) {
      if (const auto held = write.lock(); held && held->request == request) held->succeeded = true;
    }
  }
  if (answer.outcome != Outcome::kOk && answer.outcome != Outcome::kConflict &&
      answer.outcome != Outcome::kNotFound) {
    world_.api().network().disturb(index());
  }
  if (world_.log().on()) world_.log().line(name(), "  answer: " + answer_text(answer));
  if (answer.outcome == Outcome::kOk ||
      (answer.outcome == Outcome::kNotFound && asked.verb == Verb::kGet)) {
    witness_->shown(asked.lock, answer.object, true, local());
  }
  enter([&](core::Election& e, core::Now now) { e.answer(answer, now); });
}

// ---- Watches ----------------------------------------------------------------------------------

void Candidate::event(std::size_t lock, const Observation& seen) {
  Observation shown = seen;
  const bool gone = seen.content == core::Content::kAbsent;
  if (gone && !plan().deletions_have_versions) shown.version.clear();
  if (world_.log().on()) {
    world_.log().line(name(), "  event on lock " + std::to_string(plan().objects.at(lock)) + ": " +
                                  describe(shown));
  }
  witness_->shown(lock, shown, false, local());
  enter([&](core::Election& e, core::Now now) { e.observe(lock, shown, now); });
}

bool Candidate::watches() const {
  for (const auto& watcher : watchers_) {
    if (!watcher->established()) return false;
  }
  return true;
}

void Candidate::lose_watches() {
  if (!running()) return;
  for (const auto& watcher : watchers_) watcher->give_up();
}

void Candidate::suspect_watches() {
  if (!running()) return;
  const Link& link = world_.api().network().link(index());
  for (const auto& watcher : watchers_) {
    if (link.down_cut || link.up_cut || world_.dice().chance(300)) watcher->give_up();
  }
}

}  // namespace elector::tests
