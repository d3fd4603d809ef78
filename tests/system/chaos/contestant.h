// SPDX-License-Identifier: Apache-2.0
// One candidate of the chaos: a real process behind its own relay, restarted under its name when it
// ends, and asked all the time whether it leads.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/process.h"
#include "tests/support/relay.h"
#include "tests/system/chaos/access.h"
#include "tests/system/chaos/checker.h"
#include "tests/system/chaos/history.h"
#include "tests/system/chaos/stream.h"

namespace elector::tests::chaos {

struct ContestantSetup {
  std::string name;   // its --id
  std::string label;  // of its files, and in reports: two may have one name
  bool exec = false;  // `exec` with a child that beats; otherwise `run`
  std::chrono::seconds ttl{2};
  std::string lock;
  std::string election;
  Access::Kind access = Access::Kind::kToken;
  std::string logs;  // the folder where its output goes, a file for each life
};

class Contestant {
 public:
  // Begins to observe; the first life begins with start(). cluster and dir must outlive it.
  Contestant(const ContestantSetup& setup, const Cluster& cluster, const TempDir& dir,
             const Server& server);
  ~Contestant();
  Contestant(const Contestant&) = delete;
  Contestant& operator=(const Contestant&) = delete;

  const ContestantSetup& setup() const { return setup_; }
  Relay& relay() { return relay_; }
  Access& access() { return access_; }
  const Access& access() const { return access_; }
  // D and K of its timing.
  Span renew_deadline() const;
  Span kill_deadline() const;

  // Starts another process; dice selects how its child behaves.
  void start(std::uint64_t dice);
  bool alive() const { return process_ != nullptr; }
  // The present or last life.
  Instant began();
  // The exit code if it has ended since the last call; then it is not alive.
  std::optional<int> reap();
  void signal(int number) const;
  pid_t pid() const { return process_ ? process_->pid() : 0; }
  // exec's, if there is one just now.
  std::optional<pid_t> guard() const;
  std::optional<pid_t> child() const;

  // When it last claimed to lead.
  Instant last_claim() const { return Instant(Span(last_claim_.load())); }
  // Everything that was seen so far, the child's beats included.
  std::vector<Life> lives();
  // Content of single answers and events that must not occur (invariant 6).
  Findings wrong_answers();
  // What it printed: of each life the lines, in order.
  std::vector<std::pair<std::string, std::vector<std::string>>> printed() const { return printed_; }
  std::size_t answers() const { return answers_; }
  std::size_t beats() const { return beats_; }

 private:
  Command command(std::uint64_t dice) const;
  void observe();
  void read_stream(StreamReader& stream, std::size_t life, const std::string& socket);
  void note(std::size_t life, Instant sent, Instant received, const std::string& body, int status);
  void read_beats();
  void keep_output();

  const ContestantSetup setup_;
  const TempDir& dir_;
  Relay relay_;
  Access access_;
  std::unique_ptr<Process> process_;
  std::vector<std::pair<std::string, std::vector<std::string>>> printed_;
  std::streamoff beats_read_ = 0;
  std::size_t beats_ = 0;

  std::mutex mutex_;  // of what follows
  std::vector<Life> lives_;
  Findings wrong_;
  std::string socket_;  // of the present life; "" for none
  std::atomic<std::size_t> answers_{0};
  std::atomic<Span::rep> last_claim_{0};
  std::atomic<bool> end_{false};
  std::thread observer_;
};

// What an answer of GET /leader states, and what it must not state; pure.
struct Answer {
  std::optional<Statement> statement{};  // nothing if it is not a statement
  std::string leader{};                  // the leader that it names
  std::string wrong{};                   // "" if nothing is
};
Answer read_answer(Instant sent, Instant received, int status, const std::string& body,
                   Span renew_deadline);

}  // namespace elector::tests::chaos
