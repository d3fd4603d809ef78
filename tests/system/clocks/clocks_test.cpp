// SPDX-License-Identifier: Apache-2.0
// Candidates whose clocks disagree: wall clocks hours and years apart that are set while they
// compete, and clocks that run at different rates. The claims of leadership are compared with the
// writes that the API server recorded by its own clock.
#include <doctest/doctest.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "tests/support/candidate.h"
#include "tests/support/cluster.h"
#include "tests/support/relay.h"
#include "tests/support/temp_dir.h"
#include "tests/system/mixed/ledger.h"

namespace elector::tests {
namespace {

constexpr double kHour = 3600;
constexpr double kYear = 365.25 * 24 * kHour;

struct Skew {
  double wall = 0;  // seconds
  double rate = 1;
};

struct Setup {
  std::string id;
  std::string ttl = "3s";
  bool works = false;  // exec, of a command that beats, instead of run
  Skew skew{};
  std::string grace = "20s";  // exec's
};

// One candidate with separate clocks.
class Skewed {
 public:
  Skewed(const ApiServer& server, const TempDir& dir, Setup setup, bool relayed = false)
      : setup_(std::move(setup)),
        wall_(dir.path(setup_.id + ".wall")),
        beats_(dir.path(setup_.id + ".beats")) {
    set_wall(setup_.skew.wall);
    // Not by the certificate's dates, which no such clock would find valid.
    kubeconfig_ = dir.write(
        setup_.id + ".kubeconfig",
        "apiVersion: v1\nkind: Config\ncurrent-context: c\nclusters:\n- name: c\n  cluster:\n    "
        "server: https://127.0.0.1:" +
            std::to_string(server.port()) +
            "\n    insecure-skip-tls-verify: true\nusers:\n- name: u\n  user:\n    token: "
            "admin-token\ncontexts:\n- name: c\n  context:\n    cluster: c\n    user: u\n");
    if (relayed) relay_ = std::make_unique<Relay>(kubeconfig_);
    start();
  }

  const std::string& id() const { return setup_.id; }
  bool works() const { return setup_.works; }
  Relay& relay() { return *relay_; }
  // Steps its wall clock: so many seconds from the true time.
  void set_wall(double offset) const {
    std::ofstream(wall_ + ".new") << offset;
    std::filesystem::rename(wall_ + ".new", wall_);
  }
  std::string log() const { return process_->text(Process::Stream::kErr); }

  void start() {
    Command command{.arguments = {elector_binary(), setup_.works ? "exec" : "run",
                                  "--kubeconfig=" + kubeconfig_, "--election=example",
                                  "--id=" + setup_.id, "--ttl=" + setup_.ttl},
                    .environment = clean_environment()};
    command.environment["LD_PRELOAD"] = SKEW_LIBRARY;
    command.environment["SKEW_WALL"] = wall_;
    command.environment["SKEW_RATE"] = std::to_string(setup_.skew.rate);
    if (relay_) {
      for (const std::string& flag : relay_->flags()) command.arguments.push_back(flag);
    }
    if (setup_.works) {
      // It ignores SIGTERM, and so does what it leaves behind in a separate session: only the kill
      // ends these.
      command.arguments.insert(command.arguments.end(),
                               {"--grace=" + setup_.grace, "--", "env", "-u", "LD_PRELOAD",
                                BEAT_BINARY, beats_, setup_.id, "ignore", "daemon"});
    } else {
      command.arguments.emplace_back("--http=127.0.0.1:0");
    }
    address_ = {};
    process_ = std::make_unique<Process>(command);
  }
  void leave(int signal) {
    process_->signal(signal);
    process_->wait_exit();
  }

