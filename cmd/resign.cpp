// SPDX-License-Identifier: Apache-2.0
#include "cmd/resign.h"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cmd/cli/complain.h"
#include "cmd/observe/election_reader.h"
#include "cmd/output/duration.h"
#include "cmd/output/log.h"
#include "cmd/output/progress.h"
#include "cmd/output/session_lines.h"
#include "cmd/output/terminal.h"
#include "cmd/output/text.h"
#include "cmd/print_rbac.h"
#include "cmd/process/random_seed.h"
#include "cmd/process/signals.h"
#include "cmd/resign_driver.h"
#include "core/exit_code.h"
#include "core/random.h"
#include "core/resignation.h"
#include "kube/base/time_format.h"
#include "kube/http/api_status.h"
#include "kube/lock/lock_request.h"
#include "kube/session.h"

namespace elector::cmd {
namespace {

using core::Resignation;

// Without --wait.
constexpr core::Duration kPatience = std::chrono::seconds(30);
// An elector that is alive answers sooner.
constexpr core::Duration kPrompt = std::chrono::seconds(1);

class Resigner {
 public:
  Resigner(kube::Session& session, const ResignOptions& options)
      : session_(session), options_(options) {}

  int run();

 private:
  kube::LockName name(kube::LockKind kind) const {
    return {kind, session_.connection().namespace_, options_.election};
  }
  core::BootTime patient_until() const;
  bool stopped() const { return late_ || interrupted_ != 0; }
  Expected<core::Observation> read(kube::LockKind kind);
  Expected<std::vector<kube::LockKind>> find_held();
  int ask(const std::vector<kube::LockKind>& kinds);
  void follow(ResignDriver& driver, const core::Observation& first);
  void say_until_when(const ResignDriver& driver) const;
  int report(const ResignDriver& driver) const;
  int report_done(const std::string& before, const std::string& leader) const;
  int unread(const Error& error) const;
  int fail(const Error& error) const;
  int say(int code, const std::string& text) const;

