// SPDX-License-Identifier: Apache-2.0
#include "tests/system/chaos/history.h"

#include <algorithm>

namespace elector::tests::chaos {
namespace {

void widen(std::optional<Edges>& edges, const Statement& claim) {
  if (!edges) {
    edges = Edges{claim, claim};
    return;
  }
  if (claim.received < edges->first.received) edges->first = claim;
  if (claim.sent > edges->last.sent) edges->last = claim;
}

}  // namespace

void Life::add(const Statement& statement) {
  const bool again = !statement.token && (statements.empty() || !statements.back().token);
  if (!again) statements.push_back(statement);
}

void Life::add_beat(Instant at, pid_t pid, std::uint64_t token) {
  add({.sent = at, .received = at, .source = Statement::Source::kBeat, .token = token});
  const auto known = std::find_if(workers.rbegin(), workers.rend(), [&](const Worker& worker) {
    return worker.pid == pid && worker.token == token;
  });
  if (known == workers.rend()) {
    workers.push_back({.pid = pid, .token = token, .first = at, .last = at});
    return;
  }
  known->first = std::min(known->first, at);
  known->last = std::max(known->last, at);
}

void Life::add_served(const std::string& leader, const Asked& asked) {
  if (served.empty() || served.back().name != leader) served.push_back({.name = leader});
  served.back().when.push_back(asked);
}

Instant Term::begun_by() const {
  Instant earliest = kNever;
  for (const auto* edges : {&answers, &beats}) {
    if (*edges) earliest = std::min(earliest, (*edges)->first.received);
  }
  return earliest;
}

Instant Term::lasted_to() const {
  Instant latest = Instant::min();
  for (const auto* edges : {&answers, &beats}) {
    if (*edges) latest = std::max(latest, (*edges)->last.sent);
  }
  return latest;
}

std::vector<Term> terms_of(const History& history) {
  std::map<std::uint64_t, Term> terms;
  for (const Life& life : history) {
    for (const Statement& claim : life.statements) {
      if (!claim.token) continue;
      Term& term = terms[*claim.token];
      term.token = *claim.token;
      if (term.lives.empty()) term.name = life.name;
      if (std::find(term.lives.begin(), term.lives.end(), life.title()) == term.lives.end()) {
        term.lives.push_back(life.title());
      }
      widen(claim.source == Statement::Source::kBeat ? term.beats : term.answers, claim);
      ++term.claims;
    }
  }
  std::vector<Term> in_order;
  in_order.reserve(terms.size());
  for (auto& [token, term] : terms) in_order.push_back(std::move(term));
  return in_order;
}

}  // namespace elector::tests::chaos
