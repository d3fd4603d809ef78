// SPDX-License-Identifier: Apache-2.0
#include "tests/protocol/sim/tally.h"

#include <string_view>

namespace elector::tests {
namespace {

constexpr std::array<std::string_view, kEndings> kEndingNames = {"first",
                                                                 "after a release",
                                                                 "after a crash",
                                                                 "after a hold ran out",
                                                                 "after another took it",
                                                                 "after a forced release",
                                                                 "after a clock jump",
                                                                 "after a rival's term",
                                                                 "before the former leader knew"};

constexpr std::array<std::string_view, kExcuses> kExcuseNames = {
    "unseen pauses",
    "tampering",
    "a restore, the lock not seen held",
    "versions reused",
    "rivals' clocks",
    "rivals of the same name",
    "rivals with half of a multi-lock",
    "works that nothing could end"};

constexpr std::array<std::string_view, kAskAnswers> kAnswerNames = {"done",
                                                                    "nobody leads any more",
                                                                    "the leader is dead",
                                                                    "unheeded",
                                                                    "the same leads again",
                                                                    "another leads",
                                                                    "nobody leads",
                                                                    "failed",
                                                                    "the wait is over",
                                                                    "interrupted"};

std::string line(std::string_view name, std::uint64_t count) {
  std::string text = "  " + std::string(name);
  if (text.size() < 38) text.append(38 - text.size(), ' ');
  return text + std::to_string(count) + "\n";
}

template <std::size_t N>
void add_to(std::array<std::uint64_t, N>& sum, const std::array<std::uint64_t, N>& more) {
  for (std::size_t i = 0; i < N; ++i) sum.at(i) += more.at(i);
}

}  // namespace

std::string_view name_of(Excuse excuse) {
  return kExcuseNames.at(static_cast<std::size_t>(excuse));
}

void Tally::add(const Tally& other) {
  runs += other.runs;
  elections += other.elections;
  rival_elections += other.rival_elections;
  requests += other.requests;
  renewals += other.renewals;
  steps += other.steps;
  vacancies_checked += other.vacancies_checked;
  asks += other.asks;
  changes_told += other.changes_told;
  lost_guards += other.lost_guards;
  kinds_settled += other.kinds_settled;
  add_to(handovers, other.handovers);
  add_to(faults, other.faults);
  add_to(answers, other.answers);
  add_to(apart, other.apart);
}

std::string Tally::text() const {
  std::string text = "elections\n" + line("terms of electors", elections);
  for (std::size_t i = 0; i < kEndings; ++i) text += line(kEndingNames.at(i), handovers.at(i));
  text += line("terms of rivals", rival_elections);
  text += "faults\n";
  for (std::size_t i = 0; i < kFaults; ++i) {
    text += line(name_of(static_cast<Fault>(i)), faults.at(i));
  }
  text += "asking the leader to resign\n" + line("asks", asks);
  for (std::size_t i = 0; i < kAskAnswers; ++i) text += line(kAnswerNames.at(i), answers.at(i));
  text += "overlaps counted apart\n";
  for (std::size_t i = 0; i < kExcuses; ++i) text += line(kExcuseNames.at(i), apart.at(i));
  text += "work\n" + line("runs", runs) + line("steps", steps) + line("requests", requests) +
          line("renewals", renewals) + line("vacancies with a limit", vacancies_checked) +
          line("guards lost", lost_guards) + line("changes that watch tells", changes_told) +
          line("two kinds, settled on one", kinds_settled);
  return text;
}

}  // namespace elector::tests