  kube::Session& session_;
  const ResignOptions& options_;
  const core::BootTime began_ = kube::boot_now();
  core::Observation first_{};  // of the lock that is asked
  bool late_ = false;          // the time of --wait=DURATION is over
  int interrupted_ = 0;        // the signal that arrived
};

// Returns until when to retry if the API server says to come back later.
core::BootTime Resigner::patient_until() const {
  if (options_.wait_limit) return began_ + *options_.wait_limit;
  return options_.wait ? core::BootTime::max() : began_ + kPatience;
}

// Fails with kTimeout if the command was stopped first.
Expected<core::Observation> Resigner::read(kube::LockKind kind) {
  core::Request get;
  get.timeout = observer_timeout(session_.connection());
  auto request = kube::lock_request(name(kind), get);
  if (!request) return request.error();
  request->patient_until = patient_until();
  std::optional<core::Answer> answer;
  bool forbidden = false;
  bool not_served = false;
  using Kind = Error::Kind;
  const kube::Client::Id reading =
      session_.client().send(std::move(*request), [&](const kube::HttpResponse& response) {
        forbidden = kube::lacks_permission(response);
        not_served = kube::is_not_served(name(kind), response);
        answer = kube::lock_answer(name(kind), get, response, session_.connection().server);
      });
  session_.poller().run_until([&] { return answer || stopped(); });
  if (!answer) {
    session_.client().cancel(reading);
    return Error{Kind::kTimeout, "timed out: the API server did not answer"};
  }
  const bool no_such_kind = not_served && kind != options_.lock.kinds.front();
  if (answer->outcome == core::Outcome::kOk || answer->outcome == core::Outcome::kNotFound ||
      no_such_kind) {
    return answer->object;
  }
  return Error{forbidden ? Kind::kForbidden : Kind::kSystem, answer->message};
}

// Returns the kinds to ask on: those of --lock, otherwise the first that is held; none if none is.
Expected<std::vector<kube::LockKind>> Resigner::find_held() {
  using kube::LockKind;
  std::vector<LockKind> kinds = {options_.lock.kinds.front()};
  if (!options_.lock.is_explicit) {
    kinds.assign(kube::kLockKinds.begin(), kube::kLockKinds.end());
  }
  std::optional<Error> error;
  for (const LockKind kind : kinds) {
    auto seen = read(kind);
    if (!seen && !error) error = seen.error();
    if (seen && seen->content == core::Content::kUnreadable && !error) {
      error = Error{Error::Kind::kSystem,
                    describe(kube::LockName{kind, {}, options_.election}) +
                        " does not contain a leader election record: there is no leader to ask, "
                        "and candidates wait before they take the lock"};
    }
    if (!seen || !core::names_holder(*seen)) continue;
    first_ = std::move(*seen);
    return options_.lock.is_explicit ? options_.lock.kinds : std::vector<LockKind>{kind};
  }
  if (error) return *error;
  return std::vector<LockKind>();
}

int Resigner::run() {
  const auto signals = Signals::create(session_.poller(), {SIGINT, SIGTERM, SIGHUP},
                                       [this](int signal) { interrupted_ = signal; });
  if (!signals) return fail(signals.error());
  if (options_.wait_limit) {
    session_.poller().start_timer(*options_.wait_limit, [this] { late_ = true; });
  }
  const auto kinds = find_held();
  if (interrupted_ != 0) return kExitBySignal + interrupted_;
  if (!kinds) return unread(kinds.error());
  if (kinds->empty()) {
    return say(kExitNobody, "no candidate holds the election \"" + options_.election +
                                "\" in namespace \"" + session_.connection().namespace_ + "\"");
  }
  return ask(*kinds);
}

// The leader of a multi-lock sees a request on either object; with --force, both must be cleared.
int Resigner::ask(const std::vector<kube::LockKind>& kinds) {
  core::Random random(random_seed());
  core::ResignWish wish{.to = options_.to,
                        .only = options_.id,
                        .force = options_.force,
                        .wait = false,
                        .id = random.hex()};
  for (std::size_t i = 1; options_.force && i < kinds.size(); ++i) {
    const auto seen = read(kinds[i]);
    if (interrupted_ != 0) return kExitBySignal + interrupted_;
    if (!seen) return unread(seen.error());
    ResignDriver driver(session_, name(kinds[i]), wish, patient_until());
    follow(driver, *seen);
    if (driver.error()) return fail(*driver.error());
    if (interrupted_ != 0) return kExitBySignal + interrupted_;
  }
  wish.wait = options_.wait;
  ResignDriver driver(session_, name(kinds.front()), wish, patient_until());
  follow(driver, first_);
  if (driver.error()) return fail(*driver.error());
  if (driver.step().end) return report(driver);
  if (interrupted_ != 0) return kExitBySignal + interrupted_;
  if (!driver.step().acknowledged) {
    return say(kExitTimedOut, "timed out: " + driver.first_leader() +
                                  " did not answer; if it is gone, --force takes the lock from it");
  }
  return say(kExitTimedOut, "timed out: no other candidate has replaced " + driver.first_leader());
}

// Runs until the driver is over or the command is stopped.
void Resigner::follow(ResignDriver& driver, const core::Observation& first) {
  Progress progress(session_.poller(), [&driver] { return driver.waits(); });
  driver.start(first);
  kube::Poller::TimerId timer = 0;
  const std::function<void()> notice = [&] {
    if (driver.step().acknowledged) return;
    if (!driver.step().wake) {  // the request is still on its way
      timer = session_.poller().start_timer(kPrompt, notice);
      return;
    }
    progress.clear();
    say_until_when(driver);
  };
  timer = session_.poller().start_timer(kPrompt, notice);
  session_.poller().run_until([&] { return driver.over() || stopped(); });
  session_.poller().cancel_timer(timer);
  driver.finish();
  if (driver.left_behind() && !driver.error()) {
    say(0, "the request may still be in the lock, and the leader may still act on it");
  }
}

// The leader has not answered: it is gone, or not elector. Its lease may be long.
void Resigner::say_until_when(const ResignDriver& driver) const {
  core::BootTime until = *driver.step().wake;
  if (options_.wait_limit) until = std::min(until, began_ + *options_.wait_limit);
  const core::Now at = kube::now();
  const core::Duration left = std::max(until - at.boot, core::Duration::zero());
  const auto wall = at.wall + std::chrono::duration_cast<core::WallTime::duration>(left);
  say(0, driver.first_leader() + " has not answered; waiting until " +
             kube::format_time(wall, kube::TimePrecision::kSeconds) + " (" + short_duration(left) +
             "); if it is gone, --force takes the lock from it at once");
}

int Resigner::report(const ResignDriver& driver) const {
  using End = Resignation::End;
  const std::string before = escaped(driver.first_leader());
  const std::string leader = escaped(driver.step().leader);
  switch (*driver.step().end) {
    case End::kDone:
      return report_done(before, leader);
    case End::kNotThatOne:
      return say(0, options_.id + " is not the leader, " + leader + " is: nothing to do");
    case End::kNobody:
      return say(kExitNobody, "the election no longer has a leader");
    case End::kDead:
      return say(kExitNobody,
                 "the election has no leader: the lease of " + leader + " has expired");
    case End::kSameAgain:
      return say(kExitFailed, leader + " leads again: no other candidate took over");
    case End::kUnheeded:
      return say(kExitFailed, leader +
                                  " did not answer: it is not elector, or it cannot see the "
                                  "request; use --force to take the lock from it");
  }
  return kExitFailed;
}

int Resigner::report_done(const std::string& before, const std::string& leader) const {
  const std::string line = !leader.empty()  ? leader + " is the leader\n"
                           : options_.force ? before + " was removed from the lock by force\n"
                                            : before + " steps down\n";
  const bool written = print(line);
  if (options_.force && leader != before) {
    say(0, before + " was not asked: it may still be working");
  }
  if (!leader.empty() && !options_.to.empty() && leader != options_.to) {
    return say(kExitFailed, options_.to + " did not become the leader in time, " + leader + " did");
  }
  return written ? 0 : kExitFailed;
}

// Handles a lock that could not be read.
int Resigner::unread(const Error& error) const {
  if (error.kind == Error::Kind::kTimeout) return say(kExitTimedOut, error.message);
  return fail(error);
}

int Resigner::fail(const Error& error) const {
  const int code = complain("resign", error, options_);
  if (error.kind == Error::Kind::kForbidden) {
    say_remedy("resign", options_, session_);
  }
  return code;
}

int Resigner::say(int code, const std::string& text) const {
  std::fprintf(stderr, "elector resign: %s\n", escaped(text).c_str());
  return code;
}

}  // namespace

int resign(const ResignOptions& options) {
  if (options.print_rbac) {
    return print_rbac("resign", options, options.election, resign_rules(options));
  }
  const Log log(options.log.format, options.log.verbosity);
  auto session = kube::Session::open(options.connection, options.lock.kinds, session_lines(log));
  if (!session) return complain("resign", session.error(), options);
  return Resigner(**session, options).run();
}

}  // namespace elector::cmd
