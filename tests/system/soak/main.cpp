// SPDX-License-Identifier: Apache-2.0
// elector-soak: a leader and two followers at fifty times normal speed for as long as one likes.
// What they take at the end must be what they took after the first minute. Then a minute of it
// under valgrind. See sample.h for what counts as equal.
#include <getopt.h>

#include <algorithm>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <stdexcept>
#include <string>
#include <thread>

#include "tests/system/soak/load.h"
#include "tests/system/soak/sample.h"

namespace elector::tests::soak {
namespace {

struct Options {
  std::string kubeconfig;
  int seconds = 1800;
  int valgrind_seconds = 60;
};

// One is asked for each second; a busy machine gets fewer done.
constexpr double kHandOversPerSecond = 0.7;

class Clock {
 public:
  double now() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin_).count();
  }

 private:
  SteadyTime begin_ = std::chrono::steady_clock::now();
};

void print_row(const std::string& name, const Sampled::Stretch& early, const Sampled::Stretch& late,
               const std::string& verdict) {
  std::printf("%-10s %6.0f %6.0f  %6.0f %6.0f   %4d %4d   %4d %4d  %6.2f%% %6.2f%%  %s\n",
              name.c_str(), early.own, late.own, early.resident, late.resident, early.descriptors,
              late.descriptors, early.threads, late.threads, early.share * 100, late.share * 100,
              verdict.c_str());
}

// The test server's process, if there is one: it is reported, not judged.
std::vector<Sampled> server_of(const Cluster& cluster) {
  if (cluster.is_real()) return {};
  return {{"(server)", cluster.server()->pid()}};
}

// Whether nothing grew.
bool soak(const Cluster& cluster, int seconds) {
  Load load(cluster);
  std::vector<Sampled> processes = load.processes();
  std::vector<Sampled> servers = server_of(cluster);
  load.begin();
  const Clock clock;
  const std::int64_t terms_before = load.transitions();
  long failed = 0;
  bool alive = true;
  for (double next = 1; clock.now() < seconds && alive; next += 1) {
    if (!load.hand_over()) ++failed;
    const double left = next - clock.now();
    if (left > 0) std::this_thread::sleep_for(std::chrono::duration<double>(left));
    next = std::max(next, clock.now());
    for (Sampled& one : processes) alive = one.take(clock.now()) && alive;
    for (Sampled& one : servers) one.take(clock.now());
  }
  const double rate = static_cast<double>(load.transitions() - terms_before) / clock.now();
  const double warm = std::min(60.0, seconds / 4.0);
  const double length = std::clamp(seconds / 6.0, 5.0, 60.0);
  std::printf(
      "\n%d s: %.2f hand-overs a second (%ld requests for one failed), %ld answers and events by "
      "HTTP\n"
      "           memory of its own  resident    descriptors  threads    processor\n"
      "                 KiB            KiB\n"
      "            early   late   early   late  early late  early late   early    late\n",
      seconds, rate, failed, load.answers());
  bool good = alive;
  const auto report = [&](const Sampled& one, bool judged) {
    const auto early = one.stretch(warm, warm + length);
    const auto late = one.stretch(seconds - length, seconds + 60);
    const std::string grown = growth(early, late, seconds - warm);
    good = good && (!judged || grown.empty());
    const std::string verdict = grown.empty() ? "even" : "GREW:" + grown;
    print_row(one.name(), early, late, judged ? verdict : "not judged");
  };
  for (const Sampled& one : processes) report(one, true);
  for (const Sampled& one : servers) report(one, false);
  if (!alive) std::printf("a process ended on the way\n%s", load.logs().c_str());
  const bool ended = load.end();
  if (!ended) std::printf("a process did not end as it should\n%s", load.logs().c_str());
  const bool handed = rate >= kHandOversPerSecond;
  if (!handed) std::printf("there were too few hand-overs\n");
  return good && ended && handed;
}

constexpr Milliseconds kSlow = std::chrono::minutes(3);  // valgrind makes it so

// Each kind of request of --http, one of them a stream. Whether all were answered.
bool ask_all(const Address& address) {
  bool answered = true;
  for (const char* path : {"/", "/leader", "/metrics", "/healthz", "/nothing"}) {
    answered = http(address, {.path = path}, kSlow).status != 0 && answered;
  }
  OpenConnection watch(address);
  return watch.send("GET /watch HTTP/1.1\r\nHost: localhost\r\n\r\n") &&
         watch.receives("\ndata:", kSlow) && answered;
}

