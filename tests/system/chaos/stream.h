// SPDX-License-Identifier: Apache-2.0
// GET /watch of a candidate, beside GET /leader: read all the time, and judged for what is certain
// about it, which is the order within one stream. An event states what was true at some instant
// before it was received.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "tests/support/http.h"
#include "tests/system/chaos/checker.h"
#include "tests/system/chaos/history.h"

namespace elector::tests::chaos {

// The connection to one process. Not for a process that has ended.
class StreamReader {
 public:
  // Adds the events that have arrived to the process's streams, a new stream for each connection;
  // opens one if there is none. socket: the path of the process's Unix socket. Findings are content
  // of single events that must not occur (invariant 6).
  Findings read(const std::string& socket, Life& life);
  // The next read() begins another connection.
  void leave() { connection_.reset(); }

 private:
  std::unique_ptr<OpenConnection> connection_;
  std::size_t read_to_ = 0;
};

// A term that an event has reported as over is not claimed again in that stream, tokens grow, no
// process claims the term of another; and each stream soon shows what GET /leader shows, within
// `late`. Events after `to` are not judged.
Findings check_streams(const History& history, Span late, Instant to);

// The names that each stream gives, as check_lines() takes them: by title and number.
std::vector<std::pair<std::string, std::vector<std::string>>> lines_of_streams(const Life& life);

}  // namespace elector::tests::chaos
