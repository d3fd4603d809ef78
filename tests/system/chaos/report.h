// SPDX-License-Identifier: Apache-2.0
// The verdict over a whole run, and its text.
#pragma once

#include <string>
#include <vector>

#include "tests/system/chaos/arena.h"
#include "tests/system/chaos/checker.h"
#include "tests/system/chaos/vacancy.h"

namespace elector::tests::chaos {

struct Verdict {
  std::vector<Term> terms;
  std::vector<Vacancy> vacancies;
  Findings violations;
  Findings apart;
  std::size_t events = 0;     // of GET /watch
  bool by_the_books = false;  // the server's writes were there to check by
};

enum class Depth {
  kClaims,  // what candidates stated and did
  kWrites,  // and what the server saw
  kEnd,     // and what they printed: they have ended
};
Verdict judge(Arena& arena, Depth depth);

struct RunFacts {
  std::uint64_t seed = 0;
  Span length{0};
  std::string server;
  std::string logs;                 // the folder, "" if it is not kept
  std::vector<Fault> never_done{};  // of the kinds that were planned
};

void print_summary(const Verdict& verdict, const Arena& arena, const RunFacts& facts);
// All that is known around each violation.
void print_evidence(const Verdict& verdict, const Arena& arena, Instant start);

}  // namespace elector::tests::chaos
