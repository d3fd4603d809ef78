// SPDX-License-Identifier: Apache-2.0
#include "cmd/observe/election_reader.h"

#include <algorithm>
#include <chrono>
#include <memory>
#include <tuple>
#include <utility>

#include "core/holder_clock.h"
#include "core/lock_choice.h"
#include "kube/http/api_status.h"
#include "kube/lock/lock_list.h"
#include "kube/lock/lock_read.h"
#include "kube/lock/lock_request.h"

namespace elector::cmd {
namespace {

core::WallTime server_clock(const std::optional<core::WallTime>& date) {
  // Every API server sends its time. If a proxy removes it, this machine's clock must do.
  return date ? *date : kube::now().wall;
}

struct OneAnswer {
  core::Answer answer;
  core::WallTime server_now;
  bool forbidden = false;         // 403
  bool lacks_permission = false;  // a permission would cure it
  bool not_served = false;        // the API has no such kind
};

// GETs the lock objects of these kinds, all at once.
std::vector<OneAnswer> get(kube::Session& session, const StatusOptions& options,
                           std::span<const kube::LockKind> kinds, core::BootTime patient_until) {
  std::vector<OneAnswer> answers(kinds.size());
  std::size_t open = kinds.size();
  for (std::size_t i = 0; i < kinds.size(); ++i) {
    const kube::LockName name{kinds[i], session.connection().namespace_, options.election};
    auto request = kube::lock_read_request(name, observer_timeout(session.connection()));
    request.patient_until = patient_until;
    session.client().send(std::move(request), [&, i, name](const kube::HttpResponse& response) {
      answers[i] = {kube::lock_read_answer(name, response, session.connection().server),
                    server_clock(response.date), response.status == 403,
                    kube::lacks_permission(response), kube::is_not_served(name, response)};
      --open;
    });
  }
  session.poller().run_until([&] { return open == 0; });
  return answers;
}

void add_failure(Reading& reading, std::string line) {
  const auto& said = reading.failures;
  if (std::find(said.begin(), said.end(), line) == said.end()) {
    reading.failures.push_back(std::move(line));
  }
}

// Adds one answer to the reading. Returns true if it settles the matter: a live record, or a
// failure.
bool take(Reading& reading, const OneAnswer& one, const kube::LockName& name, bool is_first) {
  const core::Answer& answer = one.answer;
  if (one.forbidden && !is_first) {
    reading.forbidden.push_back(name.kind);
    return false;
  }
  if (one.not_served && !is_first) return false;
  if (answer.outcome != core::Outcome::kOk && answer.outcome != core::Outcome::kNotFound) {
    add_failure(reading, answer.message);
    reading.refused = reading.refused || one.lacks_permission;
    reading.complete = false;
    return true;
  }
  const core::Verdict verdict = core::judge(answer.object, one.server_now);
  reading.elections.push_back({name, answer.object, one.server_now, verdict,
                               core::clock_error(answer.object, one.server_now)});
  reading.complete = true;
  return verdict.state == core::LockState::kHeld;
}

}  // namespace

core::Duration observer_timeout(const kube::Connection& connection) {
  return connection.request_timeout.value_or(std::chrono::seconds(10));
}

core::BootTime observer_patience(const kube::Connection& connection) {
  const core::Duration limit = observer_timeout(connection);
  return kube::boot_now() + (limit > core::Duration(0) ? limit : std::chrono::seconds(30));
}

const SeenElection& the_one(const Reading& reading) {
  std::vector<core::ShownLock> shown;
  for (const SeenElection& election : reading.elections) {
    shown.push_back({.content = election.seen.content, .state = election.verdict.state});
  }
  return reading.elections.at(core::choose_lock(shown));
}

Reading read_one(kube::Session& session, const StatusOptions& options) {
  const std::span<const kube::LockKind> kinds(options.kinds);
  const core::BootTime patient_until = observer_patience(session.connection());
  Reading reading;
  // The first kind alone, usually the Lease: that is where elections are, and what a Role allows.
  // Only a live record there makes the others needless.
  for (const auto& some : {kinds.first(1), kinds.subspan(1)}) {
    const auto answers = get(session, options, some, patient_until);
    for (std::size_t i = 0; i < some.size(); ++i) {
      const kube::LockName name{some[i], session.connection().namespace_, options.election};
      if (take(reading, answers[i], name, some.data() == kinds.data())) return reading;
    }
  }
  return reading;
}

Reading read_all(kube::Session& session, const StatusOptions& options) {
  const core::BootTime patient_until = observer_patience(session.connection());
  Reading reading;
  std::size_t open = options.kinds.size();
  std::vector<std::string> failures(open);
  std::vector<std::unique_ptr<kube::LockList>> lists;
  for (std::size_t i = 0; i < options.kinds.size(); ++i) {
    lists.push_back(std::make_unique<kube::LockList>(
        session.client(), options.kinds[i],
        options.all_namespaces ? std::string() : session.connection().namespace_,
        observer_timeout(session.connection()),
        [&, i](kube::LockList::Result result) {
          --open;
          if (result.failure && i > 0 && options.all_kinds() &&
              kube::lacks_permission(*result.failure)) {
            reading.forbidden.push_back(options.kinds[i]);
          } else if (result.failure) {
            failures[i] = kube::describe_failure(*result.failure, session.connection().server);
            reading.refused = reading.refused || kube::lacks_permission(*result.failure);
          }
          if (result.failure) return;
          reading.complete = true;
          const core::WallTime now = server_clock(result.server_now);
          for (kube::ListedLock& lock : result.locks) {
            const core::Verdict verdict = core::judge(lock.seen, now);
            const auto clock_error = core::clock_error(lock.seen, now);
            reading.elections.push_back(
                {std::move(lock.name), std::move(lock.seen), now, verdict, clock_error});
          }
        },
        patient_until));
  }
  session.poller().run_until([&] { return open == 0; });
  std::sort(reading.forbidden.begin(), reading.forbidden.end());
  for (std::string& failure : failures) {
    if (!failure.empty()) add_failure(reading, std::move(failure));
  }
  std::sort(reading.elections.begin(), reading.elections.end(),
            [](const SeenElection& a, const SeenElection& b) {
              return std::tie(a.name.name_space, a.name.name, a.name.kind) <
                     std::tie(b.name.name_space, b.name.name, b.name.kind);
            });
  return reading;
}

}  // namespace elector::cmd
