// SPDX-License-Identifier: Apache-2.0
#include "tests/system/chaos/checker.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <optional>
#include <utility>

namespace elector::tests::chaos {
namespace {

using Source = Statement::Source;

std::string in_words(const Term& term, Source source) {
  return (source == Source::kBeat ? "the work of " : "") + term.lives.front() + " (token " +
         std::to_string(term.token) + ")";
}

const std::optional<Edges>& edges_of(const Term& term, Source source) {
  return source == Source::kBeat ? term.beats : term.answers;
}

// The last that is known of the terms so far, by one kind of statement.
struct Latest {
  const Term* term = nullptr;
  Source source = Source::kAnswer;
  Instant sent = Instant::min();

  void take(const Term& other) {
    const auto& edges = edges_of(other, source);
    if (!edges || edges->last.sent <= sent) return;
    term = &other;
    sent = edges->last.sent;
  }
};

// source: of what is known of the earlier term, which continues for too long.
std::string excuse(const Finding& finding, const Term& earlier, Source source,
                   const Surroundings& surroundings) {
  const auto own = surroundings.deadlines.find(earlier.name);
  const Deadlines& deadlines =
      own == surroundings.deadlines.end() ? surroundings.usual : own->second;
  const Span bound = source == Source::kBeat ? deadlines.kill : deadlines.renew;
  for (const ForeignChange& change : surroundings.foreign) {
    const bool in_time = change.sent <= finding.to && change.received >= earlier.begun_by();
    if (in_time && finding.to <= change.received + bound) return change.what;
  }
  if (source != Source::kBeat) return "";
  Span stalled(0);
  Span worst(0);
  for (const Stall& stall : surroundings.stalls) {
    const bool near = stall.at + stall.late >= finding.from - deadlines.kill &&
                      stall.at - stall.late <= finding.to;
    if (!near) continue;
    stalled += stall.late;
    worst = std::max(worst, stall.late);
  }
  // Twice: our own thread may have been run before the guard was.
  const bool stall_explains = finding.size() <= 2 * stalled;
  return worst >= surroundings.harmful_stall && stall_explains ? "the machine stalled" : "";
}

std::optional<Finding> compare(const Latest& earlier, const Term& later, Source source) {
  const auto& edges = edges_of(later, source);
  if (earlier.term == nullptr || !edges || earlier.sent <= edges->first.received) return {};
  const Term& first = *earlier.term;
  Finding finding{.invariant = 1,
                  .what = in_words(first, earlier.source) + " goes on after " +
                          in_words(later, source) + " has begun",
                  .from = edges->first.received,
                  .to = earlier.sent};
  if (earlier.source == Source::kBeat) finding.invariant = 2;
  if (first.begun_by() > later.lasted_to()) {
    finding.invariant = 5;
    finding.what =
        in_words(first, earlier.source) + " leads after " + in_words(later, source) + " has led";
  }
  return finding;
}

Findings overlaps(const std::vector<Term>& terms, const Surroundings& surroundings) {
  Findings found;
  std::array<Latest, 2> latest{Latest{.source = Source::kAnswer}, Latest{.source = Source::kBeat}};
  for (const Term& term : terms) {
    for (const Latest& earlier : latest) {
      for (const Source source : {Source::kAnswer, Source::kBeat}) {
        auto finding = compare(earlier, term, source);
        if (!finding) continue;
        finding->apart = excuse(*finding, *earlier.term, earlier.source, surroundings);
        found.push_back(std::move(*finding));
      }
    }
    for (Latest& one : latest) one.take(term);
  }
  return found;
}

void resumptions(const Life& life, Findings& found) {
  std::optional<Statement> claimed;
  std::optional<Statement> denied;  // after that claim, for sure
  for (const Statement& statement : life.statements) {
    if (statement.source != Source::kAnswer) continue;
    if (!statement.token) {
      if (claimed && !denied && statement.sent >= claimed->received) denied = statement;
      continue;
    }
    if (claimed && denied && claimed->token == statement.token &&
        statement.sent >= denied->received) {
      found.push_back({.invariant = 1,
                       .what = life.title() + " leads again under the token " +
                               std::to_string(*statement.token) + " after it had said it did not",
                       .from = denied->sent,
                       .to = statement.received});
    }
    claimed = statement;
    denied.reset();
  }
}

// A daemon's beats cannot be distinguished from its child's, but counted: more of them at once than
// one child has belong to two.
void second_children(const Life& life, Findings& found) {
  std::uint64_t accused = 0;  // each term once
  for (const Worker& one : life.workers) {
    std::vector<const Worker*> beside;  // alive when it began
    Instant until = one.last;
    for (const Worker& other : life.workers) {
      if (&other == &one || other.token != one.token) continue;
      if (other.first > one.first || other.last <= one.first) continue;
      beside.push_back(&other);
      until = std::min(until, other.last);
    }
    if (beside.size() < life.family || one.token == accused) continue;
    accused = one.token;
    found.push_back({.invariant = 2,
                     .what = life.title() + " (token " + std::to_string(one.token) +
                             ") has two children at once: the process " + std::to_string(one.pid) +
                             " beside " + std::to_string(beside.front()->pid),
                     .from = one.first,
                     .to = until});
  }
}

bool is_of(const Write& write, const std::string& holder) {
  return write.by_candidate && !write.deletion && write.holder == holder &&
         !write.acquire_time.empty();
}

// What the server's records show about a term.
struct Booked {
  // Its first write and its renewals, as they were applied; none if it has no write of the
  // holder's.
  std::vector<Instant> renewals{};
  bool hidden = false;  // by a record that was corrupted
};

// The acquiring write: the one that has the token. Or, if its answer was lost and other clients
// edited other fields before it was read back, the one whose record, including the claim, the
// token's version still has: its own version cannot be known then. nullptr if there is none.
const Write* acquiring_write(const Write& named, const std::string& holder,
                             const std::vector<Write>& writes) {
  if (is_of(named, holder)) return &named;
  if (named.by_candidate || named.deletion) return nullptr;
  const Write* first = nullptr;
  for (const Write& write : writes) {
    if (write.version > named.version) break;
    if (write.by_candidate) first = &write;
    if (write.deletion) first = nullptr;
  }
  const bool same = first != nullptr && is_of(*first, holder) && named.holder == holder &&
                    first->claim == named.claim && first->acquire_time == named.acquire_time &&
                    first->renew_time == named.renew_time;
  return same ? first : nullptr;
}

// Renewals are not identified by renewTime: within a second the annotation's may be the same.
Booked booked(std::uint64_t token, const std::string& holder, const std::vector<Write>& writes) {
  const auto named = std::find_if(writes.begin(), writes.end(),
                                  [&](const Write& write) { return write.version == token; });
  if (named == writes.end()) return {};
  if (!named->by_candidate && !named->deletion && named->acquire_time.empty()) {
    return {.hidden = true};
  }
  const Write* const first = acquiring_write(*named, holder, writes);
  Booked books;
  if (first == nullptr) return books;
  for (const Write& write : writes) {
    if (write.version < first->version || !is_of(write, holder)) continue;
    if (write.acquire_time == first->acquire_time) books.renewals.push_back(write.applied);
  }
  return books;
}

std::string in_milliseconds(Span span) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.1f ms", seconds_of(span) * 1000);
  return text.data();
}

}  // namespace

