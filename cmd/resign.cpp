#include "cmd/resign.h"

#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cmd/candidate.h"
#include "cmd/candidate_setup.h"
#include "cmd/duration.h"
#include "cmd/entropy.h"
#include "cmd/log.h"
#include "cmd/option_check.h"
#include "cmd/rbac.h"
#include "cmd/session.h"
#include "cmd/signals.h"
#include "core/random.h"
#include "core/resignation.h"
#include "kube/lock_client.h"
#include "kube/lock_codec.h"
#include "kube/lock_request.h"
#include "kube/status.h"

namespace elector::cmd {
namespace {

using core::Resignation;
using std::chrono::seconds;

constexpr int kNobody = 3;
constexpr int kFailed = 1;
constexpr int kTimedOut = 124;

constexpr core::Duration kRequestLimit = seconds(10);
constexpr core::Duration kTakeBackLimit = seconds(2);
constexpr core::Duration kPollPeriod = seconds(1);  // without a watch, and after a failure

bool held(const core::Observation& seen) {
  return seen.content == core::Content::kRecord && !seen.record.holder.empty();
}

// One lock object, from the question to the end. Passive, on the session's poller.
class Asker {
 public:
  // `interrupted`: the signal that wants this to end, 0 until one comes.
  Asker(Session& session, kube::LockName lock, core::ResignWish wish, const int& interrupted,
        bool progress)
      : session_(session),
        interrupted_(interrupted),
        lock_(std::move(lock)),
        wish_(std::move(wish)),
        random_(random_seed()),
        resignation_(wish_),
        progress_(progress) {}
  ~Asker();
  Asker(const Asker&) = delete;
  Asker& operator=(const Asker&) = delete;

  // Ends with what came of it; nothing when `deadline` or a signal came first, and the request, if
  // nobody has heard it, was taken back. Fails with what the API said.
  kube::Expected<std::optional<Resignation::Step>> run(const core::Observation& first,
                                                       std::optional<core::BootTime> deadline);
  const std::string& first_leader() const { return resignation_.first_leader(); }

 private:
  void observe(const core::Observation& seen);
  void act();
  void write(Resignation::Act act);
  kube::Expected<std::string> body_for(Resignation::Act act);
  void on_written(const kube::HttpResponse& response);
  void read();
  void read_soon();
  void watch();
  bool is_there() const;
  void take_back();
  void show_progress();

