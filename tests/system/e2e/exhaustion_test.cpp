// SPDX-License-Identifier: Apache-2.0
// When something runs out: descriptors, memory, processes. It continues or ends in order, and the
// lock never outlives the term of a process that has ended.
#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <memory>
#include <thread>

#include "tests/support/observer.h"
#include "tests/system/e2e/exhaustion_fixture.h"
#include "tests/system/e2e/hostile_api.h"
#include "tests/system/e2e/lone_server.h"

namespace elector::tests {
namespace {

// The address space that a process uses, in bytes; -1 if the process does not exist.
long virtual_size(pid_t pid) {
  std::ifstream status("/proc/" + std::to_string(pid) + "/status");
  for (std::string word; status >> word;) {
    long kilobytes = 0;
    if (word == "VmSize:" && status >> kilobytes) return kilobytes * 1024;
  }
  return -1;
}

// A record's time on CLOCK_BOOTTIME.
std::int64_t boot_nanoseconds_of(const std::string& timestamp) {
  std::tm utc{};
  const char* rest = ::strptime(timestamp.c_str(), "%Y-%m-%dT%H:%M:%S", &utc);
  if (rest == nullptr) return 0;
  const double then = static_cast<double>(::timegm(&utc)) + std::strtod(rest, nullptr);
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  const double ago =
      static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9 - then;
  return boot_nanoseconds() - static_cast<std::int64_t>(ago * 1e9);
}

// How a process under a limit fares: it leads, or it ends by itself with a line that gives the
// reason, or keeps trying and logs this.
struct Fate {
  bool led = false;
  std::optional<int> code{};
  std::string log{};
};

Fate fate_of(
    const ElectionName& election, const Command& command,
    const std::function<void()>& once_known = [] {}) {
  Fate fate;
  Process process(command);
  CHECK(eventually([&] {
    fate.led = holder(election) == "a";
    const std::string log = process.text(Process::Stream::kErr);
    return fate.led || !process.running() || log.find(" warn ") != std::string::npos;
  }));
  once_known();
  process.signal(SIGTERM);
  fate.code = process.wait_exit();
  fate.log = process.text(Process::Stream::kErr);
  return fate;
}

// The holders of the lock so far, oldest first; "" for a vacancy. Empty on a real server, which
// does not show this.
std::vector<std::string> holders_of(const ElectionName& election) {
  std::vector<std::string> holders;
  if (Cluster::get().is_real()) return holders;
  for (const Json& write : Cluster::get().server()->writes(election.lease())) {
    Json object;
    object.CopyFrom(write["object"], object.GetAllocator());
    const auto record = record_in(object);
    const std::string holder = record ? record->holder : "";
    if (holders.empty() || holders.back() != holder) holders.push_back(holder);
  }
  return holders;
}

// Whether each term of a ended with the lock given back.
bool gave_back(const std::vector<std::string>& holders) {
  for (std::size_t i = 0; i < holders.size(); ++i) {
    if (holders[i] == "a" && (i + 1 == holders.size() || !holders[i + 1].empty())) return false;
  }
  return true;
}

// A contender of the same election, b, which lacks nothing and waits for its turn. Whatever a runs
// beats into the same file.
class Rival {
 public:
  Rival(const ElectionName& election, const Beats& beats)
      : beats_(beats),
        contender_({.election = election.text(), .id = "b", .command = beats.command("b")}) {}

  bool stands() const { return contender_.logs("joined the election"); }
  // Whether it comes to lead, to do its work, and to end in order.
  bool takes_over() { return beats_.begins("b") && contender_.terminate() == 128 + SIGTERM; }
  std::string log() const { return contender_.log(); }

