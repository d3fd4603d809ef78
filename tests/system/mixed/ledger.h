// Who claimed to lead when, on one clock, whoever's candidate it was; and what no ordering of those
// claims makes consistent. It shares no code with elector.
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

// Who was the holder of a lock object, from when on, as its writes say; oldest first.
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
  // who believed so throughout the span.
  void believed(const std::string& who, Span span);
  // who said so at some instant of the span, which no one can place more exactly.
  void said(const std::string& who, Span span);

  std::size_t claims() const;
  // The longest time within the span at which nobody is known to have led.
  BootTime longest_gap(Span span) const;
  // A sentence for each pair of claims, of two candidates, that were true at one time.
  std::vector<std::string> contradictions() const;
  // A sentence for each claim of those that count, which was made while the lock object named
  // somebody else, or nobody.
  using Counts = std::function<bool(const std::string& who)>;
  std::vector<std::string> contradictions(
      const History& history, const Counts& counts = [](const std::string&) { return true; }) const;
  // Who claimed, one after the other, each named once for claims in a row.
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
