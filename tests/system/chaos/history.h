// SPDX-License-Identifier: Apache-2.0
// What was seen of an election from outside: which process claimed when that it leads. Pure data,
// written by the observer, read by the checks.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "tests/system/chaos/boot_clock.h"

namespace elector::tests::chaos {

// Something that was true at an instant which is known only to lie between two others.
struct Statement {
  enum class Source {
    kAnswer,  // of GET /leader, between the request's sending and the answer's coming
    kBeat,    // a heartbeat of what exec runs, which states its instant itself
  };
  Instant sent;
  Instant received;
  Source source = Source::kAnswer;
  // The fencing token of the term in which it leads; nothing if it states that it does not lead.
  std::optional<std::uint64_t> token{};
  // kAnswer: how long the hold lasts, by its own statement.
  std::chrono::milliseconds expires{0};
};

// A question whose answer matters only for its time.
struct Asked {
  Instant sent;
  Instant received;
};

// That a name ("" for none) was served as the leader's, without another in between.
struct Served {
  std::string name;
  std::vector<Asked> when{};
};

// What an event of GET /watch stated: true at some instant before it was received.
struct StreamEvent {
  Instant received;
  std::string name;                      // the leader's; "" for nobody
  std::optional<std::uint64_t> token{};  // of the term in which the process leads, if it does
};

// One connection.
struct Stream {
  std::vector<StreamEvent> events{};
  Instant read_to{};  // what came by then was taken
};

// A write of the lock object as the server accepted it.
struct Write {
  Instant applied;
  std::uint64_t version = 0;
  bool by_candidate = true;
  bool deletion = false;  // the rest is what was there before
  std::string holder{};   // "" for nobody, or for a record that cannot be read
  std::chrono::seconds duration{0};
  std::string acquire_time{};
  std::string renew_time{};
  std::string claim{};  // the annotation, as text
};

// A process that exec had started, by its beats: alive from the first to the last at least.
struct Worker {
  pid_t pid = 0;
  std::uint64_t token = 0;  // of its term
  Instant first;
  Instant last;
};

// One process under one name, from its start to its end. A restart is another life.
struct Life {
  std::string name;   // its --id
  std::string label;  // distinguishes it from another with the same name
  int number = 0;
  Instant began{};
  // Those of each source in the order in which they were made. Of denials only the first after a
  // claim is kept.
  std::vector<Statement> statements{};
  std::vector<Served> served{};
  std::vector<Stream> streams{};
  // Of exec: what beat, in the order in which it began.
  std::vector<Worker> workers{};
  std::size_t family = 1;  // so many processes of one child beat: 2 with a daemon

  std::string title() const { return label + "." + std::to_string(number); }
  void add(const Statement& statement);
  void add_beat(Instant at, pid_t pid, std::uint64_t token);
  // leader: "" if no leader is named.
  void add_served(const std::string& leader, const Asked& asked);
};

using History = std::vector<Life>;

// The edges of what is known of a term: it began at `first`'s received at the latest, and had not
// ended at `last`'s sent.
struct Edges {
  Statement first;
  Statement last;
};

struct Term {
  std::uint64_t token = 0;
  std::vector<std::string> lives{};  // the processes that claim it; one, if all is well
  std::string name{};                // of the first of these
  std::optional<Edges> answers{};
  std::optional<Edges> beats{};
  std::size_t claims = 0;

  // No instant of the term that is known for sure is later or earlier than these.
  Instant begun_by() const;
  Instant lasted_to() const;
};

// The terms in the order of their tokens.
std::vector<Term> terms_of(const History& history);

}  // namespace elector::tests::chaos
