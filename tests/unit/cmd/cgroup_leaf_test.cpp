// SPDX-License-Identifier: Apache-2.0
// A cgroup for a command: on a folder that only looks like one, and on the kernel's own.
#include "cmd/guard/cgroup_leaf.h"

#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "tests/support/cgroup.h"
#include "tests/support/eventually.h"
#include "tests/support/temp_dir.h"

namespace elector::tests {
namespace {

namespace fs = std::filesystem;

using cmd::CgroupLeaf;

// A process that does nothing, gone at the end.
class Idler {
 public:
  explicit Idler(bool ignores_term = false) {
    // A signal that comes at once waits until the test program's handler is gone.
    sigset_t all;
    sigset_t before;
    ::sigfillset(&all);
    ::sigprocmask(SIG_BLOCK, &all, &before);
    pid_ = ::fork();
    if (pid_ == 0) std::signal(SIGTERM, ignores_term ? SIG_IGN : SIG_DFL);
    ::sigprocmask(SIG_SETMASK, &before, nullptr);
    while (pid_ == 0) ::pause();
  }
  ~Idler() {
    ::kill(pid_, SIGKILL);
    if (!reaped_) ::waitpid(pid_, nullptr, 0);
  }
  Idler(const Idler&) = delete;
  Idler& operator=(const Idler&) = delete;

  pid_t pid() const { return pid_; }
  void move_to(const std::string& folder) const {
    std::ofstream(folder + "/cgroup.procs") << pid_ << std::flush;
  }
  // The signal that ended it, 0 while it lives.
  int ended_by() {
    int status = 0;
    if (::waitpid(pid_, &status, WNOHANG) == pid_) {
      reaped_ = true;
      signal_ = WTERMSIG(status);
    }
    return signal_;
  }