  // Asks `run` whether it leads, and records the answer.
  void ask(Ledger& ledger) {
    if (setup_.works || !process_->running()) return;
    if (address_.port == 0) {
      const auto line = process_->wait_for_line(Process::Stream::kErr, containing("serving http"));
      REQUIRE_MESSAGE(line, log());
      address_.port =
          static_cast<std::uint16_t>(std::stoi(line->text.substr(line->text.rfind(':') + 1)));
    }
    const BootTime asked = boot_now();
    const HttpAnswer answer = http_get(address_, "/");
    if (answer.body == "{\"name\":" + json_quoted(id()) + "}") {
      ledger.said(id(), {.begin = asked, .end = boot_now()});
    }
  }
  // What `exec` ran was alive at each beat.
  void note_beats(Ledger& ledger) const {
    for (const auto& [pid, beats] : beats_by_process()) {
      for (const BootTime at : beats) ledger.said(id(), {.begin = at, .end = at});
    }
  }
  // The last beat of each process that beat: the command's, and what it left behind.
  std::vector<BootTime> last_beats() const {
    std::vector<BootTime> last;
    for (const auto& [pid, beats] : beats_by_process()) last.push_back(beats.back());
    return last;
  }

 private:
  std::map<int, std::vector<BootTime>> beats_by_process() const {
    std::map<int, std::vector<BootTime>> found;
    std::ifstream file(beats_);
    for (std::string line; std::getline(file, line);) {
      std::istringstream words(line);
      std::int64_t at = 0;
      std::string tag;
      int pid = 0;
      if (words >> at >> tag >> pid) found[pid].emplace_back(at);
    }
    return found;
  }

  Setup setup_;
  std::string wall_;
  std::string beats_;
  std::string kubeconfig_{};
  std::unique_ptr<Relay> relay_{};
  std::unique_ptr<Process> process_{};
  Address address_{};
};

const ObjectName kExample{.resource = "leases", .name = "example"};

class World {
 public:
  Skewed& add(const Setup& setup, bool relayed = false) {
    all_.push_back(std::make_unique<Skewed>(server_, dir_, setup, relayed));
    return *all_.back();
  }
  Skewed& operator[](std::size_t index) { return *all_.at(index); }
  std::string holder() const { return server_.api().holder(kExample); }
  // Waits, and listens to all meanwhile.
  bool comes(const std::function<bool()>& condition) {
    return eventually([&] {
      for (const auto& one : all_) one->ask(ledger_);
      return condition();
    });
  }
  Skewed* leader() {
    Skewed* found = nullptr;
    comes([&] {
      const std::string name = holder();
      for (const auto& one : all_) {
        if (one->id() == name) found = one.get();
      }
      return found != nullptr;
    });
    return found;
  }
  std::vector<std::string> violations() {
    for (const auto& one : all_) one->note_beats(ledger_);
    return ledger_.contradictions(history_of(server_.writes(kExample)));
  }
  std::size_t claims() const { return ledger_.claims(); }
  // When the lock was last written, by the server's clock.
  BootTime last_write() const {
    const std::vector<Json> writes = server_.writes(kExample);
    return writes.empty() ? BootTime{} : BootTime(number_at(writes.back(), "/boottime"));
  }
  std::string logs() const {
    std::string text;
    for (const auto& one : all_) text += "--- " + one->id() + "\n" + one->log();
    return text;
  }

