// SPDX-License-Identifier: Apache-2.0
#include "cmd/watch.h"

#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cmd/cli/complain.h"
#include "cmd/observe/change_hook.h"
#include "cmd/observe/change_line.h"
#include "cmd/observe/election_reader.h"
#include "cmd/observe/election_watcher.h"
#include "cmd/output/duration.h"
#include "cmd/output/line_writer.h"
#include "cmd/output/log.h"
#include "cmd/output/nonblocking_write.h"
#include "cmd/output/progress.h"
#include "cmd/output/session_lines.h"
#include "cmd/output/terminal.h"
#include "cmd/output/text.h"
#include "cmd/print_rbac.h"
#include "cmd/process/signals.h"
#include "core/exit_code.h"
#include "core/identity_pattern.h"
#include "kube/base/poller.h"
#include "kube/session.h"

namespace elector::cmd {
namespace {

using Until = WatchOptions::Until;
using std::chrono::seconds;

// Pauses reading the API while this many bytes of lines are unread. So memory is bounded and no
// line is lost: the changes wait at the API server, and what it forgets meanwhile is reported as a
// gap or as terms unseen.
constexpr std::size_t kMostPending = 1UL << 20U;
// Limit for writing the last lines at the end.
constexpr core::Duration kLastWait = seconds(2);

class Watching {
 public:
  // `loop` always runs: signals, time limits, the output, --exec. The session's own poller is a
  // part of it that can be paused.
  Watching(kube::Poller& loop, kube::Session& session, const Log& log, const WatchOptions& options)
      : loop_(loop),
        session_(session),
        log_(log),
        options_(options),
        colour_(!options.json && use_color(options.color, STDOUT_FILENO)),
        output_(loop, STDOUT_FILENO,
                {.on_progress = [this] { read_as_there_is_room(); },
                 .on_error = [this](int error) { on_unwritten(error); }}),
        command_(loop, log, options.command) {}
  ~Watching() { loop_.remove(session_.poller().fd()); }
  Watching(const Watching&) = delete;
  Watching& operator=(const Watching&) = delete;

  int run();

 private:
  ElectionWatcher::Handler feed_handler();
  Failure read_api();
  void read_as_there_is_room();
  void on_unwritten(int error);
  int last_lines(int code);
  void on_line(const ChangeLine& line);
  void on_refused(const std::string& reason);
  void on_forbidden();
  void on_signal(int signal);
  void on_timeout();
  void make_way() const;
  void end_in_vain(core::Duration waited);
  bool is_met(const ChangeLine& line) const;
  std::string wanted() const;
  std::string found() const;
  void end(int code);