 private:
  pid_t pid_ = -1;
  bool reaped_ = false;
  int signal_ = 0;
};

}  // namespace

TEST_SUITE("the command's cgroup") {
  TEST_CASE("without a folder it does nothing, and is empty") {
    CgroupLeaf none("");
    CHECK(none.make() == 0);
    CHECK(none.enter() == 0);
    CHECK_FALSE(none.populated());
    none.kill();
    none.signal(SIGTERM, {});
    CHECK_FALSE(none.reaches(::getpid()));
    CHECK(none.any() == 0);
    CHECK(none.remove() == 0);
  }

  TEST_CASE("where it cannot be created that is reported, and it is empty") {
    const TempDir dir;
    CgroupLeaf leaf(dir.path("no/such/folder"));
    CHECK(leaf.make() == ENOENT);
    CHECK(leaf.enter() == ENOENT);
    CHECK_FALSE(leaf.populated());
    CHECK(leaf.remove() == 0);
  }

  TEST_CASE("whether it is empty is read from cgroup.events") {
    const TempDir dir;
    const CgroupLeaf leaf(dir.path());
    CHECK_FALSE(leaf.populated());
    dir.write("cgroup.events", "populated 0\nfrozen 0\n");
    CHECK_FALSE(leaf.populated());
    dir.write("cgroup.events", "populated 1\nfrozen 0\n");
    CHECK(leaf.populated());
    dir.write("cgroup.events", "frozen 1\npopulated 1\n");
    CHECK(leaf.populated());
  }

  TEST_CASE("leaves are named apart") {
    CHECK(cmd::new_leaf_path("/x").starts_with("/x/elector-" + std::to_string(::getpid()) + "-"));
    CHECK(cmd::new_leaf_path("/x") != cmd::new_leaf_path("/x"));
  }

  TEST_CASE("what dead electors left is removed, and nothing else") {
    const TempDir dir;
    const pid_t dead = ::fork();
    if (dead == 0) ::_exit(0);
    ::waitpid(dead, nullptr, 0);
    const std::string own = "elector-" + std::to_string(::getpid()) + "-1";
    const std::string left = "elector-" + std::to_string(dead) + "-1";
    for (const std::string& name : {own, left, left + "/sub", std::string("elector-x-1"),
                                    std::string("elector-" + std::to_string(dead)),
                                    std::string("other-" + std::to_string(dead) + "-1")}) {
      fs::create_directories(dir.path(name));
    }
    cmd::remove_dead_leaves(dir.path());
    CHECK(fs::exists(dir.path(own)));
    CHECK_FALSE(fs::exists(dir.path(left)));
    CHECK(fs::exists(dir.path("elector-x-1")));
    CHECK(fs::exists(dir.path("elector-" + std::to_string(dead))));
    CHECK(fs::exists(dir.path("other-" + std::to_string(dead) + "-1")));
  }

  TEST_CASE("a process enters it, and is in it with what it starts" *
            doctest::skip(!can_make_cgroups())) {
    const TestCgroup group;
    CgroupLeaf leaf(cmd::new_leaf_path(group.folder()));
    REQUIRE(leaf.make() == 0);
    CHECK(leaf.make() == 0);  // it is there already
    CHECK_FALSE(leaf.populated());
    for (const bool removed : {false, true}) {
      CAPTURE(removed);
      if (removed) REQUIRE(leaf.remove() == 0);  // as another elector may, before it is entered
      const pid_t child = ::fork();
      if (child == 0) {
        if (leaf.enter() != 0) ::_exit(1);
        while (true) ::pause();
      }
      CHECK(eventually([&] { return leaf.populated(); }));
      CHECK(leaf.any() == child);
      CHECK(leaf.reaches(child));
      CHECK_FALSE(leaf.reaches(::getpid()));
      CHECK(leaf.remove() == EBUSY);
      leaf.kill();
      CHECK(eventually([&] { return !leaf.populated(); }));
      ::waitpid(child, nullptr, 0);
    }
    CHECK(leaf.remove() == 0);
    CHECK(leaf.remove() == 0);  // nothing there
    CHECK(group.children().empty());
  }

  TEST_CASE("all in it and in the groups below are killed, frozen ones too" *
            doctest::skip(!can_make_cgroups())) {
    const TestCgroup group;
    CgroupLeaf leaf(cmd::new_leaf_path(group.folder()));
    REQUIRE(leaf.make() == 0);
    const std::string below = leaf.path() + "/below";
    fs::create_directory(below);
    Idler first(true);
    Idler second(true);
    Idler outside;
    first.move_to(leaf.path());
    second.move_to(below);
    SUBCASE("as they are") {}
    SUBCASE("frozen") {
      std::ofstream(leaf.path() + "/cgroup.freeze") << "1" << std::flush;
      CHECK(eventually([&] {
        std::ifstream file(leaf.path() + "/cgroup.events");
        const std::string text((std::istreambuf_iterator<char>(file)), {});
        return text.find("frozen 1") != std::string::npos;
      }));
    }
    leaf.kill();
    CHECK(eventually([&] { return first.ended_by() == SIGKILL; }));
    CHECK(eventually([&] { return second.ended_by() == SIGKILL; }));
    CHECK(outside.ended_by() == 0);
    CHECK(leaf.remove() == 0);
    CHECK_FALSE(fs::exists(leaf.path()));
  }

  TEST_CASE("a signal goes to all in it but those that are left out" *
            doctest::skip(!can_make_cgroups())) {
    const TestCgroup group;
    CgroupLeaf leaf(cmd::new_leaf_path(group.folder()));
    REQUIRE(leaf.make() == 0);
    Idler first;
    Idler second;
    first.move_to(leaf.path());
    second.move_to(leaf.path());
    leaf.signal(SIGTERM, {first.pid()});
    CHECK(eventually([&] { return second.ended_by() == SIGTERM; }));
    CHECK(first.ended_by() == 0);
    leaf.signal(SIGTERM, {});
    CHECK(eventually([&] { return first.ended_by() == SIGTERM; }));
  }
}

}  // namespace elector::tests
