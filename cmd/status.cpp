// SPDX-License-Identifier: Apache-2.0
#include "cmd/status.h"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <span>
#include <string>
#include <utility>

#include "cmd/candidate/health_checker.h"
#include "cmd/cli/complain.h"
#include "cmd/observe/election_reader.h"
#include "cmd/output/duration.h"
#include "cmd/output/log.h"
#include "cmd/output/session_lines.h"
#include "cmd/output/terminal.h"
#include "cmd/output/text.h"
#include "cmd/print_rbac.h"
#include "cmd/process/signals.h"
#include "core/exit_code.h"
#include "core/holder_clock.h"
#include "core/identity_pattern.h"
#include "kube/base/poller.h"
#include "kube/session.h"

namespace elector::cmd {
namespace {

using Format = StatusOptions::Format;

// "endpoints and configmaps"
std::string names_of(const std::vector<kube::LockKind>& kinds) {
  std::string text;
  for (const kube::LockKind kind : kinds) {
    text.append(text.empty() ? "" : " and ").append(kube::info(kind).resource);
  }
  return text;
}

// --probe: asks once, and reports on standard error what is wrong.
int probe(const StatusOptions& options) {
  const auto poller = kube::Poller::create();
  if (!poller) return complain("status", poller.error(), options);
  HealthCheck check{.url = options.probe, .threshold = 1};
  if (const auto& limit = options.connection.request_timeout; limit && limit->count() > 0) {
    check.timeout = *limit;
  }
  std::optional<bool> found;
  const auto watch =
      HealthChecker::begin(**poller, check, [&](bool healthy, const std::string& finding) {
        if (!healthy && !options.quiet) {
          std::fprintf(stderr, "elector status: %s\n", escaped(finding).c_str());
        }
        found = healthy;
      });
  if (!watch) return complain("status", watch.error(), options);
  (*poller)->run_until([&] { return found.has_value(); });
  return *found ? 0 : 1;
}

// Limits how much longer than the wait of --confirm ago the renewal may have been that it sees.
constexpr core::Duration kReadingTime = std::chrono::seconds(2);

// Whether one look shows if there is a leader: a record that seems to have run out may be renewed
// by a holder whose clock is behind, and one whose end is not known, or far ahead by its times, may
// belong to a dead holder.
bool is_certain(const SeenElection& election) {
  const bool end_unknown =
      election.verdict.state == core::LockState::kHeld && !election.verdict.left;
  return election.verdict.state != core::LockState::kExpired && !end_unknown &&
         !core::is_dated_ahead(election.seen, election.server_now);
}

class Status {
 public:
  Status(kube::Session& session, const StatusOptions& options)
      : session_(session), options_(options) {}

  int run();

 private:
  bool misses_kinds(const Reading& reading) const;
  Reading read() const;
  void confirm(Reading& reading) const;
  int tell_one(const Reading& reading) const;
  int tell_all(const Reading& reading) const;
  std::string one_text(const Reading& reading) const;
  std::string table(std::span<const SeenElection> elections) const;
  int answer(const std::string& text, int code) const;
  bool is_asked_for(std::string_view leader) const {
    return core::matches_identity(*options_.id, leader);
  }

