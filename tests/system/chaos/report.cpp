// SPDX-License-Identifier: Apache-2.0
#include "tests/system/chaos/report.h"

#include <algorithm>
#include <cstdio>
#include <map>

namespace elector::tests::chaos {
namespace {

struct Worst {
  int count = 0;
  Span longest{0};

  void take(Span length) {
    ++count;
    longest = std::max(longest, length);
  }
};

void print_faults(const Arena& arena, const std::vector<Fault>& never_done) {
  std::map<Fault, int> counts;
  for (const Deed& deed : arena.deeds()) ++counts[deed.fault];
  // Edits of other fields are harmless, and many.
  const auto edits = static_cast<std::size_t>(counts[Fault::kEdit]);
  std::printf(
      "faults: %zu and %zu edits of other fields; %zu passed over, since they did not fit\n",
      arena.deeds().size() - edits, edits, arena.passed_over());
  for (const Fault fault : never_done) counts[fault] = 0;
  for (const auto& [fault, count] : counts) std::printf("  %-22s %d\n", info(fault).name, count);
}

void print_vacancies(const Verdict& verdict) {
  std::map<std::string, Worst> by_cause;
  Worst healthy;
  Worst overdue;
  for (const Vacancy& vacancy : verdict.vacancies) {
    by_cause[vacancy.cause].take(vacancy.length());
    healthy.take(vacancy.healthy);
    if (vacancy.overdue) overdue.take(*vacancy.overdue);
  }
  std::printf("vacancies: %zu; the longest in which someone could have led %.2f s\n",
              verdict.vacancies.size(), seconds_of(healthy.longest));
  std::printf(
      "  after a record had run out, or was given back, and all was well: %d, longest %.2f s\n",
      overdue.count, seconds_of(overdue.longest));
  std::printf("  %-22s %5s  %s\n", "after", "count", "longest");
  for (const auto& [cause, worst] : by_cause) {
    std::printf("  %-22s %5d  %.2f s\n", cause.c_str(), worst.count, seconds_of(worst.longest));
  }
}

void print_findings(const Verdict& verdict) {
  std::map<int, int> by_invariant;
  for (const Finding& one : verdict.violations) ++by_invariant[one.invariant];
  std::printf("violations: %zu (of invariant", verdict.violations.size());
  for (int invariant = 1; invariant <= 6; ++invariant) {
    std::printf("%s %d: %d", invariant == 1 ? "" : ",", invariant, by_invariant[invariant]);
  }
  std::printf("; candidates that broke down: %d)\n", by_invariant[0]);
  std::map<std::string, Worst> apart;
  for (const Finding& one : verdict.apart) apart[one.apart].take(one.size());
  std::printf("counted apart: %zu overlaps\n", verdict.apart.size());
  for (const auto& [cause, worst] : apart) {
    std::printf("  %-22s %5d  largest %.2f s\n", cause.c_str(), worst.count,
                seconds_of(worst.longest));
  }
}

double since(Instant start, Instant at) {
  return seconds_of(at - start);
}

void print_edges(const char* what, const std::optional<Edges>& edges, Instant start) {
  if (!edges) return;
  std::printf("    %s: first in [%.4f, %.4f], last in [%.4f, %.4f]\n", what,
              since(start, edges->first.sent), since(start, edges->first.received),
              since(start, edges->last.sent), since(start, edges->last.received));
}

Verdict sorted(Findings all, Verdict verdict) {
  for (Finding& one : all) {
    (one.apart.empty() ? verdict.violations : verdict.apart).push_back(std::move(one));
  }
  return verdict;
}

void append(Findings& all, Findings more) {
  for (Finding& one : more) all.push_back(std::move(one));
}

}  // namespace

Verdict judge(Arena& arena, Depth depth) {
  const History history = arena.history();
  Verdict verdict;
  verdict.terms = terms_of(history);
  for (const Life& life : history) {
    for (const Stream& stream : life.streams) verdict.events += stream.events.size();
  }
  Findings all = check_terms(history, arena.surroundings());
  append(all, arena.misdeeds());
  // Of the server after the history: a process that claims to hold has written by then.
  std::vector<Write> writes;
  if (depth != Depth::kClaims) writes = arena.writes();
  verdict.by_the_books = !writes.empty();
  append(all, arena.wrong_by(history, writes));
  if (depth == Depth::kEnd) append(all, arena.wrong_lines(history, writes));
  verdict.vacancies = vacancies_of(verdict.terms, arena.disturbances(), writes, arena.judged_to(),
                                   arena.vacancy_rules());
  for (const Vacancy& vacancy : verdict.vacancies) {
    if (!vacancy.breach) continue;
    all.push_back({.invariant = 4,
                   .what = "nobody led after \"" + vacancy.cause + "\" though someone could",
                   .from = vacancy.from,
                   .to = vacancy.to});
  }
  return sorted(std::move(all), std::move(verdict));
}

void print_summary(const Verdict& verdict, const Arena& arena, const RunFacts& facts) {
  std::printf("\nelector-chaos: seed %llu, %.0f s on %s\n",
              static_cast<unsigned long long>(facts.seed), seconds_of(facts.length),
              facts.server.c_str());
  print_faults(arena, facts.never_done);
  std::size_t claims = 0;
  std::size_t hand_overs = 0;
  for (std::size_t i = 0; i < verdict.terms.size(); ++i) {
    claims += verdict.terms[i].claims;
    if (i > 0 && verdict.terms[i].name != verdict.terms[i - 1].name) ++hand_overs;
  }
  std::printf("terms: %zu, hand-overs from one candidate to another: %zu\n", verdict.terms.size(),
              hand_overs);
  std::printf(
      "seen: %zu answers, %zu events, %zu heartbeats; claims to lead that were checked: %zu\n",
      arena.answers(), verdict.events, arena.beats(), claims);
  print_vacancies(verdict);
  print_findings(verdict);
  if (!verdict.by_the_books) {
    std::printf(
        "not checked, as there are no books of the server's writes: holds against the renewals "
        "that "
        "they rest on, tokens against writes, followers against the lock, the order of lines and "
        "of streams, vacancies against the record's end\n");
  }
  std::printf("the machine was late by %.0f ms at worst\n",
              seconds_of(arena.worst_lateness()) * 1000);
  if (!facts.logs.empty()) std::printf("the candidates' logs are in %s\n", facts.logs.c_str());
}

void print_evidence(const Verdict& verdict, const Arena& arena, Instant start) {
  constexpr Span kAround = std::chrono::seconds(8);
  constexpr std::size_t kMost = 5;
  for (std::size_t i = 0; i < std::min(kMost, verdict.violations.size()); ++i) {
    const Finding& one = verdict.violations[i];
    std::printf("\nVIOLATION of invariant %d, from %.4f s to %.4f s: %s\n", one.invariant,
                since(start, one.from), since(start, one.to), one.what.c_str());
    std::printf("  terms around it:\n");
    for (const Term& term : verdict.terms) {
      if (term.lasted_to() < one.from - kAround || term.begun_by() > one.to + kAround) continue;
      std::printf("   token %llu, %s\n", static_cast<unsigned long long>(term.token),
                  term.lives.front().c_str());
      print_edges("answers", term.answers, start);
      print_edges("beats", term.beats, start);
    }
    std::printf("  what was done around it:\n");
    for (const Deed& deed : arena.deeds()) {
      if (deed.fault == Fault::kEdit || deed.at < one.from - kAround ||
          deed.at > one.to + kAround) {
        continue;
      }
      std::printf("    %9.4f  %s %s", since(start, deed.at), info(deed.fault).name,
                  deed.who.c_str());
      if (deed.length > Span(0)) std::printf(" for %.3f s", seconds_of(deed.length));
      std::printf("\n");
    }
  }
}

}  // namespace elector::tests::chaos