  Session& session_;
  const int& interrupted_;
  const kube::LockName lock_;
  const core::ResignWish wish_;
  core::Random random_;
  Resignation resignation_;
  bool progress_;
  bool shown_ = false;  // a line of progress is on the terminal
  core::Observation seen_{};
  std::unique_ptr<kube::LockClient> client_{};
  kube::Client::Id writing_ = 0;
  kube::Poller::TimerId poll_timer_ = 0;
  kube::Poller::TimerId wake_timer_ = 0;
  kube::Poller::TimerId progress_timer_ = 0;
  core::BootTime began_{};
  std::uint64_t reads_ = 0;
  bool reading_ = false;
  bool watching_ = false;
  Resignation::Step step_{};
  std::optional<kube::Error> error_{};
};

Asker::~Asker() {
  client_.reset();
  if (writing_ != 0) session_.client().cancel(writing_);
  for (const auto timer : {poll_timer_, wake_timer_, progress_timer_}) {
    session_.poller().cancel_timer(timer);
  }
}

kube::Expected<std::optional<Resignation::Step>> Asker::run(
    const core::Observation& first, std::optional<core::BootTime> deadline) {
  bool late = false;
  const auto timer = !deadline ? kube::Poller::TimerId{0}
                               : session_.poller().start_timer_at(*deadline, [&] { late = true; });
  began_ = kube::boot_now();
  observe(first);
  if (!step_.end) watch();
  if (progress_) show_progress();
  while (!step_.end && !error_ && !late && interrupted_ == 0) {
    session_.poller().wait(std::nullopt);
  }
  session_.poller().cancel_timer(timer);
  if (!step_.end && !error_ && !step_.acknowledged) take_back();
  if (shown_) std::fputs("\r\033[K", stderr);
  if (error_) return *error_;
  if (!step_.end) return std::optional<Resignation::Step>();
  return std::optional(step_);
}

bool Asker::is_there() const {
  return seen_.resign && seen_.resign->id == wish_.id && !seen_.resign->acknowledged;
}

// Who gives up waiting does not want it done later.
void Asker::take_back() {
  bool over = false;
  const auto timer = session_.poller().start_timer(kTakeBackLimit, [&] { over = true; });
  while (!over && (writing_ != 0 || is_there())) {
    if (writing_ == 0 && poll_timer_ == 0 && !reading_) write(Resignation::Act::kWithdraw);
    session_.poller().wait(std::nullopt);
  }
  session_.poller().cancel_timer(timer);
}

void Asker::watch() {
  kube::LockClient::Handler handler;
  handler.on_answer = [this](const core::Answer& answer) {
    reading_ = false;
    using core::Outcome;
    if (answer.outcome == Outcome::kOk || answer.outcome == Outcome::kNotFound) {
      observe(answer.object);
    }
    if (!watching_) read_soon();
  };
  handler.on_observation = [this](std::size_t, const core::Observation& seen) { observe(seen); };
  handler.on_watching = [this](std::size_t, bool established) {
    watching_ = established;
    if (!established) read_soon();
  };
  client_ =
      std::make_unique<kube::LockClient>(session_.poller(), session_.client(),
                                         kube::LockClientOptions{.name_space = lock_.name_space,
                                                                 .name = lock_.name,
                                                                 .kinds = {lock_.kind},
                                                                 .retry_period = kPollPeriod,
                                                                 .seed = random_.next()},
                                         std::move(handler));
  read();
}

void Asker::read() {
  if (reading_ || client_ == nullptr) return;
  reading_ = true;
  core::Request get;
  get.id = ++reads_;
  get.timeout = kRequestLimit;
  client_->send(get);
}

void Asker::read_soon() {
  if (poll_timer_ != 0) return;
  poll_timer_ = session_.poller().start_timer(kPollPeriod, [this] {
    poll_timer_ = 0;
    read();
  });
}

void Asker::observe(const core::Observation& seen) {
  if (seen.content != core::Content::kAbsent &&
      core::compare_versions(seen.version, seen_.version) < 0) {
    return;
  }
  seen_ = seen;
  resignation_.observe(seen, kube::boot_now());
  act();
}

void Asker::act() {
  if (writing_ != 0 || step_.end) return;
  step_ = resignation_.next(kube::boot_now());
  session_.poller().cancel_timer(std::exchange(wake_timer_, 0));
  if (step_.act != Resignation::Act::kNothing) return write(step_.act);
  if (step_.end || !step_.wake) return;
  wake_timer_ = session_.poller().start_timer_at(*step_.wake, [this] {
    wake_timer_ = 0;
    act();
  });
}

kube::Expected<std::string> Asker::body_for(Resignation::Act act) {
  const std::string body = seen_.body ? *seen_.body : "{}";
  if (act == Resignation::Act::kAsk) {
    return kube::encode_resign_request(lock_, body, seen_.version, resignation_.request());
  }
  if (act == Resignation::Act::kWithdraw) {
    return kube::encode_resign_request(lock_, body, seen_.version, std::nullopt);
  }
  // As a holder releases, but marked: it was not the holder.
  const core::WallTime wall = now().wall;
  const core::Record record{.holder = {},
                            .lease_duration = seconds(1),
                            .acquire_time = wall,
                            .renew_time = wall,
                            .transitions = seen_.record.transitions};
  const core::Claim claim{.instance = random_.hex(),
                          .nonce = random_.hex(),
                          .holder = {},
                          .renew_time = wall,
                          .forced = true};
  std::optional<core::ResignRequest> resign;
  if (!wish_.to.empty()) resign = resignation_.request(claim.nonce);
  return kube::encode_lock(lock_, body, seen_.version, record, claim, resign);
}

void Asker::write(Resignation::Act act) {
  auto body = body_for(act);
  if (!body) {
    error_ = body.error();
    return;
  }
  kube::HttpRequest request;
  request.method = "PUT";
  request.path = kube::object_path(lock_.kind, lock_.name_space, lock_.name);
  request.body = std::move(*body);
  request.timeout = kRequestLimit;
  step_.act = act;
  writing_ = session_.client().send(std::move(request), [this](const kube::HttpResponse& response) {
    writing_ = 0;
    on_written(response);
  });
}

void Asker::on_written(const kube::HttpResponse& response) {
  if (response.ok()) {
    if (const auto seen = kube::decode_lock(lock_, response.body)) return observe(*seen);
    return read();
  }
  if (response.status == 409) {  // the leader renewed at this moment, say
    if (client_ == nullptr) watch();
    return read();
  }
  if (step_.act == Resignation::Act::kWithdraw) return read_soon();
  std::string message = kube::describe_failure(response, session_.connection().server);
  if (response.status == 403) {
    message += "; that takes " + kube::describe(kube::permission_for(lock_, "update"));
  }
  error_ = kube::Error{kube::Error::Kind::kSystem, std::move(message)};
}

// On a terminal: for what, and for how long, this has been waiting.
void Asker::show_progress() {
  progress_timer_ = session_.poller().start_timer(seconds(1), [this] { show_progress(); });
  const auto waited = std::chrono::floor<seconds>(kube::boot_now() - began_);
  if (waited < seconds(1)) return;
  const std::string what = !step_.acknowledged ? escaped(first_leader()) + " to answer"
                           : held(seen_)       ? escaped(first_leader()) + " to stop its work"
                                               : std::string("another to lead");
  shown_ = true;
  std::fprintf(stderr, "\r\033[Kwaiting for %s (%s)", what.c_str(),
               format_duration(waited).c_str());
  std::fflush(stderr);
}

// ---- The command --------------------------------------------------------------------------------

class Resigner {
 public:
  Resigner(Session& session, const ResignOptions& options) : session_(session), options_(options) {
    if (options.wait_limit) deadline_ = kube::boot_now() + *options.wait_limit;
  }

