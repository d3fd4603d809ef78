// SPDX-License-Identifier: Apache-2.0
// `elector run` as a process: one candidate, its output, and its answers over HTTP.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tests/support/http.h"
#include "tests/support/process.h"

namespace elector::tests {

// The program under test: $ELECTOR_BINARY.
std::string elector_binary();

// The variables that a process of elector reads and must not inherit from the environment of the
// tests. Includes a home directory without a kubeconfig.
std::map<std::string, std::optional<std::string>> clean_environment();

// For a process with a limit on its resources: at its end, a build for tests does a leak check or
// writes line counts, which need resources as well.
inline void spare_instruments(Command& command) {
  command.environment["ASAN_OPTIONS"] = "detect_leaks=0";
  command.environment["UNCOUNTED"] = "1";  // tests/coverage/dump.cpp
}

struct CandidateOptions {
  std::string kubeconfig;
  std::string election;
  std::string id;
  std::string ttl = "3s";
  std::vector<std::string> more{};  // further flags
  // In addition to a clean environment.
  std::map<std::string, std::optional<std::string>> environment{};
};

class Candidate {
 public:
  // Starts `elector run` with --http on a free port of 127.0.0.1.
  explicit Candidate(const CandidateOptions& options);

  const std::string& id() const { return id_; }
  Process& process() { return process_; }
  const Process& process() const { return process_; }

  // Returns the body of GET /, or "" without an answer of 200.
  std::string body() const;
  // Returns the leader that the body names.
  std::string leader() const;
  // Whether the HTTP answer names this leader within the limit.
  bool says(const std::string& leader, Milliseconds limit = kLimit) const;
  Address http_address() const;

  // Waits for the line `NAME is the leader` (`nobody` for a vacancy) after the first `from` lines
  // of its output, and returns it.
  std::optional<Line> prints(const std::string& leader, std::size_t from = 0,
                             Milliseconds limit = kLimit) const;
  // Whether a line of its log contains this text.
  bool logs(const std::string& text, Milliseconds limit = kLimit, std::size_t from = 0) const;
  std::size_t printed() const { return process_.lines(Process::Stream::kOut).size(); }
  std::size_t logged() const { return process_.lines(Process::Stream::kErr).size(); }
  // Returns how many lines of its log contain this text.
  std::size_t count_logged(const std::string& text) const;
  std::string output() const { return process_.text(Process::Stream::kOut); }
  std::string log() const { return process_.text(Process::Stream::kErr); }

  void signal(int number) const { process_.signal(number); }
  // Sends SIGTERM and returns the exit code; nothing if it does not end.
  std::optional<int> terminate();

 private:
  std::string id_;
  Process process_;
};

// Several candidates of one election, named a, b, c, …
class Candidates {
 public:
  Candidates(std::size_t count, const CandidateOptions& options);

  Candidate& operator[](std::size_t index) { return *all_.at(index); }
  std::size_t size() const { return all_.size(); }
  // Waits until those that run (at least one) all answer over HTTP that the same one of them leads,
  // and returns it; nothing if that does not happen.
  Candidate* leader(Milliseconds limit = kLimit);
  // Returns any other running candidate.
  Candidate& other_than(const Candidate& one);
  // Removes it from the running ones: the test has ended it.
  void gone(const Candidate& one);
  std::string logs() const;

 private:
  std::vector<std::unique_ptr<Candidate>> all_;
  std::vector<Candidate*> running_;
};

}  // namespace elector::tests
