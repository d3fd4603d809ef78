// SPDX-License-Identifier: Apache-2.0
// What two hundred followers do when the lock becomes free: how many write, and how soon one leads.
#include <algorithm>
#include <chrono>
#include <csignal>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "tests/system/bench/bench.h"

namespace elector::tests::bench {
namespace {

constexpr int kVacancies = 10;
constexpr int kUnmeasured = 2;  // the first vacancies, by which a crowd learns that it is one
constexpr double kRetryPeriod = 2000;  // ms: ttl/5

// round_trip: in ms.
double tries_allowed(int followers, double round_trip) {
  return 1 + 2 * followers * round_trip / kRetryPeriod;
}

struct Vacancy {
  double tries = 0;
  double release_to_elected = 0;  // ms, by the logs' own clocks
  double release = 0;             // ms: the round trip of the release, before everyone is woken
  double round_trip = 0;          // ms: of a PUT that is sent when the lock becomes free
};

class Crowd {
 public:
  Crowd(const Cluster& cluster, int count) : cluster_(cluster), election_(cluster.api(), "crowd") {
    for (int i = 0; i < count; ++i) {
      all_.push_back(std::make_unique<Candidate>(
          candidate_options(cluster, election_, "c" + std::to_string(i))));
    }
    await_agreement();
    cluster.api().create(election_.configmap(), probe_);
  }

  Vacancy pass() {
    const auto before = read_counters(cluster_);
    const std::unique_ptr<Candidate> old = take_leader();
    old->signal(SIGTERM);
    if (!old->logs("released the lock")) throw std::runtime_error("the leader does not leave");
    Vacancy vacancy{.round_trip = probe()};
    const double released = log_line_time(*old, "released the lock");
    vacancy.release = released - log_line_time(*old, "stopping on SIGTERM");
    const Candidate& next = await_agreement();
    vacancy.release_to_elected = log_line_time(next, "became leader") - released;
    const auto after = read_counters(cluster_);
    vacancy.tries = 1 + answers_between(before, after, "leases", "PUT", 409) +
                    answers_between(before, after, "leases", "POST", 409);
    return vacancy;
  }

  std::size_t followers() const { return all_.size() - 1; }

 private:
  // The moment of the log's line with that text; ms of the day.
  static double log_line_time(const Candidate& one, const std::string& text) {
    for (const Line& line : one.process().lines(Process::Stream::kErr)) {
      if (line.text.find(text) != std::string::npos) return log_time(line.text);
    }
    throw std::runtime_error("no \"" + text + "\" in the log: " + one.log());
  }

  // How long a write takes now: of a separate object, so that it disturbs no candidate.
  double probe() {
    const SteadyTime begin = std::chrono::steady_clock::now();
    const HttpAnswer answer = cluster_.api().call("PUT", election_.configmap().path(), probe_);
    if (answer.status != 200) throw std::runtime_error("the probe: " + answer.body);
    return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin)
        .count();
  }

  // Waits until everyone's last line names the holder of the lock, and for a while more: for what
  // is still under way, and for the watches of the latest.
  const Candidate& await_agreement() {
    std::string name;
    const auto agreed = [&] {
      name = cluster_.api().holder(election_.lease());
      return !name.empty() && std::all_of(all_.begin(), all_.end(), [&](const auto& one) {
        const auto lines = one->process().lines(Process::Stream::kOut);
        return !lines.empty() && lines.back().text == name + " is the leader";
      });
    };
    if (!eventually(agreed, std::chrono::minutes(2))) {
      throw std::runtime_error("the crowd does not agree on a leader");
    }
    std::this_thread::sleep_for(std::chrono::seconds(2));
    return **std::find_if(all_.begin(), all_.end(),
                          [&](const auto& one) { return one->id() == name; });
  }

  std::unique_ptr<Candidate> take_leader() {
    const std::string name = cluster_.api().holder(election_.lease());
    const auto it =
        std::find_if(all_.begin(), all_.end(), [&](const auto& one) { return one->id() == name; });
    std::unique_ptr<Candidate> leader = std::move(*it);
    all_.erase(it);
    return leader;
  }

  const Cluster& cluster_;
  ElectionName election_;
  const std::string probe_ = R"({"metadata":{"name":")" + election_.text() + "\"}}";
  std::vector<std::unique_ptr<Candidate>> all_;
};

}  // namespace

void measure_stampede(const Cluster& cluster, int followers, Table& table) {
  say("vacancies with " + std::to_string(followers) + " followers, " + std::to_string(kVacancies) +
      " times");
  // One ends at each vacancy; the number is that at the last.
  Crowd crowd(cluster, followers + kVacancies);
  Row tries{.what = "tries at one vacancy, from the third on"};
  Row share{.what = "  the same by that vacancy's own rtt: tries / (1 + 2 N rtt/R)"};
  Row elected{
      .what = "  release to the next leader", .unit = "ms", .bar = "max <= 250", .max_limit = 250};
  Row round_trip{.what = "  rtt: a PUT that is sent when the lock becomes free", .unit = "ms"};
  Row release{.what = "  the release's own round trip, before that", .unit = "ms"};
  Row early{.what = "  tries at the first two vacancies"};
  for (int i = 0; i < kVacancies; ++i) {
    const Vacancy vacancy = crowd.pass();
    if (i < kUnmeasured) {
      early.values.push_back(vacancy.tries);
      continue;
    }
    tries.values.push_back(vacancy.tries);
    share.values.push_back(vacancy.tries / tries_allowed(followers, vacancy.round_trip));
    elected.values.push_back(vacancy.release_to_elected);
    round_trip.values.push_back(vacancy.round_trip);
    release.values.push_back(vacancy.release);
  }
  const double limit = tries_allowed(followers, spread_of(round_trip.values).median);
  tries.median_limit = limit;
  tries.bar = "median <= " + std::to_string(limit).substr(0, 4) + " (1 + 2 N rtt/R)";
  tries.note = "N = " + std::to_string(followers) +
               ", R = 2s, rtt = the median below; all of them run on this machine";
  table.add(tries);
  table.add(share);
  table.add(elected);
  table.add(round_trip);
  table.add(release);
  table.add(early);
}

}  // namespace elector::tests::bench
