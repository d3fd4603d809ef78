// SPDX-License-Identifier: Apache-2.0
// The first milliseconds: what a start computes, and whether a PID 1 loses a SIGTERM then.
#include <fcntl.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <stdexcept>
#include <string>
#include <thread>

#include "tests/support/process.h"
#include "tests/support/temp_dir.h"
#include "tests/system/bench/bench.h"

namespace elector::tests::bench {
namespace {

using Milliseconds = std::chrono::milliseconds;

// Starts `elector run` as PID 1 of a PID namespace; returns once it has been executed. -1 where
// this user may not make the namespace.
pid_t start_as_init(const std::string& kubeconfig) {
  std::array<int, 2> executed{};
  if (::pipe2(executed.data(), O_CLOEXEC) != 0) throw std::runtime_error("pipe2");
  const std::string elector = elector_binary();
  const std::string config = "--kubeconfig=" + kubeconfig;
  const auto pid = static_cast<pid_t>(::syscall(SYS_clone, CLONE_NEWPID | SIGCHLD, 0, 0, 0, 0));
  if (pid == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // a bench that is ended leaves none
    const int null = ::open("/dev/null", O_RDWR);
    for (const int fd : {0, 1, 2}) ::dup2(null, fd);
    ::execl(elector.c_str(), "elector", "run", "--election=early", config.c_str(), nullptr);
    ::_exit(127);
  }
  ::close(executed[1]);
  char byte = 0;
  [[maybe_unused]] const auto end = ::read(executed[0], &byte, 1);
  ::close(executed[0]);
  return pid;
}

// Whether it ends within a few seconds; it is gone afterwards.
bool ends(pid_t pid) {
  const auto limit = std::chrono::steady_clock::now() + Milliseconds(5000);
  while (::waitpid(pid, nullptr, WNOHANG) != pid) {
    if (std::chrono::steady_clock::now() > limit) {
      ::kill(pid, SIGKILL);
      ::waitpid(pid, nullptr, 0);
      return false;
    }
    std::this_thread::sleep_for(Milliseconds(1));
  }
  return true;
}

// The program's pages leave the kernel's cache.
void make_cold() {
  const int file = ::open(elector_binary().c_str(), O_RDONLY | O_CLOEXEC);
  ::posix_fadvise(file, 0, 0, POSIX_FADV_DONTNEED);
  ::close(file);
}

void measure_early_signals(const std::string& kubeconfig, Table& table) {
  constexpr int kSignals = 200;
  constexpr int kEnough = 10;  // each loss takes seconds to be seen
  for (const bool later : {true, false}) {
    int lost = 0;
    for (int i = 0; i < kSignals && lost < kEnough; ++i) {
      if (i % 2 == 1) make_cold();
      const pid_t pid = start_as_init(kubeconfig);
      if (pid < 0) return say("no PID namespaces here: no early signals");
      // 1 to 100 ms, short waits more often.
      if (later) std::this_thread::sleep_for(Milliseconds(1 + i * i * 99 / (kSignals * kSignals)));
      ::kill(pid, SIGTERM);
      if (!ends(pid)) ++lost;
    }
    Row row{.what = later ? "SIGTERMs that PID 1 lost, of 200, 1 to 100 ms after exec"
                          : "the same, at once after exec",
            .values = {static_cast<double>(lost)}};
    if (later) {
      row.bar = "0";
      row.max_limit = 0;
    }
    table.add(std::move(row));
  }
}

// What callgrind counts, in millions: the same on a busy machine, unlike time.
void measure_instructions(const std::string& kubeconfig, Table& table) {
  const TempDir folder;
  Process process(Command{
      .arguments = {"valgrind", "--tool=callgrind", "--callgrind-out-file=" + folder.path("out"),
                    elector_binary(), "status", "no-such-election", "--kubeconfig=" + kubeconfig}});
  process.wait_exit();
  std::ifstream file(folder.path("out"));
  for (std::string word; file >> word;) {
    double count = 0;
    if (word != "totals:" || !(file >> count)) continue;
    table.add({.what = "instructions of status",
               .unit = "million",
               .values = {count / 1e6},
               .bar = "30 (static file)"});
    return;
  }
  say("no valgrind here: instructions are not counted");
}

}  // namespace

void measure_start(const Cluster& cluster, Table& table) {
  measure_instructions(cluster.kubeconfig(), table);
  measure_early_signals(cluster.kubeconfig(), table);
}

}  // namespace elector::tests::bench
