// SPDX-License-Identifier: Apache-2.0
// The cgroup that a command gets where one is permitted: everything in it ends with the command,
// whichever process started it, and it leaves nothing behind.
#include <doctest/doctest.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "tests/support/cgroup.h"
#include "tests/support/contains.h"
#include "tests/support/temp_dir.h"
#include "tests/system/e2e/exec_fixture.h"

namespace elector::tests {
namespace {

const Api& api() {
  return Cluster::get().api();
}

Command with_words_before(const Words& words, Command command) {
  command.arguments.insert(command.arguments.begin(), words.begin(), words.end());
  return command;
}

// elector in a group, and the only leaf there.
struct Scene {
  explicit Scene(Words command, Words more = {}, const Words& before = {})
      : election(api(), "cgroup"),
        one(with_words_before(before.empty() ? group.enter() : before,
                              exec_command({.election = election.text(),
                                            .more = with_verbosity(std::move(more)),
                                            .command = std::move(command)}))) {}

  static Words with_verbosity(Words words) {
    words.emplace_back("-v");
    return words;
  }
  std::string leaf() const {
    REQUIRE_MESSAGE(eventually([&] {
                      const auto leaves = group.children();
                      return leaves.size() == 1 && !members(leaves.front()).empty();
                    }),
                    one.log());
    return group.children().front();
  }
  bool cleared() const {
    return eventually([&] { return group.children().empty(); });
  }