 private:
  const Beats& beats_;
  Contender contender_;
};

// The processes of two contenders that were alive at one time, in words; "" if there were none.
std::string overlap(const Beats& beats) {
  struct Life {
    std::string tag;
    std::int64_t first;
    std::int64_t last;
  };
  std::map<pid_t, Life> lives;
  for (const Beat& beat : beats.all()) {
    lives.try_emplace(beat.pid, Life{.tag = beat.tag, .first = beat.at, .last = beat.at})
        .first->second.last = beat.at;
  }
  std::string found;
  for (const auto& [one, a] : lives) {
    for (const auto& [other, b] : lives) {
      if (a.tag >= b.tag || a.last < b.first || b.last < a.first) continue;
      found += a.tag + "'s " + std::to_string(one) + " until " + std::to_string(a.last) + ", " +
               b.tag + "'s " + std::to_string(other) + " from " + std::to_string(b.first) + "\n";
    }
  }
  return found;
}

// Whether the lock is vacant within a little more than a term.
bool becomes_vacant(const ElectionName& election) {
  const Ended ended =
      run_to_end(Command{.arguments = {elector_binary(), "watch", election.text(),
                                       "--kubeconfig=" + Cluster::get().kubeconfig(),
                                       "--for=vacancy", "--timeout=10s"},
                         .environment = clean_environment()});
  return ended.code == 0;
}

// Ended by itself, or by the signal, or was not even loaded.
void check_in_order(const Fate& fate) {
  CAPTURE(fate.log);
  REQUIRE(fate.code);
  CAPTURE(*fate.code);
  CHECK_FALSE(fate.log.empty());
  constexpr std::array kInOrder{0, 1, 125, 127, 128 + SIGTERM};
  CHECK(std::find(kInOrder.begin(), kInOrder.end(), *fate.code) != kInOrder.end());
}

// The API, but a watch of it brings an event without end.
class MemoryEater {
 public:
  std::string kubeconfig() const { return api_.kubeconfig(); }
  void begin() const { begun_ = true; }

 private:
  void feed(HostileApi::Peer& peer) const {
    peer.begin_chunks();
    while (!begun_ && peer.chunk("\n")) std::this_thread::sleep_for(Milliseconds(10));
    const std::string piece(1UL << 20U, ' ');
    for (int i = 0; i < 3 && peer.chunk(piece); ++i) {
    }
    peer.wait_for_close();
  }

