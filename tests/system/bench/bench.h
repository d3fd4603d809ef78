// SPDX-License-Identifier: Apache-2.0
// What the measurements share. Each of them takes the cluster, runs real processes on it, and adds
// its rows to the table.
#pragma once

#include <map>
#include <string>
#include <tuple>

#include "tests/support/candidate.h"
#include "tests/support/cluster.h"
#include "tests/system/bench/table.h"

namespace elector::tests::bench {

// Graceful failover: three candidates, the leader gets SIGTERM, and so on.
void measure_handover(const Cluster& cluster, int rounds, Table& table);
// Failover after SIGKILL with the default ttl of 10s.
void measure_failover(const Cluster& cluster, int rounds, Table& table);
// The tries at one vacancy when 200 wait for it.
void measure_stampede(const Cluster& cluster, int followers, Table& table);
// Requests and memory over a minute in which nothing happens.
void measure_steady_state(const Cluster& cluster, int seconds, Table& table);
// How late a leader's renewals are while its HTTP pages are flooded.
void measure_http_load(const Cluster& cluster, int seconds, Table& table);
// What a start computes, and the signals that PID 1 loses in its first milliseconds.
void measure_start(const Cluster& cluster, Table& table);
// How long a peer that sends without end delays the answer to a probe.
void measure_longest_turn(int seconds, Table& table);
// The stripped program.
void measure_size(Table& table);

// What the API server has answered so far, by its own counters: of resource, verb (GET, WATCH,
// POST, PUT…) and code to how many.
using Counters = std::map<std::tuple<std::string, std::string, int>, double>;
Counters read_counters(const Cluster& cluster);
// How many answers came in between; "" and 0 stand for any.
double answers_between(const Counters& before, const Counters& after, const std::string& resource,
                       const std::string& verb, int code = 0);

// Options for a candidate named `id` on the cluster.
CandidateOptions candidate_options(const Cluster& cluster, const ElectionName& election,
                                   const std::string& id);

// The time of a log line, in milliseconds of the day in UTC; -1 if the line is not a log line.
double log_time(const std::string& line);
// A timestamp of a lock's record (RFC 3339), in seconds of the day.
double record_time(const std::string& timestamp);

// Progress, for the waiting user.
void say(const std::string& text);

}  // namespace elector::tests::bench