  TestCgroup group;
  ElectionName election;
  Contender one;
};

// A process that does not end when it is asked to.
Command stranger() {
  return {.arguments = {"sh", "-c", "trap '' TERM; echo ready; while :; do sleep 1; done"}};
}

void move_to(const std::string& group, const Process& process) {
  REQUIRE(process.wait_for_line(Process::Stream::kOut, equal_to("ready")));
  std::ofstream(group + "/cgroup.procs") << process.pid() << std::flush;
}

bool has_member(const std::string& group, pid_t pid) {
  const auto all = members(group);
  return std::find(all.begin(), all.end(), pid) != all.end();
}

}  // namespace

TEST_SUITE("elector exec: cgroup" * doctest::skip(!can_make_cgroups())) {
  TEST_CASE("the command is in a cgroup of its own, which goes with it") {
    Scene scene({"sleep", "1000"});
    const std::string leaf = scene.leaf();
    const pid_t child = scene.one.child();
    CHECK(eventually([&] { return members(leaf) == std::vector<pid_t>{child}; }));
    CHECK(has_member(scene.group.folder(), scene.one.pid()));
    CHECK(has_member(scene.group.folder(), scene.one.guard()));
    CHECK(scene.one.terminate() == 143);
    CHECK(scene.group.children().empty());
  }

  TEST_CASE("with --cgroup=never no cgroup is created") {
    Scene scene({"sleep", "1000"}, {"--cgroup=never"});
    const pid_t child = scene.one.child();
    CHECK(eventually([&] { return process_name(child) == "sleep"; }));
    CHECK(has_member(scene.group.folder(), child));
    CHECK(scene.group.children().empty());
    CHECK(scene.one.terminate() == 143);
  }

  TEST_CASE("a process in it that is not a descendant ends before the lock is released") {
    const TempDir dir;
    Scene scene({"sh", "-c", "while [ ! -e \"$0\" ]; do sleep 0.01; done", dir.path("go")},
                {"--grace=300ms"});
    Process other(stranger());
    move_to(scene.leaf(), other);
    dir.write("go", "");
    CHECK_MESSAGE(scene.one.process().wait_exit() == 0, scene.one.log());
    CHECK_MESSAGE(scene.one.logs("killed the rest of the command"), scene.one.log());
    CHECK(other.wait_exit() == 128 + SIGKILL);
    CHECK(scene.cleared());
    CHECK(api().holder(scene.election.lease()) == "");
  }

  TEST_CASE("a frozen one is ended, too, with the groups that the command made in it") {
    Scene scene(stranger().arguments, {"--grace=100ms"});
    REQUIRE_MESSAGE(scene.one.says("ready"), scene.one.log());
    const std::string leaf = scene.leaf();
    std::filesystem::create_directories(leaf + "/its/own");
    std::ofstream(leaf + "/cgroup.freeze") << "1" << std::flush;
    CHECK(eventually([&] {
      std::ifstream events(leaf + "/cgroup.events");
      return has(std::string(std::istreambuf_iterator<char>(events), {}), "frozen 1");
    }));
    CHECK_MESSAGE(scene.one.terminate() == 128 + SIGKILL, scene.one.log());
    CHECK(scene.cleared());
  }

  TEST_CASE("with the guard killed elector empties and removes it") {
    Scene scene({"sleep", "1000"});
    Process other(stranger());
    move_to(scene.leaf(), other);
    ::kill(scene.one.guard(), SIGKILL);
    CHECK_MESSAGE(scene.one.process().wait_exit() == 125, scene.one.log());
    CHECK(other.wait_exit() == 128 + SIGKILL);
    CHECK(scene.cleared());
  }

  TEST_CASE("with elector killed the guard empties and removes it") {
    Scene scene({"sleep", "1000"}, {"--grace=300ms"});
    Process other(stranger());
    move_to(scene.leaf(), other);
    scene.one.signal(SIGKILL);
    CHECK(other.wait_exit() == 128 + SIGKILL);
    CHECK(scene.cleared());
  }

  TEST_CASE("what a dead elector left is removed by the next of its group") {
    Scene first({"true"});
    CHECK(first.one.process().wait_exit() == 0);
    const std::string left =
        first.group.folder() + "/elector-" + std::to_string(first.one.pid()) + "-1";
    std::filesystem::create_directory(left);
    const Ended next = run_to_end(
        with_words_before(first.group.enter(),
                          exec_command({.election = first.election.text(), .command = {"true"}})));
    CHECK_MESSAGE(next.code == 0, next.err);
    CHECK(first.group.children().empty());
  }

  TEST_CASE("a unit of systemd's has one only where it is delegated") {
    for (const bool delegated : {false, true}) {
      CAPTURE(delegated);
      const TestCgroup group;
      const std::string unit = group.folder() + "/job.service";
      std::filesystem::create_directory(unit);
      if (delegated) REQUIRE(::setxattr(unit.c_str(), "user.delegate", "1", 1, 0) == 0);
      Words before = group.enter();
      before.back() = unit;
      const ElectionName election(api(), "unit");
      const Ended ended = run_to_end(with_words_before(
          before, exec_command({.election = election.text(),
                                .more = {"-v"},
                                .command = {"grep", "^0::", "/proc/self/cgroup"}})));
      CHECK_MESSAGE(ended.code == 0, ended.err);
      CHECK_MESSAGE(has(ended.out, "/job.service/elector-") == delegated, ended.out);
      CHECK(has(ended.err, "systemd manages it, and it is not delegated") != delegated);
    }
  }

  TEST_CASE(
      "where the hierarchy is mounted read-only the command runs without, and without a word" *
      doctest::skip(::geteuid() != 0 || !have_command("unshare"))) {
    const TestCgroup group;
    Words before = group.enter();
    before.insert(before.end(), {"unshare", "-m", "sh", "-c",
                                 "mount --bind \"$0\" \"$0\" && mount -o remount,bind,ro \"$0\" && "
                                 "exec \"$@\"",
                                 group.folder()});
    const ElectionName election(api(), "readonly");
    ExecSetup setup{.election = election.text(), .command = {"true"}};
    const Ended quiet = run_to_end(with_words_before(before, exec_command(setup)));
    CHECK_MESSAGE(quiet.code == 0, quiet.err);
    CHECK_FALSE(has(quiet.err, "cgroup"));
    setup.more = {"-v"};
    const Ended loud = run_to_end(with_words_before(before, exec_command(setup)));
    CHECK_MESSAGE(loud.code == 0, loud.err);
    CHECK_MESSAGE(has(loud.err, "it is not writable"), loud.err);
  }

  TEST_CASE("in a cgroup namespace it is made where that is mounted, and nowhere else" *
            doctest::skip(::geteuid() != 0 || !have_command("unshare"))) {
    const TempDir dir;
    for (const bool mounted : {false, true}) {
      CAPTURE(mounted);
      const TestCgroup group;
      Words before = group.enter();
      before.insert(
          before.end(),
          {"unshare", "-C", "-m", "sh", "-c",
           mounted ? "mount -t cgroup2 none \"$0\" && exec \"$@\"" : "exec \"$@\"", dir.path()});
      const ElectionName election(api(), "namespace");
      const Ended ended = run_to_end(with_words_before(
          before, exec_command({.election = election.text(),
                                .more = {"-v"},
                                .command = {"grep", "^0::", "/proc/self/cgroup"}})));
      CHECK_MESSAGE(ended.code == 0, ended.err);
      CHECK_MESSAGE(ended.out.starts_with("0::/elector-") == mounted, ended.out);
      CHECK_MESSAGE(has(ended.err, "no mount shows the cgroup") != mounted, ended.err);
      CHECK(group.children().empty());
    }
  }
}

}  // namespace elector::tests