  kube::Poller& loop_;
  kube::Session& session_;
  const Log& log_;
  const WatchOptions& options_;
  const bool colour_;
  LineWriter output_;
  ChangeHook command_;
  bool reads_api_ = false;
  std::unique_ptr<Progress> progress_;
  std::string leader_;       // of the one election that --for waits for
  bool unreadable_ = false;  // the record is not a leader election record
  bool absent_ = false;      // there is no lock object
  bool seen_ = false;        // whether these are known
  bool remedy_said_ = false;
  bool out_of_time_ = false;      // but the first look has not ended
  std::optional<int> exit_code_;  // takes effect once the command of --exec has ended
};

int Watching::run() {
  auto signals =
      Signals::create(loop_, {SIGTERM, SIGINT, SIGHUP}, [this](int signal) { on_signal(signal); });
  if (!signals) return complain("watch", signals.error(), options_);
  if (const auto failure = read_api()) return complain("watch", *failure, options_);
  if (options_.until != Until::kForever) {
    const bool one_look = options_.timeout == core::Duration::zero();
    progress_ = std::make_unique<Progress>(
        loop_, [this] { return wanted() + (seen_ ? " (" + found() + ")" : ""); },
        one_look ? std::function<void(const std::string&)>()
                 : [this](const std::string& line) { log_.info(line); });
  }
  const ElectionWatcher feed(session_, options_, feed_handler());
  if (options_.timeout) loop_.start_timer(*options_.timeout, [this] { on_timeout(); });
  loop_.run_until([this] { return exit_code_ && command_.idle(); });
  return last_lines(*exit_code_);
}

ElectionWatcher::Handler Watching::feed_handler() {
  ElectionWatcher::Handler handler;
  handler.on_line = [this](const ChangeLine& line) { on_line(line); };
  handler.on_refused = [this](const std::string& reason) { on_refused(reason); };
  handler.on_trouble = [this](const std::string& text) {
    make_way();
    log_.warn(text);
  };
  handler.on_recovery = [this](const std::string& text) {
    make_way();
    log_.info(text);
  };
  handler.on_forbidden = [this] { on_forbidden(); };
  handler.on_detail = [this](const std::string& text) { log_.debug(text); };
  return handler;
}

// ---- Reading and writing ------------------------------------------------------------------------

Failure Watching::read_api() {
  reads_api_ = true;
  kube::Poller& api = session_.poller();
  return loop_.add(api.fd(), EPOLLIN, [&api](std::uint32_t) { api.process(); });
}

void Watching::read_as_there_is_room() {
  // Not at each line that is read: resumes only once half of them are.
  const bool has_room = output_.pending() < (reads_api_ ? kMostPending : kMostPending / 2);
  if (has_room == reads_api_) return;
  log_.debug(has_room ? "standard output is read again"
                      : "standard output is not being read: pausing API requests until it is");
  if (!has_room) {
    reads_api_ = false;
    loop_.remove(session_.poller().fd());
  } else if (const auto failure = read_api()) {
    on_refused(failure->message);
  }
}

void Watching::on_unwritten(int error) {
  if (exit_code_) return;
  make_way();
  say_unprinted(error);
  end(1);
}

// Exits 0 only if the lines were written.
int Watching::last_lines(int code) {
  if (output_.drain(kLastWait) || code != 0) return code;
  say("elector: cannot write to standard output: it is not being read\n");
  return 1;
}

// ---- Reporting ----------------------------------------------------------------------------------

void Watching::on_line(const ChangeLine& line) {
  if (exit_code_) return;
  leader_ = line.state.leader.value_or("");
  unreadable_ = line.state.state == "unreadable";
  const bool was_absent = std::exchange(absent_, line.state.state == "absent");
  seen_ = true;
  if (options_.until != Until::kForever && !is_met(line)) {
    if (out_of_time_) return on_timeout();
    if (absent_ && !was_absent) progress_->tell();
    return;
  }
  make_way();
  const std::string text =
      options_.json ? to_json(line) : to_text(line, options_.all_namespaces, colour_);
  output_.write(text);
  if (exit_code_) return;  // it cannot be written
  if (!options_.command.empty()) {
    const ElectionState& state = line.state;
    const std::string kind = options_.election.empty() ? state.lock : "";
    command_.run(kind + "/" + state.name_space + "/" + state.election, facts_of(line));
  }
  if (options_.until != Until::kForever) end(0);
}

bool Watching::is_met(const ChangeLine& line) const {
  switch (options_.until) {
    case Until::kLeader:
      return !leader_.empty();
    case Until::kVacancy:
      return leader_.empty() && !unreadable_;
    case Until::kChange:
      return line.change.has_value();
    case Until::kId:
      return core::matches_identity(options_.until_id, leader_);
    case Until::kForever:
      break;
  }
  return true;
}

// Removes the progress line, so that another line can be printed.
void Watching::make_way() const {
  if (progress_) progress_->clear();
}

void Watching::on_refused(const std::string& reason) {
  if (exit_code_) return;
  make_way();
  say("elector watch: " + escaped(reason) + "\n");
  end(1);
}

void Watching::on_forbidden() {
  if (std::exchange(remedy_said_, true)) return;
  make_way();
  say_remedy("watch", options_, session_);
}

void Watching::on_signal(int signal) {
  command_.stop(signal);
  end(kExitBySignal + signal);
}

void Watching::on_timeout() {
  if (exit_code_) return;
  // With a timeout of zero, the lock's present state decides, which takes a moment to read.
  if (!seen_ && *options_.timeout == core::Duration::zero()) {
    out_of_time_ = true;
    core::Duration one_look = observer_timeout(session_.connection());
    if (one_look <= core::Duration::zero()) one_look = seconds(10);
    loop_.start_timer(one_look, [this, one_look] {
      if (!seen_) end_in_vain(one_look);
    });
    return;
  }
  end_in_vain(*options_.timeout);
}

void Watching::end_in_vain(core::Duration waited) {
  if (exit_code_) return;
  make_way();
  say("elector watch: timed out after " + format_duration(waited) + ", waiting " + wanted() + ": " +
      found() + "\n");
  end(kExitTimedOut);
}

// Returns what it waits for: "for a leader of example", "until b leads example".
std::string Watching::wanted() const {
  switch (options_.until) {
    case Until::kVacancy:
      return "for a vacancy of " + escaped(options_.election);
    case Until::kChange:
      return "for a change of leader of " + escaped(options_.election);
    case Until::kId:
      return "until " + escaped(options_.until_id) + " leads " + escaped(options_.election);
    case Until::kLeader:
    case Until::kForever:
      break;
  }
  return "for a leader of " + escaped(options_.election);
}

// Returns what it found instead.
std::string Watching::found() const {
  if (!seen_) return "the lock could not be read";
  if (unreadable_) return "its record is unreadable";
  if (absent_) return "there is no such election yet";
  return leader_.empty() ? "there is no leader" : escaped(leader_) + " leads";
}

void Watching::end(int code) {
  if (progress_) progress_->stop();
  if (!exit_code_) exit_code_ = code;
}

}  // namespace

int watch(const WatchOptions& options) {
  if (options.print_rbac) return print_observer_rbac("watch", options, true);
  const Log log(options.log.format, options.log.verbosity);
  auto session =
      kube::Session::open(options.connection, options.chosen_kinds(), session_lines(log));
  if (!session) return complain("watch", session.error(), options);
  const auto loop = kube::Poller::create();
  if (!loop) return complain("watch", loop.error(), options);
  return Watching(**loop, **session, log, options).run();
}

}  // namespace elector::cmd
