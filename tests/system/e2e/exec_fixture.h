// SPDX-License-Identifier: Apache-2.0
// `elector exec` as a process, the heartbeats of what it runs, and a look at the processes below.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "tests/support/candidate.h"
#include "tests/support/cluster.h"
#include "tests/support/proc.h"
#include "tests/support/process.h"

namespace elector::tests {

using Words = std::vector<std::string>;

// tests/support/beat/beat.cpp, built.
std::string beat_binary();

struct ExecSetup {
  std::string election;
  std::string id = "a";
  std::string ttl = "3s";
  Words more{};              // further flags
  Words command{};           // what to run
  std::string kubeconfig{};  // "" for the cluster that the tests were pointed at
};

Words exec_words(const ExecSetup& setup);
// With a clean environment.
Command exec_command(const ExecSetup& setup);

// Runs it to its end.
struct Ended {
  std::optional<int> code;  // nothing if it did not end
  std::string out;
  std::string err;
};
Ended run_to_end(const Command& command);
inline Ended run_to_end(const ExecSetup& setup) {
  return run_to_end(exec_command(setup));
}

// One elector with its guard and its child.
class Contender {
 public:
  explicit Contender(const ExecSetup& setup) : process_(exec_command(setup)) {}
  explicit Contender(const Command& command) : process_(command) {}

  Process& process() { return process_; }
  pid_t pid() const { return process_.pid(); }
  // Waits until it is there; throws if it does not come.
  pid_t guard() const;
  pid_t child() const;

  void signal(int number) const { process_.signal(number); }
  std::optional<int> terminate();
  bool logs(const std::string& text, Milliseconds limit = kLimit, std::size_t from = 0) const;
  std::string log() const { return process_.text(Process::Stream::kErr); }
  std::string output() const { return process_.text(Process::Stream::kOut); }
  std::size_t logged() const { return process_.lines(Process::Stream::kErr).size(); }
  bool says(const std::string& line, Milliseconds limit = kLimit) const;

 private:
  Process process_;
};

struct Beat {
  std::int64_t at;  // nanoseconds of CLOCK_BOOTTIME
  std::string tag;
  pid_t pid;
};

// The file that beat writes into.
class Beats {
 public:
  explicit Beats(std::string path) : path_(std::move(path)) {}

  const std::string& path() const { return path_; }
  // The command line of beat.
  Words command(const std::string& tag, const Words& words = {}) const;

  std::vector<Beat> all() const;
  std::vector<Beat> of(const std::string& tag) const;
  // Whether the tag beats, after that moment.
  bool begins(const std::string& tag, std::int64_t after = 0, Milliseconds limit = kLimit) const;
  // Whether that many processes beat under the tag.
  bool has_processes(const std::string& tag, std::size_t count) const;
  // The order of beats, for example "aba": with an overlap it is longer than that.
  std::string turns() const;
  // The last beat of the tag, 0 without one.
  std::int64_t last(const std::string& tag) const;
  // Those that beat under the tag and are still there.
  std::vector<pid_t> alive(const std::string& tag) const;

 private:
  std::string path_;
};

}  // namespace elector::tests
