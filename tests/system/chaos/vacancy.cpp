// SPDX-License-Identifier: Apache-2.0
#include "tests/system/chaos/vacancy.h"

#include <algorithm>
#include <iterator>

namespace elector::tests::chaos {
namespace {

bool meets(const Disturbance& disturbance, int candidate) {
  return disturbance.candidate == candidate || disturbance.candidate == Disturbance::kAll;
}

// Since when, before `to`, nothing of that sort has happened to the candidate; `to` if it does.
Instant free_since(bool Disturbance::*sort, int candidate, Instant from, Instant to,
                   const std::vector<Disturbance>& disturbances) {
  Instant since = from;
  for (const Disturbance& one : disturbances) {
    if (!(one.*sort) || !meets(one, candidate) || one.begin >= to) continue;
    since = std::max(since, std::min(one.end, to));
  }
  return since;
}

// When what the holder had sent before its end has got to the lock for sure, or nowhere.
Instant quiet_since(int holder, Instant from, Instant to,
                    const std::vector<Disturbance>& disturbances) {
  constexpr Span kUnderWay = std::chrono::seconds(1);
  Instant since = from;
  for (const Disturbance& one : disturbances) {
    if (!one.delays || !meets(one, holder) || one.begin > from + kUnderWay) continue;
    since = std::max(since, std::min(one.end, to));
  }
  return since;
}

// The last fault that hit the leader, before the others could notice.
std::string cause_of(const Term& before, Instant from, int holder,
                     const std::vector<Disturbance>& disturbances) {
  constexpr Span kNoticed = std::chrono::milliseconds(100);
  const Disturbance* last = nullptr;
  for (const Disturbance& one : disturbances) {
    if (!meets(one, holder) || one.begin > from + kNoticed || one.end < before.begun_by()) continue;
    if (last == nullptr || one.begin >= last->begin) last = &one;
  }
  return last == nullptr ? "nothing" : last->what;
}

// How long the term came after the expiry of the record before it. Nothing if a client that is not
// a candidate wrote that record, or no candidate was well from then on.
std::optional<Span> overdue_of(std::uint64_t token, Instant to,
                               const std::vector<Disturbance>& disturbances,
                               const std::vector<Write>& writes, const VacancyRules& rules) {
  const Write* last = nullptr;
  for (const Write& write : writes) {
    // Edits of other fields leave the record as it was.
    const bool edit = last != nullptr && !write.by_candidate && write.holder == last->holder &&
                      write.renew_time == last->renew_time;
    if (write.version < token && !edit) last = &write;
    // Taken in time by a candidate that then could not report it.
    if (write.version == token) to = std::min(to, write.applied);
  }
  if (last == nullptr || !last->by_candidate) return {};
  for (int one = 0; one < static_cast<int>(rules.candidates.size()); ++one) {
    const Instant early = last->applied - std::chrono::seconds(1);
    if (free_since(&Disturbance::disables, one, early, to, disturbances) > early) continue;
    const Span wait = last->holder.empty() ? Span(0) : Span(last->duration);
    return to - (last->applied + wait);
  }
  return {};
}

Span retry_period_of(const std::string& name, const VacancyRules& rules) {
  for (std::size_t i = 0; i < rules.retry_periods.size(); ++i) {
    if (rules.candidates.at(i) == name) return rules.retry_periods[i];
  }
  return Span(0);
}

Vacancy vacancy_between(const Term& before, Instant to,
                        const std::vector<Disturbance>& disturbances, const VacancyRules& rules) {
  Vacancy vacancy{.from = before.lasted_to(), .to = to, .cause = {}};
  const auto named = std::find(rules.candidates.begin(), rules.candidates.end(), before.name);
  const int holder = static_cast<int>(std::distance(rules.candidates.begin(), named));
  vacancy.cause = cause_of(before, vacancy.from, holder, disturbances);
  Instant healthy = to;
  for (int one = 0; one < static_cast<int>(rules.candidates.size()); ++one) {
    healthy =
        std::min(healthy, free_since(&Disturbance::disables, one, vacancy.from, to, disturbances));
  }
  const Instant quiet = quiet_since(holder, vacancy.from, to, disturbances);
  vacancy.healthy = std::max(Span(0), to - std::max(healthy, quiet));
  vacancy.breach = vacancy.healthy > rules.record + rules.settling;
  return vacancy;
}

}  // namespace

std::vector<Vacancy> vacancies_of(const std::vector<Term>& terms,
                                  const std::vector<Disturbance>& disturbances,
                                  const std::vector<Write>& writes, Instant now,
                                  const VacancyRules& rules) {
  std::vector<Vacancy> found;
  for (std::size_t i = 1; i < terms.size(); ++i) {
    Vacancy vacancy = vacancy_between(terms[i - 1], terms[i].begun_by(), disturbances, rules);
    if (vacancy.to <= vacancy.from) continue;
    vacancy.overdue = overdue_of(terms[i].token, vacancy.to, disturbances, writes, rules);
    const Span due = rules.grace + retry_period_of(terms[i].name, rules);
    if (vacancy.overdue && *vacancy.overdue > due) vacancy.breach = true;
    found.push_back(std::move(vacancy));
  }
  if (!terms.empty()) {
    Vacancy open = vacancy_between(terms.back(), now, disturbances, rules);
    if (open.breach) found.push_back(std::move(open));
  }
  return found;
}

}  // namespace elector::tests::chaos