// The course of one that runs under valgrind: it leads and is asked over HTTP, is asked to resign,
// leads and is asked over HTTP again.
bool lead_twice(const Process& process, const Cluster& cluster, const std::string& election,
                const std::function<void()>& meanwhile) {
  const auto becomes_leader = [&process](std::size_t from) {
    return process.wait_for_line(Process::Stream::kErr, containing("became leader"), kSlow, from)
        .has_value();
  };
  const auto serving =
      process.wait_for_line(Process::Stream::kErr, containing("serving http"), kSlow);
  if (!serving || !becomes_leader(0)) return false;
  const auto port = std::stoi(serving->text.substr(serving->text.rfind(':') + 1));
  const Address address{.port = static_cast<std::uint16_t>(port)};
  const bool asked = ask_all(address);
  meanwhile();
  const std::size_t before = process.lines(Process::Stream::kErr).size();
  Process resign(Command{
      .arguments = {elector_binary(), "resign", election, "--kubeconfig=" + cluster.kubeconfig()},
      .environment = clean_environment()});
  if (resign.wait_exit(kSlow) != 0 || !becomes_leader(before)) return false;
  const bool asked_again = ask_all(address);
  meanwhile();
  return asked && asked_again;
}

// Whether valgrind reports nothing about that command, and it ends with `code`.
bool memcheck(const Cluster& cluster, const std::string& name, const std::vector<std::string>& job,
              int seconds, int code) {
  const ElectionName election(cluster.api(), "valgrind");
  std::vector<std::string> words{"valgrind",
                                 "--quiet",
                                 "--vgdb=no",
                                 "--leak-check=full",
                                 "--show-leak-kinds=definite,indirect,possible",
                                 "--errors-for-leak-kinds=definite,indirect,possible",
                                 "--error-exitcode=99",
                                 elector_binary(),
                                 name,
                                 "--kubeconfig=" + cluster.kubeconfig(),
                                 "--election=" + election.text(),
                                 "--id=a",
                                 "--ttl=15s",
                                 "--retry-period=200ms",
                                 "--http=127.0.0.1:0"};
  words.insert(words.end(), job.begin(), job.end());
  Process process(Command{.arguments = words, .environment = clean_environment()});
  const bool led = lead_twice(process, cluster, election.text(),
                              [&] { process.wait_exit(std::chrono::seconds(seconds) / 2); });
  process.signal(SIGTERM);
  const auto ended = process.wait_exit(kSlow);
  const std::string log = process.text(Process::Stream::kErr);
  const bool clean = ended == code && led && log.find("==") == std::string::npos;
  std::printf("valgrind, %-6s %4d s   %s\n", name.c_str(), seconds, clean ? "clean" : "NOT CLEAN");
  if (!clean) std::printf("exit code %d\n%s", ended.value_or(-1), log.c_str());
  return clean;
}

bool memchecks(const Cluster& cluster, int seconds) {
  if (seconds <= 0) return true;
  const bool run = memcheck(cluster, "run", {}, seconds / 2, 0);
  const bool exec =
      memcheck(cluster, "exec", {"--", "sleep", "1000000"}, seconds / 2, 128 + SIGTERM);
  return run && exec;
}

[[noreturn]] void usage(const std::string& problem) {
  std::fprintf(stderr, "elector-soak: %s\n", problem.c_str());
  std::fputs(
      "usage: elector-soak --elector=FILE --apiserver=FILE [--kubeconfig=FILE] [--seconds=N]\n"
      "                    [--valgrind-seconds=N]\n",
      stderr);
  std::exit(2);
}

Options parse(int argc, char** argv) {
  const option known[] = {{"elector", required_argument, nullptr, 'e'},
                          {"apiserver", required_argument, nullptr, 'a'},
                          {"kubeconfig", required_argument, nullptr, 'k'},
                          {"seconds", required_argument, nullptr, 's'},
                          {"valgrind-seconds", required_argument, nullptr, 'v'},
                          {}};
  Options options;
  for (int flag = 0; (flag = ::getopt_long(argc, argv, "", known, nullptr)) != -1;) {
    if (flag == 'e') {
      ::setenv("ELECTOR_BINARY", optarg, 1);
    } else if (flag == 'a') {
      ::setenv("ELECTOR_APISERVER", optarg, 1);
    } else if (flag == 'k') {
      options.kubeconfig = optarg;
    } else if (flag == 's') {
      options.seconds = std::atoi(optarg);
    } else if (flag == 'v') {
      options.valgrind_seconds = std::atoi(optarg);
    } else {
      usage("that flag is not known, or needs a value");
    }
  }
  if (optind < argc) usage(std::string(argv[optind]) + " is no flag");
  if (options.seconds < 10) usage("--seconds: at least 10");
  return options;
}

}  // namespace
}  // namespace elector::tests::soak

int main(int argc, char** argv) {
  using namespace elector::tests;
  const soak::Options options = soak::parse(argc, argv);
  try {
    const Cluster cluster(options.kubeconfig);
    std::setvbuf(stdout, nullptr, _IOLBF, 0);
    const bool even = soak::soak(cluster, options.seconds);
    const bool clean = soak::memchecks(cluster, options.valgrind_seconds);
    return even && clean ? 0 : 1;
  } catch (const std::exception& problem) {
    std::fprintf(stderr, "elector-soak: %s\n", problem.what());
    return 1;
  }
}
