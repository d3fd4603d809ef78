// SPDX-License-Identifier: Apache-2.0
// elector-chaos: candidates in a world where everything goes wrong, watched from outside. Ends with
// a summary, and with 1 if an invariant was broken.
#include <getopt.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <filesystem>
#include <random>
#include <string>
#include <thread>

#include "tests/system/chaos/arena.h"
#include "tests/system/chaos/plan.h"
#include "tests/system/chaos/report.h"

namespace {

using namespace elector::tests;
using namespace elector::tests::chaos;
using std::chrono::seconds;

constexpr const char* kUsage =
    "usage: elector-chaos --elector PATH --apiserver PATH [--kubeconfig FILE] [--seconds N]\n"
    "                     [--seed N] [--candidates N] [--ttl SECONDS] [--lock KIND]\n"
    "                     [--restart COMMAND] [--freeze COMMAND] [--logs FOLDER] [--plan]\n"
    "\n"
    "Without --kubeconfig it starts the test API server. The same seed gives the same plan of\n"
    "faults; --plan prints it. --restart and --freeze are shell commands that do so to a real\n"
    "server, for as many seconds as the number that is appended says.\n";

struct Options {
  ArenaSetup arena;
  PlanSetup plan;
  bool print_plan = false;
};

volatile std::sig_atomic_t told_to_end = 0;

[[noreturn]] void usage() {
  std::fputs(kUsage, stderr);
  std::exit(2);
}

[[noreturn]] void refuse(const std::string& what) {
  std::fprintf(stderr, "elector-chaos: %s\n", what.c_str());
  std::exit(2);
}

// A whole number from `least` on.
std::uint64_t number(const char* flag, const char* text, std::uint64_t least, std::uint64_t most) {
  std::uint64_t value = 0;
  const char* const end = text + std::strlen(text);
  const auto [rest, failure] = std::from_chars(text, end, value);
  if (failure != std::errc() || rest != end || value < least || value > most) {
    refuse(std::string(flag) + "=" + text + ": give a whole number from " + std::to_string(least) +
           " to " + std::to_string(most));
  }
  return value;
}

// Takes one option of the command line.
void take(Options& options, int flag, const char* value) {
  switch (flag) {
    case 'e':
      ::setenv("ELECTOR_BINARY", value, 1);
      break;
    case 'a':
      ::setenv("ELECTOR_APISERVER", value, 1);
      break;
    case 'k':
      options.arena.kubeconfig = value;
      break;
    case 's':
      options.plan.length = seconds(number("--seconds", value, 1, 1'000'000));
      break;
    case 'x':
      options.plan.seed = number("--seed", value, 0, UINT64_MAX);
      break;
    case 'n':
      options.arena.candidates = static_cast<int>(number("--candidates", value, 2, 26));
      break;
    case 't':
      options.arena.ttl = seconds(number("--ttl", value, 2, 3600));
      break;
    case 'l':
      options.arena.lock = value;
      break;
    case 'r':
      options.arena.restart_command = value;
      break;
    case 'f':
      options.arena.freeze_command = value;
      break;
    case 'o':
      options.arena.logs = value;
      break;
    case 'p':
      options.print_plan = true;
      break;
    default:
      usage();
  }
}

Options parse(int argc, char** argv) {
  static const option kLong[] = {{"elector", required_argument, nullptr, 'e'},
                                 {"apiserver", required_argument, nullptr, 'a'},
                                 {"kubeconfig", required_argument, nullptr, 'k'},
                                 {"seconds", required_argument, nullptr, 's'},
                                 {"seed", required_argument, nullptr, 'x'},
                                 {"candidates", required_argument, nullptr, 'n'},
                                 {"ttl", required_argument, nullptr, 't'},
                                 {"lock", required_argument, nullptr, 'l'},
                                 {"restart", required_argument, nullptr, 'r'},
                                 {"freeze", required_argument, nullptr, 'f'},
                                 {"logs", required_argument, nullptr, 'o'},
                                 {"plan", no_argument, nullptr, 'p'},
                                 {nullptr, 0, nullptr, 0}};
  Options options;
  options.plan.seed = std::random_device()();
  for (int flag = 0; (flag = ::getopt_long(argc, argv, "", kLong, nullptr)) != -1;) {
    take(options, flag, optarg);
  }
  if (optind < argc || std::getenv("ELECTOR_BINARY") == nullptr) usage();
  for (const char* program : {"ELECTOR_BINARY", "ELECTOR_APISERVER"}) {
    const char* path = std::getenv(program);
    if (path != nullptr && ::access(path, X_OK) != 0) refuse(std::string(path) + ": is no program");
  }
  options.plan.candidates = options.arena.candidates;
  options.plan.lease = options.arena.ttl;
  options.plan.test_server = options.arena.kubeconfig.empty();
  options.plan.can_restart = options.plan.test_server || !options.arena.restart_command.empty();
  options.plan.can_freeze = options.plan.test_server || !options.arena.freeze_command.empty();
  return options;
}

void print_plan(const std::vector<Planned>& plan) {
  for (const Planned& one : plan) {
    std::printf("%9.3f  %-22s %s %.3f s\n", seconds_of(one.at), info(one.fault).name,
                one.candidate ? std::string(1, static_cast<char>('a' + *one.candidate)).c_str()
                              : "the leader,",
                seconds_of(one.length));
  }
}

// Carries out the plan. Ends early once something is found, and returns that.
Findings run(Arena& arena, const std::vector<Planned>& plan, Instant start, Span length) {
  constexpr Span kJudged = seconds(5);
  constexpr Span kDeep = seconds(20);
  constexpr Span kTold = seconds(60);
  Instant judge_at = start + kJudged;
  Instant deep_at = start + kDeep;
  Instant tell_at = start + kTold;
  auto next = plan.begin();
  while (BootClock::now() < start + length && told_to_end == 0) {
    arena.tick();
    const Instant now = BootClock::now();
    if (next != plan.end() && start + next->at <= now) arena.inflict(*next++);
    if (now >= judge_at) {
      const bool deep = now >= deep_at;
      // The server's books grow.
      if (deep) deep_at = now + std::max(kDeep, (now - start) / 10);
      const Verdict verdict = judge(arena, deep ? Depth::kWrites : Depth::kClaims);
      if (!verdict.violations.empty()) return verdict.violations;
      judge_at = BootClock::now() + kJudged;
      if (now >= tell_at) {
        tell_at += kTold;
        std::fprintf(stderr, "%4.0f s: %zu terms, %zu faults\n", seconds_of(now - start),
                     verdict.terms.size(), arena.deeds().size());
      }
    }
    std::this_thread::sleep_for(Milliseconds(10));
  }
  return {};
}

// A run of this length carries out every kind that it has planned.
constexpr Span kLongEnough = seconds(600);

int run_all(const Options& options) {
  const std::vector<Planned> plan = plan_of(options.plan);
  if (options.print_plan) {
    print_plan(plan);
    return 0;
  }
  std::fprintf(stderr, "elector-chaos: seed %llu, %lld s\n",
               static_cast<unsigned long long>(options.plan.seed),
               static_cast<long long>(options.plan.length.count()));
  Arena arena(options.arena);
  const Instant start = BootClock::now();
  arena.start(options.plan.seed);
  const Findings early = run(arena, plan, start, options.plan.length);
  RunFacts facts{.seed = options.plan.seed,
                 .length = BootClock::now() - start,
                 .server = arena.is_real() ? "the server of " + options.arena.kubeconfig
                                           : "the test API server",
                 .logs = {}};
  arena.stop();
  Verdict verdict = judge(arena, Depth::kEnd);
  // What was a violation then is one, whatever is known by now.
  if (verdict.violations.empty()) verdict.violations = early;
  const std::size_t least = least_terms(facts.length, options.arena.ttl);
  const bool idle = verdict.terms.size() < least;
  if (idle) {
    std::printf("there were too few terms: %zu, and %zu are the least\n", verdict.terms.size(),
                least);
  }
  facts.never_done = never_done(plan, facts.length, arena.kinds_done());
  const bool gaps = !arena.is_real() && facts.length >= kLongEnough && !facts.never_done.empty();
  if (gaps) std::printf("some kinds of fault, with 0 below, were planned and never carried out\n");
  const bool broken = idle || gaps || !verdict.violations.empty();
  if (broken) facts.logs = options.arena.logs;
  print_evidence(verdict, arena, start);
  print_summary(verdict, arena, facts);
  return broken ? 1 : 0;
}

}  // namespace

int main(int argc, char** argv) {
  Options options = parse(argc, argv);
  for (const int number : {SIGINT, SIGTERM}) std::signal(number, [](int) { told_to_end = 1; });
  std::signal(SIGPIPE, SIG_IGN);
  const bool own_logs = options.arena.logs.empty();
  if (own_logs) {
    std::string folder = std::filesystem::temp_directory_path() / "elector-chaos-XXXXXX";
    if (::mkdtemp(folder.data()) == nullptr) {
      std::perror("elector-chaos: a folder for logs");
      return 2;
    }
    options.arena.logs = folder;
  }
  std::filesystem::create_directories(options.arena.logs);
  int code = 2;
  try {
    code = run_all(options);
  } catch (const std::exception& problem) {
    std::fprintf(stderr, "elector-chaos: %s\n", problem.what());
  }
  if (own_logs && code == 0) std::filesystem::remove_all(options.arena.logs);
  return code;
}
