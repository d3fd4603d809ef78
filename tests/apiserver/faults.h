// SPDX-License-Identifier: Apache-2.0
// Misbehaviour on command: rules that select requests and define what goes wrong with them.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "tests/apiserver/json.h"

namespace elector::tests::apiserver {

enum class FaultAction {
  kDelay,     // waits before it serves (with apply: after)
  kHang,      // never answers (with apply: but does it)
  kDrop,      // closes the connection without an answer, and does nothing
  kLose,      // does it, then closes the connection without an answer
  kCut,       // closes the connection in the middle of the answer
  kStatus,    // answers an error (with apply: after doing it)
  kCorrupt,   // answers garbage
  kStale,     // answers a GET with the state before the object's last write
  kThrottle,  // sends one byte at a time
  kClock,     // answers as if its clock were so far off (the Date header)
};

struct Fault {
  // Which requests; what is empty matches all. Verbs: GET, LIST, WATCH, POST, PUT, PATCH, DELETE,
  // or the API's own words.
  std::vector<std::string> verbs;
  std::string resource;
  std::string ns;
  std::string name;
  std::string user;
  std::string path;  // a prefix
  std::optional<bool> watch;
  // Which of those: skip the first `after`, then meet `count` (-1: all), each with this
  // probability.
  std::int64_t after = 0;
  std::int64_t count = 1;
  double probability = 1;
  std::mt19937_64 random;

  FaultAction action = FaultAction::kDrop;
  std::chrono::milliseconds delay{0};     // kDelay
  std::chrono::milliseconds interval{1};  // kThrottle: between two bytes
  std::chrono::seconds offset{0};         // kClock: of the Date from the real time
  bool apply = false;
  unsigned code = 500;  // kStatus
  std::string reason;
  std::string message;
  int retry_after = 0;      // seconds
  std::int64_t bytes = -1;  // kCut: how many bytes of the body go out; -1: half of it

  std::int64_t seen = 0;
  std::int64_t hits = 0;
  std::string source;  // the rule as it was given
};

// What rules are matched against.
struct FaultQuery {
  std::string verb;      // as counter_verb() gives it
  std::string api_verb;  // as Target has it
  std::string resource;
  std::string ns;
  std::string name;
  std::string user;
  std::string path;
};

class Faults {
 public:
  // Appends the rules of a JSON array. Returns "" or what is wrong; then none was taken.
  std::string add(const Value& rules);
  void clear() { rules_.clear(); }
  // The first rule that strikes this request, counted as a hit.
  std::optional<Fault> strike(const FaultQuery& query);
  // The rules as a JSON array, each as it was given plus "seen" and "hits".
  std::string describe() const;

 private:
  std::vector<Fault> rules_;
};

}  // namespace elector::tests::apiserver
