// SPDX-License-Identifier: Apache-2.0
// Misbehaviour on command.
#include "tests/apiserver/faults.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

namespace elector::tests::apiserver {
namespace {

const std::map<std::string, FaultAction>& actions() {
  static const std::map<std::string, FaultAction> kActions = {
      {"delay", FaultAction::kDelay},       {"hang", FaultAction::kHang},
      {"drop", FaultAction::kDrop},         {"lose", FaultAction::kLose},
      {"cut", FaultAction::kCut},           {"status", FaultAction::kStatus},
      {"corrupt", FaultAction::kCorrupt},   {"stale", FaultAction::kStale},
      {"throttle", FaultAction::kThrottle}, {"clock", FaultAction::kClock}};
  return kActions;
}

// A rule with a misspelt member would match more than its author meant.
std::string unknown_member(const Value& rule) {
  static const std::set<std::string> kMembers = {
      "verb",   "verbs",   "resource",   "namespace",   "name",     "user",  "path",  "watch",
      "after",  "count",   "action",     "probability", "seed",     "delay", "apply", "code",
      "reason", "message", "retryAfter", "bytes",       "interval", "offset"};
  for (const auto& member : rule.GetObject()) {
    if (kMembers.count(member.name.GetString()) == 0) return member.name.GetString();
  }
  return {};
}

std::vector<std::string> verbs_of(const Value& rule) {
  std::vector<std::string> verbs;
  if (const std::string one = text_at(rule, {"verb"}); !one.empty()) verbs.push_back(one);
  if (const Value* many = find(rule, {"verbs"}); many != nullptr && many->IsArray()) {
    for (const auto& verb : many->GetArray()) {
      if (verb.IsString()) verbs.emplace_back(verb.GetString());
    }
  }
  return verbs;
}

std::string read_rule(const Value& rule, Fault& fault) {
  if (!rule.IsObject()) return "a rule is a JSON object";
  if (const std::string name = unknown_member(rule); !name.empty()) {
    return "unknown member " + quoted(name) + " in " + to_text(rule);
  }
  const auto action = actions().find(text_at(rule, {"action"}));
  if (action == actions().end()) return "unknown action in " + to_text(rule);
  fault.action = action->second;
  fault.verbs = verbs_of(rule);
  fault.resource = text_at(rule, {"resource"});
  fault.ns = text_at(rule, {"namespace"});
  fault.name = text_at(rule, {"name"});
  fault.user = text_at(rule, {"user"});
  fault.path = text_at(rule, {"path"});
  if (find(rule, {"watch"}) != nullptr) fault.watch = flag_at(rule, "watch", false);
  fault.after = number_at(rule, "after", 0);
  fault.count = number_at(rule, "count", 1);
  if (const Value* chance = find(rule, {"probability"}); chance != nullptr && chance->IsNumber()) {
    fault.probability = chance->GetDouble();
  }
  fault.random.seed(static_cast<std::uint64_t>(number_at(rule, "seed", 1)));
  fault.delay = std::chrono::milliseconds(number_at(rule, "delay", 0));
  fault.interval = std::chrono::milliseconds(number_at(rule, "interval", 1));
  fault.offset = std::chrono::seconds(number_at(rule, "offset", 0));
  fault.apply = flag_at(rule, "apply", false);
  fault.code =
      static_cast<unsigned>(std::clamp<std::int64_t>(number_at(rule, "code", 500), 200, 599));
  fault.reason = text_at(rule, {"reason"});
  fault.message = text_at(rule, {"message"});
  fault.retry_after = static_cast<int>(number_at(rule, "retryAfter", 0));
  fault.bytes = number_at(rule, "bytes", -1);
  fault.source = to_text(rule);
  return {};
}

bool fits(const std::string& wanted, const std::string& actual) {
  return wanted.empty() || wanted == actual;
}

bool matches(const Fault& fault, const FaultQuery& query) {
  const bool verb = fault.verbs.empty() ||
                    std::any_of(fault.verbs.begin(), fault.verbs.end(), [&](const auto& wanted) {
                      return wanted == query.verb || wanted == query.api_verb;
                    });
  return verb && fits(fault.resource, query.resource) && fits(fault.ns, query.ns) &&
         fits(fault.name, query.name) && fits(fault.user, query.user) &&
         query.path.starts_with(fault.path) &&
         (!fault.watch || *fault.watch == (query.verb == "WATCH"));
}

}  // namespace

std::string Faults::add(const Value& rules) {
  if (!rules.IsArray()) return "expected a JSON array of rules";
  std::vector<Fault> read;
  for (const auto& rule : rules.GetArray()) {
    Fault fault;
    if (std::string why = read_rule(rule, fault); !why.empty()) return why;
    read.push_back(std::move(fault));
  }
  rules_.insert(rules_.end(), read.begin(), read.end());
  return {};
}

std::optional<Fault> Faults::strike(const FaultQuery& query) {
  for (Fault& fault : rules_) {
    if (!matches(fault, query)) continue;
    ++fault.seen;
    if (fault.seen <= fault.after) continue;
    if (fault.count >= 0 && fault.hits >= fault.count) continue;
    if (fault.probability < 1 &&
        std::uniform_real_distribution<double>(0, 1)(fault.random) >= fault.probability) {
      continue;
    }
    ++fault.hits;
    return fault;
  }
  return {};
}

std::string Faults::describe() const {
  std::string out = "[";
  for (const Fault& fault : rules_) {
    if (out.size() > 1) out += ",";
    out += fault.source.substr(0, fault.source.size() - 1) +
           ",\"seen\":" + std::to_string(fault.seen) + ",\"hits\":" + std::to_string(fault.hits) +
           "}";
  }
  return out + "]";
}

}  // namespace elector::tests::apiserver