  mutable std::atomic<bool> begun_{false};
  HostileApi api_{Cluster::get().api(), [this](HostileApi::Peer& peer, const std::string& request) {
                    if (!is_watch(request)) return false;
                    feed(peer);
                    return true;
                  }};
};

// Of address space, for a process that runs.
void limit_memory(pid_t pid, long size) {
  Process limit(Command{
      .arguments = {"prlimit", "--pid=" + std::to_string(pid), "--as=" + std::to_string(size)}});
  REQUIRE(limit.wait_exit() == 0);
}

}  // namespace

TEST_SUITE("exhaustion") {
  TEST_CASE("with few descriptors it leads, or reports what is missing") {
    std::atomic<int> worked{0};
    std::vector<std::function<void()>> scenarios;
    for (int number = 4; number <= 16; ++number) {
      scenarios.push_back([number, &worked] {
        CAPTURE(number);
        const ElectionName run(Cluster::get().api(), "files");
        const ElectionName exec(Cluster::get().api(), "files");
        const std::string limit = "--nofile=" + std::to_string(number);
        const TempDir dir;
        const Beats beats(dir.path("beats"));
        std::unique_ptr<Rival> rival;
        const auto stand_too = [&] {
          rival = std::make_unique<Rival>(exec, beats);
          CHECK(rival->stands());
          throughout(std::chrono::seconds(1), [] { return true; });
        };
        for (const Fate& fate :
             {fate_of(run, limited(limit, run_command(run.text()))),
              fate_of(exec,
                      limited(limit, exec_command({.election = exec.text(),
                                     .command = beats.command("a", {"daemon"})})),
                      stand_too)}) {
          CAPTURE(fate.log);
          REQUIRE(fate.code);
          const bool by_itself = *fate.code == 0 || *fate.code == 1 || *fate.code == 125;
          // Below what the dynamic loader takes, with what the tests' own caller left open.
          const bool not_loaded =
              fate.log.find("error while loading shared libraries") != std::string::npos;
          CHECK((by_itself || not_loaded || *fate.code == 128 + SIGTERM));
          const bool said = fate.log.find("oo many open files") != std::string::npos ||
                            fate.log.find("cannot") != std::string::npos;
          CHECK((fate.led || said));
        }
        CHECK(holder(run).empty());
        CHECK_MESSAGE(rival->takes_over(), rival->log());
        CHECK(overlap(beats).empty());
        if (!beats.of("a").empty()) ++worked;
        CHECK(gave_back(holders_of(exec)));
      });
    }
    together(scenarios);
    MESSAGE("with ", worked.load(), " of ", scenarios.size(), " limits the command ran");
    CHECK(worked > 0);
  }

  TEST_CASE("clients of --http that take all connections leave descriptors for the renewals") {
    const ApiServer server;
    Command command{.arguments = {elector_binary(), "run", "--kubeconfig=" + server.kubeconfig(),
                                  "--election=example", "--id=a", "--ttl=3s", "--http=127.0.0.1:0"},
                    .environment = clean_environment()};
    Process process(limited("--nofile=64", command));
    const auto serving = process.wait_for_line(Process::Stream::kErr, containing("serving http"));
    REQUIRE(serving);
    const auto port = std::stoi(serving->text.substr(serving->text.rfind(':') + 1));
    const Address address{.port = static_cast<std::uint16_t>(port)};
    REQUIRE(process.wait_for_line(Process::Stream::kOut, equal_to("a is the leader")));
    std::vector<OpenConnection> silent;
    for (int i = 0; i < 100; ++i) {
      silent.emplace_back(address);
      silent.back().send("GET / HT");
    }
    // Every request of the next moments takes a new connection.
    server.fault(R"("verbs":["PUT"],"action":"lose","count":3)");
    CHECK(eventually([&] { return server.requests("leases", "PUT") > 8; }));
    CHECK(process.text(Process::Stream::kErr).find("stopped leading") == std::string::npos);
    CHECK(server.api().holder(kLease) == "a");
    process.signal(SIGTERM);
    CHECK(process.wait_exit() == 0);
  }

#ifndef __SANITIZE_ADDRESS__
  TEST_CASE("with little memory it leads, or ends in order or keeps trying, and logs this") {
    // The least address space under which the program starts at all, to the page.
    long low = 1L << 20;
    long high = 1L << 30;
    const auto starts = [](long size) {
      Process version(Command{
          .arguments = {"prlimit", "--as=" + std::to_string(size), elector_binary(), "--version"}});
      return version.wait_exit() == 0;
    };
    REQUIRE(starts(high));
    while (high - low > 4096) (starts((low + high) / 2) ? high : low) = (low + high) / 2;
    std::atomic<int> led{0};
    std::vector<std::function<void()>> scenarios;
    for (long more = 0; more < 16; ++more) {
      const long size = more < 15 ? high + more * (96L << 10U) : high + (16L << 20U);
      const std::string limit = "--as=" + std::to_string(size);
      scenarios.push_back([limit, &led] {
        CAPTURE(limit);
        const ElectionName run(Cluster::get().api(), "memory");
        const ElectionName exec(Cluster::get().api(), "memory");
        const Fate ran = fate_of(run, limited(limit, run_command(run.text())));
        check_in_order(ran);
        // What ended without a word to the server expires.
        CHECK((ran.code == 0 ? holder(run).empty() : becomes_vacant(run)));
        const Fate executed = fate_of(
            exec,
            limited(limit, exec_command({.election = exec.text(), .command = {"sleep", "600"}})));
        check_in_order(executed);
        CHECK(becomes_vacant(exec));
        if (ran.led) ++led;
        if (executed.led) ++led;
      });
    }
    together(scenarios);
    CHECK(led > 0);
  }

  TEST_CASE(
      "without memory in the middle of a term the command ends, and then the lock is released") {
    const MemoryEater eater;
    const ElectionName run(Cluster::get().api(), "memory");
    Process process(run_command(run.text(), {}, eater.kubeconfig()));
    REQUIRE(leads(run));
    const ElectionName exec(Cluster::get().api(), "memory");
    const TempDir dir;
    const Beats beats(dir.path("beats"));
    Contender contender({.election = exec.text(),
                         .command = beats.command("a", {"daemon"}),
                         .kubeconfig = eater.kubeconfig()});
    REQUIRE(beats.begins("a"));
    Rival rival(exec, beats);
    REQUIRE(rival.stands());
    for (const pid_t pid : {process.pid(), contender.pid()}) {
      limit_memory(pid, virtual_size(pid) + (1L << 20U));
    }
    eater.begin();
    CHECK(process.wait_exit() == 1);
    CHECK(process.text(Process::Stream::kErr).find("out of memory") != std::string::npos);
    CHECK(holder(run).empty());
    CHECK(contender.process().wait_exit() == 125);
    CHECK(contender.logs("out of memory"));
    CHECK(beats.alive("a").empty());
    CHECK_MESSAGE(rival.takes_over(), rival.log());
    CHECK(overlap(beats).empty());
    CHECK(gave_back(holders_of(exec)));
  }

  TEST_CASE("without any memory left the command ends before the lease") {
    const MemoryEater eater;
    const ElectionName election(Cluster::get().api(), "memory");
    const TempDir dir;
    const Beats beats(dir.path("beats"));
    Contender contender({.election = election.text(),
                         .command = beats.command("a", {"ignore", "daemon"}),
                         .kubeconfig = eater.kubeconfig()});
    REQUIRE(beats.begins("a"));
    REQUIRE(eventually([&] { return beats.has_processes("a", 2); }));
    limit_memory(contender.pid(), 4096);  // also what was kept back is gone when it is let go
    eater.begin();
    CHECK(contender.process().wait_exit() == 125);
    CHECK(contender.logs("out of memory"));
    // No other candidate competed, so the record still has the term: its end is a lease after its
    // renewal.
    CHECK(eventually([&] { return beats.alive("a").empty(); }));
    const auto record = Cluster::get().api().record(election.lease());
    REQUIRE(record);
    CHECK(record->holder == "a");
    CHECK(beats.last("a") < boot_nanoseconds_of(record->renew_time) + 3'000'000'000);
  }
#endif

  TEST_CASE("without a process to spare, exec logs this and releases the lock") {
    if (::geteuid() != 0) return;  // root alone can be another user, and is exempt from the limit
    const TempDir dir;
    std::filesystem::copy_file(elector_binary(), dir.path("elector"));
    std::filesystem::copy_file(Cluster::get().kubeconfig(), dir.path("kubeconfig"));
    ::chmod(dir.path().c_str(), 0755);
    ::chmod(dir.path("elector").c_str(), 0755);
    ::chmod(dir.path("kubeconfig").c_str(), 0644);
    // A user with no other processes (or those of another test): the limit counts all of them.
    const auto run = [&](int processes) {
      const ElectionName election(Cluster::get().api(), "processes");
      Words words = exec_words(
          {.election = election.text(), .command = {"true"}, .kubeconfig = dir.path("kubeconfig")});
      words[0] = dir.path("elector");
      words.insert(words.begin(), {"prlimit", "--nproc=" + std::to_string(processes), "setpriv",
                                   "--reuid=" + std::to_string(54330 + processes), "--clear-groups",
                                   "--bounding-set=-all"});
      Command command{.arguments = words, .environment = clean_environment()};
      spare_instruments(command);
      const Ended ended = run_to_end(command);
      CAPTURE(processes);
      CAPTURE(ended.err);
      CHECK(holder(election).empty());
      return ended;
    };
    const Ended no_guard = run(1);
    CHECK_MESSAGE(no_guard.code == 125, no_guard.err);
    CHECK(no_guard.err.find("cannot start the guard process") != std::string::npos);
    const Ended no_child = run(2);
    CHECK_MESSAGE(no_child.code == 125, no_child.err);
    CHECK(no_child.err.find("cannot fork for true") != std::string::npos);
    CHECK(run(3).code == 0);
  }
}

}  // namespace elector::tests
