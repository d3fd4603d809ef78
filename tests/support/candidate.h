// `elector run` as a process: one candidate, what it prints, and what it answers over HTTP.
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

// What a process of elector must not inherit from whoever runs the tests: variables that it reads.
// A home directory without a kubeconfig is part of it.
std::map<std::string, std::optional<std::string>> clean_environment();

// For a process that is given no room: what a build for tests does at the end of a process, a leak
// check or the writing of line counts, would need some of its own.
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
  // Besides a clean environment.
  std::map<std::string, std::optional<std::string>> environment{};
};

class Candidate {
 public:
  // Starts `elector run` with --http on a free port of 127.0.0.1.
  explicit Candidate(const CandidateOptions& options);

  const std::string& id() const { return id_; }
  Process& process() { return process_; }
  const Process& process() const { return process_; }

  // The body of GET /, "" when there is no answer of 200.
  std::string body() const;
  // The leader that the body names.
  std::string leader() const;
  // Whether the HTTP answer names this leader within the limit.
  bool says(const std::string& leader, Milliseconds limit = kLimit) const;
  Address http_address() const;

  // Whether it prints `NAME is the leader` (`nobody` for a vacancy), from that line of its output
  // on.
  std::optional<Line> prints(const std::string& leader, std::size_t from = 0,
                             Milliseconds limit = kLimit) const;
  // Whether a line of its log has this text in it.
  bool logs(const std::string& text, Milliseconds limit = kLimit, std::size_t from = 0) const;
  std::size_t printed() const { return process_.lines(Process::Stream::kOut).size(); }
  std::size_t logged() const { return process_.lines(Process::Stream::kErr).size(); }
  // How many lines of its log have this text in them.
  std::size_t count_logged(const std::string& text) const;
  std::string output() const { return process_.text(Process::Stream::kOut); }
  std::string log() const { return process_.text(Process::Stream::kErr); }

  void signal(int number) const { process_.signal(number); }
  // SIGTERM, and its exit code; nothing if it does not end.
  std::optional<int> terminate();

 private:
  std::string id_;
  Process process_;
};

// Some candidates of one election, named a, b, c, …
class Candidates {
 public:
  Candidates(std::size_t count, const CandidateOptions& options);

  Candidate& operator[](std::size_t index) { return *all_.at(index); }
  std::size_t size() const { return all_.size(); }
  // Waits until those that run (of which there must be one) all say over HTTP that one and the same
  // of them leads, and returns it; nothing if that does not come about.
  Candidate* leader(Milliseconds limit = kLimit);
  // Any that runs and is not that one.
  Candidate& other_than(const Candidate& one);
  // Takes it out of the running ones: the test has ended it.
  void gone(const Candidate& one);
  std::string logs() const;

 private:
  std::vector<std::unique_ptr<Candidate>> all_;
  std::vector<Candidate*> running_;
};

}  // namespace elector::tests
