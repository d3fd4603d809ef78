// SPDX-License-Identifier: Apache-2.0
// What an election costs while nothing happens: requests by the server's own counters, memory by
// the kernel's.
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>

#include "tests/system/bench/bench.h"

namespace elector::tests::bench {
namespace {

constexpr int kFollowers = 10;

// A line of /proc/PID/status, in MiB.
double memory_of(pid_t pid, const std::string& name) {
  std::ifstream status("/proc/" + std::to_string(pid) + "/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with(name + ":")) return std::atof(line.c_str() + name.size() + 1) / 1024;
  }
  throw std::runtime_error("no " + name + " in /proc/PID/status");
}

// What the server answered in a span of time, a minute.
class Rates {
 public:
  // Watches the counters for that long, calling `meanwhile` each second.
  Rates(const Cluster& cluster, int seconds, const std::function<void()>& meanwhile)
      : before_(read_counters(cluster)) {
    const SteadyTime begin = std::chrono::steady_clock::now();
    while (std::chrono::steady_clock::now() < begin + std::chrono::seconds(seconds)) {
      meanwhile();
      std::this_thread::sleep_for(std::chrono::seconds(1));
    }
    after_ = read_counters(cluster);
    minutes_ = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count() / 60;
  }

  double of(const std::string& resource, const std::string& verb) const {
    return answers_between(before_, after_, resource, verb) / minutes_;
  }

 private:
  Counters before_;
  Counters after_;
  double minutes_ = 0;
};

// idle: what the server is asked without us, by itself for one (its own endpoints, every 10 s).
void add_requests(const std::optional<Rates>& idle, const Rates& busy, int seconds, Table& table) {
  const auto rate = [&](const std::string& resource, const std::string& verb) {
    const double without_us = idle ? idle->of(resource, verb) : 0;
    return std::max(0.0, busy.of(resource, verb) - without_us);
  };
  std::string note = "a leader (ttl 10s, R = 2s) and " + std::to_string(kFollowers) + " followers";
  if (idle) {
    note +=
        "; subtracted is what the server is asked without us, a minute: " +
        std::to_string(std::lround(idle->of("leases", "PUT") + idle->of("leases", "POST"))) +
        " writes and " +
        std::to_string(std::lround(idle->of("leases", "GET") + idle->of("leases", "LIST"))) +
        " reads of leases, " +
        std::to_string(std::lround(idle->of("endpoints", "GET") + idle->of("configmaps", "GET"))) +
        " GETs of other kinds";
  }
  table.add({.what = "steady state: writes of the leader a minute",
             .values = {rate("leases", "PUT") + rate("leases", "POST")},
             .bar = "30 (one per retry period), + 1",
             .max_limit = 31,
             .note = note});
  table.add({.what = "  GETs and LISTs of the lock a minute, all of them",
             .values = {rate("leases", "GET") + rate("leases", "LIST")},
             .bar = "0",
             .max_limit = 0});
  table.add({.what = "  GETs of other lock kinds a minute, all of them",
             .values = {rate("endpoints", "GET") + rate("configmaps", "GET")},
             .bar = "at most one per kind in 5 minutes",
             .max_limit = 2 * 60.0 / seconds});
  table.add({.what = "  watches ended and begun anew a minute, each",
             .values = {rate("leases", "WATCH") / (kFollowers + 1)},
             .bar = "every 5 minutes at most",
             .max_limit = 0.2});
}

}  // namespace

void measure_steady_state(const Cluster& cluster, int seconds, Table& table) {
  say("steady state, for " + std::to_string(seconds) + " s");
  std::optional<Rates> idle;
  if (cluster.is_real()) {
    say("  first the same time without us");
    idle.emplace(cluster, seconds, [] {});
  }
  const ElectionName election(cluster.api(), "steady");
  Candidate leader(candidate_options(cluster, election, "leader"));
  if (!leader.says("leader")) throw std::runtime_error("no leader: " + leader.log());
  std::vector<std::unique_ptr<Candidate>> followers;
  for (int i = 0; i < kFollowers; ++i) {
    followers.push_back(std::make_unique<Candidate>(
        candidate_options(cluster, election, "follower" + std::to_string(i))));
    if (!followers.back()->says("leader")) throw std::runtime_error(followers.back()->log());
  }
  std::this_thread::sleep_for(std::chrono::seconds(5));
  // It is asked now and then, as a sidecar is.
  const Rates busy(cluster, seconds, [&] { (void)leader.body(); });
  add_requests(idle, busy, seconds, table);
  const pid_t pid = leader.process().pid();
  table.add({.what = "memory of the leader after that, resident",
             .unit = "MiB",
             .values = {memory_of(pid, "VmRSS")},
             .bar = "<= 13",
             .max_limit = 13});
  table.add({.what = "  of it anonymous",
             .unit = "MiB",
             .values = {memory_of(pid, "RssAnon")},
             .bar = "<= 3",
             .max_limit = 3});
}

void measure_size(Table& table) {
  const TempDir dir;
  Process strip(Command{.arguments = {"strip", "-o", dir.path("elector"), elector_binary()}});
  if (strip.wait_exit() != 0)
    throw std::runtime_error("strip: " + strip.text(Process::Stream::kErr));
  table.add({.what = "stripped program",
             .unit = "MiB",
             .values = {static_cast<double>(std::filesystem::file_size(dir.path("elector"))) /
                        (1024 * 1024)},
             .bar = "<= 2.5",
             .max_limit = 2.5});
}

}  // namespace elector::tests::bench