 private:
  ApiServer server_;
  TempDir dir_;
  Ledger ledger_;
  std::vector<std::unique_ptr<Skewed>> all_;
};

// What run is tried with: L is 3 s and D 2 s.
constexpr const char* kRunTtl = "3s";
// And exec: L is 6 s, D 4 s and K 5 s, and its guard kills at 4.75 s.
constexpr const char* kExecTtl = "6s";
constexpr std::chrono::seconds kExecDeadline{4};

struct Takeover {
  std::vector<std::string> violations;   // what contradicts one leader
  std::vector<BootTime> worked_until{};  // each process of the one that was cut off
  BootTime renewed_at{};                 // its last renewal, by the server's clock
};

// Cuts the leader, whose clock is right, off the API. The other, with that rate, takes over.
Takeover taken_over(bool works, double rate) {
  World world;
  const std::string ttl = works ? kExecTtl : kRunTtl;
  Skewed& slow = world.add({.id = "slow", .ttl = ttl, .works = works}, true);
  REQUIRE_MESSAGE(world.comes([&] { return world.holder() == "slow"; }), world.logs());
  world.add({.id = "fast", .ttl = ttl, .works = works, .skew = {.rate = rate}});
  REQUIRE(
      world.comes([&] { return world[1].log().find("joined the election") != std::string::npos; }));
  if (works) REQUIRE(world.comes([&] { return slow.last_beats().size() == 2; }));
  // Between two renewals, so that the last one that the server knows is one that the leader knows.
  const BootTime before = world.last_write();
  REQUIRE(world.comes([&] { return world.last_write() != before; }));
  throughout(Milliseconds(150), [&] { return world.comes([] { return true; }); });
  slow.relay().set({.kind = Passage::Kind::kHold});
  const BootTime renewed = world.last_write();
  REQUIRE_MESSAGE(world.comes([&] { return world.holder() == "fast"; }), world.logs());
  // Longer than the cut off one's K and L, whatever the other's rate.
  throughout(std::chrono::seconds(works ? 4 : 1), [&] { return world.comes([] { return true; }); });
  Takeover takeover{.violations = world.violations()};
  if (works) takeover.worked_until = slow.last_beats();
  takeover.renewed_at = renewed;
  REQUIRE(world.claims() > 0);
  return takeover;
}

}  // namespace

TEST_SUITE("clocks") {
  TEST_CASE("wall clocks hours and years apart, set while they stand, make no second leader") {
    World world;
    world.add({.id = "a", .ttl = "2s", .skew = {.wall = -3 * kYear}});
    world.add(
        {.id = "b", .ttl = "2s", .works = true, .skew = {.wall = 10 * kYear}, .grace = "300ms"});
    world.add({.id = "c", .ttl = "2s", .skew = {.wall = 5 * kHour}});
    world.add({.id = "d", .ttl = "2s", .works = true, .grace = "300ms"});
    for (int round = 0; round < 8; ++round) {
      Skewed* leader = world.leader();
      REQUIRE_MESSAGE(leader != nullptr, world.logs());
      // The clocks of all candidates are set, back and forth.
      for (std::size_t i = 0; i < 4; ++i) {
        world[i].set_wall((round + static_cast<int>(i)) % 2 == 0 ? -kYear * round : kHour * round);
      }
      const std::string before = leader->id();
      leader->leave(round % 4 == 3 ? SIGKILL : SIGTERM);
      CHECK_MESSAGE(world.comes([&] {
        const std::string now = world.holder();
        return !now.empty() && now != before;
      }),
                    world.logs());
      leader->start();
    }
    const auto found = world.violations();
    MESSAGE(world.claims(), " claims, ", found.size(), " violations");
    CHECK_MESSAGE(found.empty(), first_of(found));
    CHECK(world.claims() >= 4);  // that it looked; a term may be too short to be seen
  }

  TEST_CASE("clocks that run at different rates, up to the margin, make no second leader") {
    together({[] {
                const auto found = taken_over(false, 1.4).violations;  // L/D = 1.5
                CHECK_MESSAGE(found.empty(), first_of(found));
              },
              [] {
                // The rival takes over at 5.2 s: after K, and before L.
                const Takeover takeover = taken_over(true, 1.15);  // L/K = 1.2
                CHECK_MESSAGE(takeover.violations.empty(), first_of(takeover.violations));
                // That it was the kill at K that ended them, and not their being asked at D.
                CHECK(takeover.worked_until.size() == 2);
                for (const BootTime last : takeover.worked_until) {
                  const auto after =
                      std::chrono::duration_cast<Milliseconds>(last - takeover.renewed_at);
                  MESSAGE("worked until ", after.count(), " ms after the last renewal");
                  CHECK(after > kExecDeadline);
                }
              }});
  }

  TEST_CASE("beyond the margin they can: the test would see it") {
    together({[] { CHECK_FALSE(taken_over(false, 3.0).violations.empty()); },
              [] { CHECK_FALSE(taken_over(true, 3.0).violations.empty()); },
              // The rival takes over at 4.3 s: after D, and before the kill.
              [] { CHECK_FALSE(taken_over(true, 1.4).violations.empty()); }});
  }
}

}  // namespace elector::tests
