// SPDX-License-Identifier: Apache-2.0
// How long it takes until another leads.
#include <chrono>
#include <csignal>
#include <memory>
#include <stdexcept>
#include <thread>
#include <vector>

#include "tests/system/bench/bench.h"

namespace elector::tests::bench {
namespace {

using FloatMilliseconds = std::chrono::duration<double, std::milli>;

// Three candidates, of which those that end are replaced.
class Trio {
 public:
  Trio(const Cluster& cluster, const std::string& word)
      : cluster_(cluster), election_(cluster.api(), word) {
    // At once, as a Deployment starts its pods.
    for (int i = 0; i < 3; ++i) start();
    for (const auto& one : all_) await_news(*one);
  }

  const ElectionName& election() const { return election_; }

  // Starts one more candidate and waits until it knows the leader.
  void add() {
    start();
    await_news(*all_.back());
  }

  // Ends the leader with that signal and waits until another leads; returns the next one, and in
  // *sent when the signal was sent.
  Candidate& depose(int signal, SteadyTime* sent) {
    const std::string name = cluster_.api().holder(election_.lease());
    std::erase_if(all_, [&](std::unique_ptr<Candidate>& one) {
      if (one->id() != name) return false;
      ended_ = std::move(one);
      return true;
    });
    *sent = std::chrono::steady_clock::now();
    ended_->signal(signal);
    Candidate* next = nullptr;
    const auto elected = [&] {
      for (const auto& one : all_) {
        if (one->prints(one->id(), 0, Milliseconds(0))) next = one.get();
      }
      return next != nullptr;
    };
    if (!eventually(elected, std::chrono::minutes(1))) throw std::runtime_error("nobody took over");
    ended_->process().wait_exit();
    return *next;
  }

 private:
  void start() {
    all_.push_back(std::make_unique<Candidate>(
        candidate_options(cluster_, election_, "c" + std::to_string(++started_))));
  }

  static void await_news(const Candidate& one) {
    const auto news = [](const std::string& line) { return line.ends_with(" is the leader"); };
    if (!one.process().wait_for_line(Process::Stream::kOut, news)) {
      throw std::runtime_error("no leader: " + one.log());
    }
  }

  const Cluster& cluster_;
  ElectionName election_;
  std::vector<std::unique_ptr<Candidate>> all_;
  std::unique_ptr<Candidate> ended_;
  int started_ = 0;
};

}  // namespace

void measure_handover(const Cluster& cluster, int rounds, Table& table) {
  say("graceful failover, " + std::to_string(rounds) + " times");
  Row row{.what = "graceful failover: SIGTERM to the next leader's line",
          .unit = "ms",
          .bar = "median <= 25, max <= 150",
          .median_limit = 25,
          .max_limit = 150};
  Trio trio(cluster, "handover");
  for (int round = 0; round < rounds; ++round) {
    // What happens right after a start is not what this is about.
    std::this_thread::sleep_for(std::chrono::seconds(1));
    SteadyTime sent;
    Candidate& next = trio.depose(SIGTERM, &sent);
    row.values.push_back(FloatMilliseconds(next.prints(next.id())->at - sent).count());
    trio.add();
  }
  table.add(row);
}

void measure_failover(const Cluster& cluster, int rounds, Table& table) {
  say("failover after SIGKILL, " + std::to_string(rounds) + " times");
  Row record{.what = "SIGKILL, ttl 10s: last renewal to the next acquiring write",
             .unit = "s",
             .bar = "max <= 10.1",
             .max_limit = 10.1};
  Row line{.what = "  the same, SIGKILL to the next leader's line", .unit = "s"};
  Trio trio(cluster, "failover");
  for (int round = 0; round < rounds; ++round) {
    // Not always at the same moment of the retry period.
    std::this_thread::sleep_for(std::chrono::milliseconds(1000 + 700 * round));
    SteadyTime sent;
    std::string renewed;
    std::thread reader([&] {
      // The dead leader's last line, long before another candidate may take over.
      std::this_thread::sleep_for(std::chrono::seconds(2));
      renewed = cluster.api().record(trio.election().lease())->renew_time;
    });
    Candidate& next = trio.depose(SIGKILL, &sent);
    reader.join();
    const auto now = cluster.api().record(trio.election().lease());
    record.values.push_back(record_time(now->acquire_time) - record_time(renewed));
    line.values.push_back(std::chrono::duration<double>(next.prints(next.id())->at - sent).count());
    trio.add();
  }
  table.add(record);
  table.add(line);
}

}  // namespace elector::tests::bench
