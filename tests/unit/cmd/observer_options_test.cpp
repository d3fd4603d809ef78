// SPDX-License-Identifier: Apache-2.0
// The command lines of `elector status`, `watch` and `resign`.
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "cmd/output/duration.h"
#include "tests/unit/cmd/command_line.h"

namespace elector::tests {
namespace {

using cmd::ResignOptions;
using cmd::StatusOptions;
using cmd::WatchOptions;

void add(std::string& text, const std::string& word) {
  if (!word.empty()) text.append(text.empty() ? "" : " ").append(word);
}

void add(std::string& text, const std::string& key, const std::string& value) {
  if (!value.empty()) add(text, key + "=" + value);
}

std::string kinds_of(const std::vector<kube::LockKind>& kinds) {
  std::string text;
  for (const kube::LockKind kind : kinds) {
    text.append(text.empty() ? "" : "+").append(kube::info(kind).resource);
  }
  return text == "leases+endpoints+configmaps" ? "" : text;
}

void summarise(std::string& text, const cmd::ObserverOptions& options) {
  add(text, options.election);
  add(text, options.all_namespaces ? "all" : "");
  add(text, "kinds", kinds_of(options.kinds));
  add(text, "id", options.id.value_or(""));
  add(text, options.color == cmd::ColorChoice::kAlways  ? "colour"
            : options.color == cmd::ColorChoice::kNever ? "plain"
                                                        : "");
  add(text, "namespace", options.connection.namespace_);
}

// What a line gives, in short: only what differs from the defaults.
std::string summary(const ParseResult& result) {
  std::string text;
  if (const auto* status = std::get_if<StatusOptions>(&result)) {
    constexpr std::array<const char*, 5> kFormats{"", "wide", "json", "yaml", "name"};
    summarise(text, *status);
    add(text, kFormats.at(static_cast<std::size_t>(status->format)));
    add(text, status->no_headers ? "headless" : "");
    add(text, status->confirm ? "confirm" : "");
    add(text, status->is_leader ? "is-leader" : "");
    add(text, status->quiet ? "quiet" : "");
  } else if (const auto* watch = std::get_if<WatchOptions>(&result)) {
    constexpr std::array<const char*, 5> kUntil{"", "leader", "vacancy", "change", "id="};
    summarise(text, *watch);
    add(text, watch->json ? "json" : "");
    add(text, kUntil.at(static_cast<std::size_t>(watch->until)) + watch->until_id);
    add(text, "timeout", watch->timeout ? cmd::format_duration(*watch->timeout) : "");
    add(text, "exec", watch->command);
  } else if (const auto* resign = std::get_if<ResignOptions>(&result)) {
    add(text, resign->election);
    add(text, "lock", resign->lock.is_explicit ? resign->lock.name : "");
    add(text, "to", resign->to);
    add(text, "id", resign->id);
    add(text, resign->wait ? "wait" : "");
    add(text, "limit", resign->wait_limit ? cmd::format_duration(*resign->wait_limit) : "");
    add(text, resign->force ? "force" : "");
    add(text, "namespace", resign->connection.namespace_);
  } else if (const auto* error = std::get_if<UsageError>(&result)) {
    text = error->text.substr(0, error->text.find("; see '"));
  } else {
    text = std::get<ShowText>(result).text;
  }
  return text;
}

std::string summary(const Arguments& line, const Variables& variables = {}) {
  return summary(parse(line, variables));
}

void check(const std::vector<std::pair<Arguments, std::string>>& table) {
  for (const auto& [line, expected] : table) {
    const auto& given = line;  // clang 14 captures no structured binding
    CAPTURE(given);
    CHECK(summary(line) == expected);
  }
}

}  // namespace

TEST_CASE("status, watch and resign understand their flags") {
  check({
      {{"status"}, ""},
      {{"status", "x"}, "x"},
      {{"status", "--election=x"}, "x"},
      {{"status", "-A"}, "all"},
      {{"status", "-A", "-n", "a"}, "all namespace=a"},
      {{"status", "--all-namespaces=false"}, ""},
      {{"status", "--lock=leases"}, "kinds=leases"},
      {{"status", "--lock=configmapsleases"}, "kinds=configmaps+leases"},
      {{"status", "-owide"}, "wide"},
      {{"status", "-o", "json"}, "json"},
      {{"status", "--output=yaml"}, "yaml"},
      {{"status", "-o=name", "--no-headers"}, "name headless"},
      {{"status", "-o="}, ""},
      {{"status", "x", "--id=me", "--confirm"}, "x id=me confirm"},
      {{"status", "x", "--is-leader"}, "x id=node-7 is-leader"},
      {{"status", "x", "--is-leader", "-q", "--id=me"}, "x id=me is-leader quiet"},
      {{"status", "--color=always"}, "colour"},
      {{"status", "--color=never"}, "plain"},
      {{"watch"}, ""},
      {{"watch", "x", "-ojson"}, "x json"},
      {{"watch", "-A", "--lock=endpoints"}, "all kinds=endpoints"},
      {{"watch", "x", "--for=leader"}, "x leader"},
      {{"watch", "x", "--for", "vacancy", "--timeout=5"}, "x vacancy timeout=5s"},
      {{"watch", "x", "--for=change", "--timeout=0"}, "x change timeout=0s"},
      {{"watch", "x", "--for=id=a=b"}, "x id=a=b"},
      {{"watch", "x", "--exec=echo $LEADER"}, "x exec=echo $LEADER"},
      {{"resign", "x"}, "x"},
      {{"resign", "x", "--to=b", "--id=a"}, "x to=b id=a"},
      {{"resign", "x", "--lock=endpoints", "-na"}, "x lock=endpoints namespace=a"},
      {{"resign", "--wait", "x"}, "x wait"},
      {{"resign", "x", "--wait=30s"}, "x wait limit=30s"},
      {{"resign", "x", "--wait=30", "--wait=30s"}, "x wait limit=30s"},
      {{"resign", "x", "--force"}, "x force"},
  });
}

TEST_CASE("a bad line for status, watch or resign is refused in words that help") {
  check({
      {{"status", "x", "y"}, "elector status: unexpected argument \"y\""},
      {{"status", "--election="}, "elector status: --election: must not be empty"},
      {{"status", "x", "-A"},
       "elector status: --all-namespaces and the argument \"x\" contradict each other: an election "
       "is in one namespace; give one of them"},
      {{"status", "-o", "jsn"},
       "elector status: -o: \"jsn\" is not one of wide, json, yaml and name (did you mean json?)"},
      {{"status", "--is-leader"},
       "elector status: --is-leader: requires an election; give its name as an argument or with "
       "--election=NAME"},
      {{"status", "--lock=pods"},
       "elector status: --lock: \"pods\" is not one of leases, endpoints, "
       "configmaps, endpointsleases and configmapsleases"},
      {{"status", "--color=on"},
       "elector status: --color: \"on\" is not one of auto, always and never"},
      {{"status", "--is-laeder"},
       "elector status: unknown flag \"--is-laeder\" (did you mean --is-leader?)"},
      {{"watch", "--ttl=5s"}, "elector watch: unknown flag \"--ttl\""},
      {{"watch", "--for=leader"},
       "elector watch: --for: requires an election; give its name as an argument or with "
       "--election=NAME"},
      {{"watch", "x", "--for=leadr"},
       "elector watch: --for: \"leadr\" is not one of leader, vacancy, change and id=NAME (did "
       "you mean leader?)"},
      {{"watch", "x", "--for=id="}, "elector watch: --for: the name after id= must not be empty"},
      {{"watch", "x", "--timeout=5s"}, "elector watch: --timeout requires --for"},
      {{"watch", "x", "--for=leader", "--timeout=-1s"},
       "elector watch: --timeout: \"-1s\" is negative"},
      {{"watch", "x", "--exec="}, "elector watch: --exec: must not be empty"},
      {{"watch", "-oyaml"}, "elector watch: -o: \"yaml\" is not supported; use json"},
      {{"resign"},
       "elector resign: --election: missing; give the election's name as an argument or with "
       "--election=NAME"},
      {{"resign", "x", "--to="}, "elector resign: --to: must not be empty"},
      {{"resign", "x", "--wait", "30s"}, "elector resign: unexpected argument \"30s\""},
      {{"resign", "x", "--wait=soon"},
       "elector resign: --wait: \"soon\" is not a duration; write 10s, 1m30s or 500ms, for "
       "example"},
      {{"resign", "x", "--wait=-1"}, "elector resign: --wait: \"-1\" is negative"},
      {{"resign", "x", "--wait", "--wait=3s"},
       "elector resign: --wait and --wait=3s contradict each other; give one of them"},
      {{"resign", "a", "--election=b"},
       "elector resign: --election=b and the argument \"a\" contradict each other; give one of "
       "them"},
      {{"status", "a", "--election=b"},
       "elector status: --election=b and the argument \"a\" contradict each other; give one of "
       "them"},
  });
}

TEST_CASE("variables set the election, the lock and the id of status, not of resign") {
  const Variables variables{
      {"ELECTOR_ELECTION", "x"}, {"ELECTOR_ID", "me"}, {"ELECTOR_LOCK", "endpoints"}};
  CHECK(summary({"status"}, variables) == "x kinds=endpoints id=me");
  CHECK(summary({"status", "-A"}, variables) == "all kinds=endpoints id=me");
  CHECK(summary({"watch", "y"}, variables) == "y kinds=endpoints");
  CHECK(summary({"resign"}, variables) == "x lock=endpoints");
}

TEST_CASE("the help of status, watch and resign fits a screen") {
  for (const char* const command : {"status", "watch", "resign"}) {
    CAPTURE(command);
    const std::string help = summary({command, "--help"});
    CHECK(help.starts_with(std::string("Usage: elector ") + command));
    CHECK(std::count(help.begin(), help.end(), '\n') <= 24);
  }
}

}  // namespace elector::tests
