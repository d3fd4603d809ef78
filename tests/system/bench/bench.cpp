// SPDX-License-Identifier: Apache-2.0
#include "tests/system/bench/bench.h"

#include <cstdio>
#include <cstdlib>
#include <sstream>

namespace elector::tests::bench {
namespace {

// The value of a label in a line of the Prometheus text format.
std::string label(const std::string& line, const std::string& name) {
  const std::string before = name + "=\"";
  for (std::size_t at = 0; (at = line.find(before, at)) != std::string::npos; at += before.size()) {
    // Not the end of a longer label's name.
    if (line[at - 1] != '{' && line[at - 1] != ',') continue;
    const std::size_t begin = at + before.size();
    return line.substr(begin, line.find('"', begin) - begin);
  }
  return "";
}

// The counters of a real server, in apiserver_request_total of its metrics.
Counters parse_metrics(const std::string& text) {
  Counters counters;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with("apiserver_request_total{")) continue;
    counters[{label(line, "resource"), label(line, "verb"),
              std::atoi(label(line, "code").c_str())}] += std::atof(line.c_str() + line.rfind(' '));
  }
  return counters;
}

// Those of the test server: "resource verb code count" lines.
Counters parse_test_server(const std::string& text) {
  Counters counters;
  std::istringstream lines(text);
  std::string resource;
  std::string verb;
  int code = 0;
  double count = 0;
  while (lines >> resource >> verb >> code >> count) counters[{resource, verb, code}] += count;
  return counters;
}

// Seconds of the day of "…THH:MM:SS.fff…"; -1 if the text has another form.
double time_of_day(const std::string& text) {
  const std::size_t at = text.find('T');
  int hour = 0;
  int minute = 0;
  double second = 0;
  if (at == std::string::npos ||
      std::sscanf(text.c_str() + at, "T%d:%d:%lf", &hour, &minute, &second) != 3) {
    return -1;
  }
  return hour * 3600.0 + minute * 60.0 + second;
}

}  // namespace

Counters read_counters(const Cluster& cluster) {
  if (!cluster.is_real()) {
    return parse_test_server(cluster.api().call("GET", "/_control/requests").body);
  }
  return parse_metrics(cluster.api().call("GET", "/metrics").body);
}

double answers_between(const Counters& before, const Counters& after, const std::string& resource,
                       const std::string& verb, int code) {
  double sum = 0;
  for (const auto& [key, count] : after) {
    const auto& [of, with, as] = key;
    if ((!resource.empty() && of != resource) || (!verb.empty() && with != verb) ||
        (code != 0 && as != code)) {
      continue;
    }
    const auto earlier = before.find(key);
    sum += count - (earlier == before.end() ? 0 : earlier->second);
  }
  return sum;
}

CandidateOptions candidate_options(const Cluster& cluster, const ElectionName& election,
                                   const std::string& id) {
  return {.kubeconfig = cluster.kubeconfig(), .election = election.text(), .id = id, .ttl = "10s"};
}

double log_time(const std::string& line) {
  const double seconds = time_of_day(line.substr(0, line.find(' ')));
  return seconds < 0 ? -1 : seconds * 1000;
}

double record_time(const std::string& timestamp) {
  return time_of_day(timestamp);
}

void say(const std::string& text) {
  std::fprintf(stderr, "%s\n", text.c_str());
}

}  // namespace elector::tests::bench