Findings check_terms(const History& history, const Surroundings& surroundings) {
  const std::vector<Term> terms = terms_of(history);
  Findings found = overlaps(terms, surroundings);
  for (const Term& term : terms) {
    if (term.lives.size() < 2) continue;
    found.push_back({.invariant = 5,
                     .what = "the token " + std::to_string(term.token) + " is had by " +
                             term.lives[0] + " and " + term.lives[1],
                     .from = term.begun_by(),
                     .to = term.lasted_to()});
  }
  for (const Life& life : history) {
    resumptions(life, found);
    second_children(life, found);
  }
  return found;
}

Findings check_holds(const Life& life, const std::vector<Write>& writes, Span deadline) {
  Findings found;
  if (writes.empty()) return found;
  std::uint64_t token = 0;
  std::uint64_t accused = 0;  // each term once
  Booked books;
  const auto accuse = [&](const std::string& what, Instant from, Instant to) {
    accused = token;
    found.push_back({.invariant = 1,
                     .what = life.title() + " (token " + std::to_string(token) + ") " + what,
                     .from = from,
                     .to = to});
  };
  for (const Statement& claim : life.statements) {
    if (!claim.token || claim.source != Source::kAnswer) continue;
    if (*claim.token != token) {
      token = *claim.token;
      books = booked(token, life.name, writes);
    }
    if (token == accused || books.hidden) continue;
    const std::vector<Instant>& renewals = books.renewals;
    // The last that was applied before the claim could have been made.
    const auto after = std::upper_bound(renewals.begin(), renewals.end(), claim.received);
    if (after == renewals.begin()) {
      accuse(renewals.empty() ? "leads under a token that no write of its own bears"
                              : "leads before the write that bears its token was applied",
             claim.sent, renewals.empty() ? claim.received : renewals.front());
      continue;
    }
    const Instant end = *(after - 1) + deadline;
    const Instant said = claim.sent + claim.expires;
    if (said <= end) continue;
    accuse("holds " + in_milliseconds(said - end) +
               " longer than its last renewal allows, which was applied " +
               in_milliseconds(claim.sent - *(after - 1)) + " before it was asked",
           end, said);
  }
  return found;
}

Findings check_lines(const std::string& title, const std::vector<std::string>& lines,
                     const std::vector<std::string>& holders) {
  auto at = holders.begin();
  for (const std::string& line : lines) {
    const std::size_t end = line.find(" is the leader");
    const std::string name = end == std::string::npos ? line : line.substr(0, end);
    if (name == "nobody") continue;  // a record may run out without a trace in the lock
    const auto found = std::find(at, holders.end(), name);
    if (found == holders.end()) {
      std::string what = title;
      what.append(" printed \"").append(line);
      what.append("\" when that had not led since what it printed before");
      return {{.invariant = 6, .what = std::move(what), .from = {}, .to = {}}};
    }
    at = found;
  }
  return {};
}

}  // namespace elector::tests::chaos
