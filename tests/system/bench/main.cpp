// SPDX-License-Identifier: Apache-2.0
// elector-bench: the figures that elector promises, measured on the API server that it is pointed
// at.
#include <getopt.h>
#include <sys/resource.h>

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <fstream>
#include <set>
#include <sstream>
#include <string>
#include <thread>

#include "tests/system/bench/bench.h"

namespace {

using namespace elector::tests;
using namespace elector::tests::bench;

constexpr const char* kUsage =
    "usage: elector-bench --elector PATH --apiserver PATH [--kubeconfig FILE] [--only ROWS]\n"
    "                     [--rounds N] [--kills N] [--followers N] [--seconds N]\n"
    "\n"
    "Without --kubeconfig it starts the test API server. ROWS are some of handover, failover,\n"
    "stampede, steady, http, start, turn and size, between commas.\n";

struct Options {
  std::string kubeconfig;
  std::set<std::string> only{"handover", "failover", "stampede", "steady",
                             "http",     "start",    "turn",     "size"};
  int rounds = 30;
  int kills = 3;
  int followers = 200;
  int seconds = 60;
};

std::set<std::string> words_of(const std::string& text) {
  std::set<std::string> words;
  std::istringstream stream(text);
  for (std::string word; std::getline(stream, word, ',');) words.insert(word);
  return words;
}

[[noreturn]] void usage() {
  std::fputs(kUsage, stderr);
  std::exit(2);
}

Options parse(int argc, char** argv) {
  static const option kLong[] = {{"elector", required_argument, nullptr, 'e'},
                                 {"apiserver", required_argument, nullptr, 'a'},
                                 {"kubeconfig", required_argument, nullptr, 'k'},
                                 {"only", required_argument, nullptr, 'o'},
                                 {"rounds", required_argument, nullptr, 'r'},
                                 {"kills", required_argument, nullptr, 'x'},
                                 {"followers", required_argument, nullptr, 'f'},
                                 {"seconds", required_argument, nullptr, 's'},
                                 {nullptr, 0, nullptr, 0}};
  Options options;
  for (int flag = 0; (flag = ::getopt_long(argc, argv, "", kLong, nullptr)) != -1;) {
    switch (flag) {
      case 'e':
        ::setenv("ELECTOR_BINARY", optarg, 1);
        break;
      case 'a':
        ::setenv("ELECTOR_APISERVER", optarg, 1);
        break;
      case 'k':
        options.kubeconfig = optarg;
        break;
      case 'o':
        options.only = words_of(optarg);
        break;
      case 'r':
        options.rounds = std::atoi(optarg);
        break;
      case 'x':
        options.kills = std::atoi(optarg);
        break;
      case 'f':
        options.followers = std::atoi(optarg);
        break;
      case 's':
        options.seconds = std::atoi(optarg);
        break;
      default:
        usage();
    }
  }
  if (optind < argc || std::getenv("ELECTOR_BINARY") == nullptr) usage();
  return options;
}

// Each process that the bench starts takes some descriptors.
void raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

// What else the machine is doing: a figure is worth as much as the quiet that it was taken in.
std::string load() {
  std::ifstream file("/proc/loadavg");
  std::string one;
  file >> one;
  return one;
}

void measure(const Options& options, Table& table) {
  const Cluster cluster(options.kubeconfig);
  const auto wanted = [&](const char* row) { return options.only.contains(row); };
  if (wanted("handover")) measure_handover(cluster, options.rounds, table);
  if (wanted("failover")) measure_failover(cluster, options.kills, table);
  if (wanted("stampede")) measure_stampede(cluster, options.followers, table);
  if (wanted("steady")) measure_steady_state(cluster, options.seconds, table);
  if (wanted("http")) measure_http_load(cluster, options.seconds, table);
  if (wanted("start")) measure_start(cluster, table);
  if (wanted("turn")) measure_longest_turn(options.seconds, table);
  if (wanted("size")) measure_size(table);
}

}  // namespace

int main(int argc, char** argv) {
  const Options options = parse(argc, argv);
  raise_descriptor_limit();
  const std::string load_before = load();
  Table table;
  int exit_code = 0;
  try {
    measure(options, table);
  } catch (const std::exception& problem) {
    std::fprintf(stderr, "elector-bench: %s\n", problem.what());
    exit_code = 1;
  }
  std::printf("\nserver: %s\n", options.kubeconfig.empty() ? "the test API server, on this machine"
                                                           : options.kubeconfig.c_str());
  std::printf(
      "machine: %u processors; load before %s, after %s (processes that run or wait to, the "
      "bench's own included)\n",
      std::thread::hardware_concurrency(), load_before.c_str(), load().c_str());
  table.print();
  table.print_missed();
  return exit_code;
}
