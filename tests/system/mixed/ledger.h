// SPDX-License-Identifier: Apache-2.0
// Which candidate claimed to lead when, on one clock, for all kinds of candidates; and which of
// those claims no ordering makes consistent. It shares no code with elector.
#pragma once

#include <chrono>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include "tests/support/json.h"

namespace elector::tests {

// CLOCK_BOOTTIME, in which the test API server notes its writes.
using BootTime = std::chrono::nanoseconds;
BootTime boot_now();

struct Span {
  BootTime begin{};
  BootTime end{};
};

// The holders of a lock object, each with its start, according to its writes; oldest first.
struct Held {
  BootTime since{};
  std::string holder;
};
using History = std::vector<Held>;

// Of ApiServer::writes().
History history_of(const std::vector<Json>& writes);

// The first of the sentences, "" without any.
std::string first_of(const std::vector<std::string>& sentences);

class Ledger {
 public:
  // Records that `who` believed to lead throughout the span.
  void believed(const std::string& who, Span span);
  // Records that `who` claimed to lead at some instant of the span, which is not known more
  // exactly.
  void said(const std::string& who, Span span);

  std::size_t claims() const;
  // The longest time within the span without a known leader.
  BootTime longest_gap(Span span) const;
  // A sentence for each pair of claims, of two candidates, that were true at one time.
  std::vector<std::string> contradictions() const;
  // A sentence for each claim that counts and was made while the lock object named another holder,
  // or none.
  using Counts = std::function<bool(const std::string& who)>;
  std::vector<std::string> contradictions(
      const History& history, const Counts& counts = [](const std::string&) { return true; }) const;
  // The claimants, one after the other, each named once for claims in a row.
  std::vector<std::string> turns() const;

 private:
  struct Claim {
    std::string who;
    Span span;
  };

  std::vector<Claim> by_begin() const;

  mutable std::mutex mutex_;
  std::vector<Claim> believed_;
  std::vector<Claim> said_;
};

}  // namespace elector::tests