  int run();

 private:
  kube::LockName name(kube::LockKind kind) const {
    return {kind, session_.connection().namespace_, options_.election};
  }
  kube::Expected<core::Observation> read(kube::LockKind kind);
  kube::Expected<std::vector<kube::LockKind>> find_held();
  int ask(const std::vector<kube::LockKind>& kinds);
  int report(const Asker& asker, const Resignation::Step& step) const;
  int report_done(const std::string& before, const std::string& leader) const;
  int fail(const kube::Error& error) const { return complain("resign", error, options_); }
  int say(int code, const std::string& text) const;

  Session& session_;
  const ResignOptions& options_;
  std::optional<core::BootTime> deadline_{};
  core::Observation first_{};  // of the lock that is asked
  int interrupted_ = 0;        // the signal that came
};

kube::Expected<core::Observation> Resigner::read(kube::LockKind kind) {
  core::Request get;
  get.timeout = kRequestLimit;
  auto request = kube::lock_request(name(kind), get);
  if (!request) return request.error();
  std::optional<core::Answer> answer;
  session_.client().send(std::move(*request), [&](const kube::HttpResponse& response) {
    answer = kube::lock_answer(name(kind), get, response, session_.connection().server);
  });
  while (!answer && interrupted_ == 0) session_.poller().wait(std::nullopt);
  if (!answer) return kube::Error{kube::Error::Kind::kSystem, "interrupted"};
  if (answer->outcome == core::Outcome::kOk || answer->outcome == core::Outcome::kNotFound) {
    return answer->object;
  }
  return kube::Error{kube::Error::Kind::kSystem, answer->message};
}

// The kinds to ask on: as --lock says, or the first that is held; none if none is.
kube::Expected<std::vector<kube::LockKind>> Resigner::find_held() {
  using kube::LockKind;
  std::vector<LockKind> kinds = {options_.lock.kinds.front()};
  if (!options_.lock.is_explicit) {
    kinds = {LockKind::kLease, LockKind::kEndpoints, LockKind::kConfigMap};
  }
  std::optional<kube::Error> error;
  for (const LockKind kind : kinds) {
    auto seen = read(kind);
    if (!seen && !error) error = seen.error();
    if (seen && seen->content == core::Content::kUnreadable && !error) {
      error = kube::Error{kube::Error::Kind::kSystem,
                          std::string(kube::info(kind).resource) + " \"" + options_.election +
                              "\" holds something that is no record: there is nobody to ask, and "
                              "candidates wait it out"};
    }
    if (!seen || !held(*seen)) continue;
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
  const auto kinds = find_held();
  if (!kinds) return fail(kinds.error());
  if (kinds->empty()) {
    return say(kNobody, "nobody holds the election \"" + options_.election + "\" in namespace \"" +
                            session_.connection().namespace_ + "\"");
  }
  return ask(*kinds);
}

// The leader of a multi-lock hears it on one of its objects; by force, both must be cleared.
int Resigner::ask(const std::vector<kube::LockKind>& kinds) {
  core::Random random(random_seed());
  core::ResignWish wish{.to = options_.to,
                        .only = options_.id,
                        .force = options_.force,
                        .wait = false,
                        .id = random.hex()};
  for (std::size_t i = 1; options_.force && i < kinds.size(); ++i) {
    const auto seen = read(kinds[i]);
    if (!seen) return fail(seen.error());
    Asker asker(session_, name(kinds[i]), wish, interrupted_, false);
    const auto step = asker.run(*seen, deadline_);
    if (!step) return fail(step.error());
  }
  wish.wait = options_.wait;
  Asker asker(session_, name(kinds.front()), wish, interrupted_, ::isatty(STDERR_FILENO) == 1);
  const auto step = asker.run(first_, deadline_);
  if (!step) return fail(step.error());
  if (*step) return report(asker, **step);
  if (interrupted_ != 0) return 128 + interrupted_;
  return say(kTimedOut, "the wait is over, and " + escaped(asker.first_leader()) +
                            " has not been followed by another leader");
}

int Resigner::report(const Asker& asker, const Resignation::Step& step) const {
  using End = Resignation::End;
  const std::string before = escaped(asker.first_leader());
  const std::string leader = escaped(step.leader);
  switch (*step.end) {
    case End::kDone:
      return report_done(before, leader);
    case End::kNotThatOne:
      return say(0, options_.id + " does not lead, " + leader + " does: nothing to do");
    case End::kNobody:
      return say(kNobody, "nobody holds the election any more");
    case End::kDead:
      return say(kNobody, "nobody holds the election: " + leader +
                              " has not renewed its lease, and it has run out");
    case End::kSameAgain:
      return say(kFailed, leader + " leads again: nobody else stood");
    case End::kUnheeded:
      return say(kFailed, leader +
                              " did not answer: it is no elector, or one that cannot see the "
                              "request; with --force the lock is taken from it");
  }
  return kFailed;
}

int Resigner::report_done(const std::string& before, const std::string& leader) const {
  if (!leader.empty()) {
    std::printf("%s is the leader\n", leader.c_str());
  } else if (options_.force) {
    std::printf("%s was removed from the lock by force\n", before.c_str());
  } else {
    std::printf("%s steps down\n", before.c_str());
  }
  const bool written = std::fflush(stdout) == 0;
  if (options_.force && leader != before) {
    say(0, before + " was not asked: it may still be working");
  }
  if (!leader.empty() && !options_.to.empty() && leader != options_.to) {
    say(0, options_.to + " did not take the lead in time");
  }
  return written ? 0 : kFailed;
}

int Resigner::say(int code, const std::string& text) const {
  std::fprintf(stderr, "elector resign: %s\n", text.c_str());
  return code;
}

}  // namespace

int resign(const ResignOptions& options) {
  if (options.print_rbac) {
    return print_rbac("resign", options, "elector-resign-" + options.election,
                      resign_rules(options));
  }
  const Log log(options.log.format, options.log.verbosity);
  auto session = Session::open(options.connection, log);
  if (!session) return complain("resign", session.error(), options);
  return Resigner(**session, options).run();
}

}  // namespace elector::cmd