  kube::Session& session_;
  const StatusOptions& options_;
};

int Status::run() {
  Reading reading = read();
  if (options_.confirm) confirm(reading);
  for (const std::string& failure : reading.failures) {
    std::fprintf(stderr, "elector status: %s\n", escaped(failure).c_str());
  }
  if (misses_kinds(reading)) {
    std::fprintf(stderr, "elector status: skipped because a permission is missing: %s\n",
                 names_of(reading.forbidden).c_str());
  }
  if (reading.refused) {
    say_remedy("status", options_, session_);
  }
  return options_.election.empty() ? tell_all(reading) : tell_one(reading);
}

// Whether a kind that was not read may hold the election, while the answer itself does not say so.
bool Status::misses_kinds(const Reading& reading) const {
  if (reading.forbidden.empty() || options_.quiet) return false;
  if (options_.election.empty()) return true;
  return options_.format != Format::kText && reading.complete &&
         the_one(reading).seen.content == core::Content::kAbsent;
}

Reading Status::read() const {
  return options_.election.empty() ? read_all(session_, options_) : read_one(session_, options_);
}

// Looks again where one look is not certain. A live holder renews within one duration of the
// record.
void Status::confirm(Reading& reading) const {
  if (!options_.election.empty() && (!reading.complete || is_certain(the_one(reading)))) return;
  core::Duration longest{};
  for (const SeenElection& election : reading.elections) {
    if (is_certain(election)) continue;
    const core::Duration lease = core::observed_duration(election.seen.record);
    longest = std::max(longest, std::max<core::Duration>(lease, std::chrono::seconds(1)));
  }
  if (longest == core::Duration::zero()) return;
  if (is_terminal(STDERR_FILENO) && !options_.quiet) {
    std::fprintf(stderr, "reading again in %s\n", format_duration(longest).c_str());
  }
  session_.poller().run_until([] { return false; }, longest);
  Reading again = read();
  for (SeenElection& election : again.elections) {
    const auto before = std::find_if(
        reading.elections.begin(), reading.elections.end(), [&](const SeenElection& other) {
          return other.name.kind == election.name.kind && other.name.name == election.name.name &&
                 other.name.name_space == election.name.name_space;
        });
    if (before == reading.elections.end()) continue;
    election.verdict = core::judge_again(before->seen, election.seen, election.server_now);
    election.confirmed = true;
    if (core::same_record(before->seen, election.seen)) continue;
    election.clock_error =
        core::clock_error_of_renewal(election.seen, election.server_now, longest + kReadingTime);
  }
  reading = std::move(again);
}

int Status::tell_one(const Reading& reading) const {
  if (!reading.complete) return 1;
  const SeenElection& election = the_one(reading);
  int code = election.verdict.state == core::LockState::kHeld         ? 0
             : election.verdict.state == core::LockState::kUnreadable ? 1
                                                                      : kExitNobody;
  if (options_.is_leader && code == 0 && !is_asked_for(leader_of(election))) {
    code = kExitNobody;
  }
  return answer(options_.quiet ? "" : one_text(reading), code);
}

std::string Status::one_text(const Reading& reading) const {
  const SeenElection& election = the_one(reading);
  const ElectionState state = state_of(election, options_.id);
  switch (options_.format) {
    case Format::kJson:
      return to_json(state) + "\n";
    case Format::kYaml:
      return to_yaml(state);
    case Format::kName:
      return election.seen.content == core::Content::kAbsent
                 ? ""
                 : object_reference(election.name) + "\n";
    case Format::kWide:
      return table({&election, 1});
    case Format::kText:
      break;
  }
  if (options_.is_leader && election.verdict.state != core::LockState::kUnreadable) {
    const std::string leader(leader_of(election));
    const bool yes = is_asked_for(leader);
    return escaped(*options_.id) + (yes ? " is" : " is not") + " the leader of " +
           escaped(election.name.name) +
           (yes              ? ""
            : leader.empty() ? ": nobody is"
                             : ": " + escaped(leader) + " is") +
           "\n";
  }
  std::string text = spelt_out(election, use_color(options_.color, STDOUT_FILENO));
  if (election.verdict.state == core::LockState::kHeld || reading.forbidden.empty()) return text;
  return text + "Unseen:      " + names_of(reading.forbidden) +
         " of that name: no permission to read\n";
}

std::string Status::table(std::span<const SeenElection> elections) const {
  const bool wide = options_.format == Format::kWide;
  const bool terminal = is_terminal(STDOUT_FILENO);
  constexpr std::size_t kWidestCell = 40;
  return render_table(
      election_table(elections, wide, options_.all_namespaces),
      {.aligned = terminal, .widest = wide ? 0 : kWidestCell, .headers = !options_.no_headers},
      state_column(options_.all_namespaces),
      use_color(options_.color, STDOUT_FILENO) ? state_colour : nullptr);
}

int Status::tell_all(const Reading& reading) const {
  if (!reading.complete) return 1;
  std::string text;
  switch (options_.format) {
    case Format::kJson:
      for (const SeenElection& election : reading.elections) {
        text += (text.empty() ? "" : ",") + to_json(state_of(election, options_.id));
      }
      text = "{\"items\":[" + text + "]}\n";
      break;
    case Format::kYaml:
      for (const SeenElection& election : reading.elections) {
        text += to_yaml(state_of(election, options_.id), "- ", "  ");
      }
      text = text.empty() ? "items: []\n" : "items:\n" + text;
      break;
    case Format::kName:
      for (const SeenElection& election : reading.elections) {
        text += object_reference(election.name) + "\n";
      }
      break;
    case Format::kText:
    case Format::kWide:
      if (!reading.elections.empty()) {
        text = table(reading.elections);
      } else if (!options_.quiet) {
        const std::string where =
            options_.all_namespaces ? "" : " in namespace " + session_.connection().namespace_;
        std::fprintf(stderr, "No elections found%s.\n", where.c_str());
      }
  }
  return answer(options_.quiet ? "" : text, 0);
}

int Status::answer(const std::string& text, int code) const {
  return print(text) ? code : 1;
}

}  // namespace

int status(const StatusOptions& options) {
  if (options.print_rbac) return print_observer_rbac("status", options, false);
  std::signal(SIGPIPE, SIG_IGN);
  end_by_signals_as_init();
  if (!options.probe.empty()) return probe(options);
  const Log log(options.log.format, options.log.verbosity);
  auto session =
      kube::Session::open(options.connection, options.chosen_kinds(), session_lines(log));
  if (!session) return complain("status", session.error(), options);
  const auto children = Signals::create_for_children((*session)->poller());
  if (!children) return complain("status", children.error(), options);
  return Status(**session, options).run();
}

}  // namespace elector::cmd
