// SPDX-License-Identifier: Apache-2.0
// The commands about the API server, and about others that write there.
#include <algorithm>
#include <cstdlib>

#include "tests/protocol/stories/script.h"

namespace elector::tests {
namespace {

using core::Content;
using core::Record;
using std::chrono::seconds;

std::string unknown(const std::string& what) {
  return "no such command: " + what;
}

}  // namespace

// ---- The API server
// -------------------------------------------------------------------------------

// api away|frozen|back|restarts    api answers STATUS [writes] [applied] [to=NAME] [for=KIND]
// [retry-after=DURATION]
Script::Error Script::api(const Command& command) {
  const std::string& what = command.words[1];
  if (what == "back") return api_back();
  if (what == "restarts") return api_restarts();
  Mood mood;
  if (what == "away") {
    mood.status = -1;
    for (const Process& listed : world_.processes()) {
      Process& process = *world_.find(listed.spec().name);
      for (std::size_t lock = 0; lock < process.watches.size(); ++lock) {
        world_.end_watch(process, lock);
      }
    }
  } else if (what == "frozen") {
    mood.answers = false;
  } else if (what == "answers" && command.words.size() >= 3) {
    mood.status = std::atoi(command.words[2].c_str());
    mood.writes_only = std::count(command.words.begin(), command.words.end(), "writes") > 0;
    mood.applied = command.words.back() == "applied";
  } else {
    return unknown("api " + what);
  }
  const auto option = [&](const char* key) {
    const auto it = command.options.find(key);
    return it == command.options.end() ? std::string() : it->second;
  };
  if (const auto pause = parse_duration(option("retry-after"))) mood.retry_after = *pause;
  world_.server().set_mood(mood, option("to"), parse_kind(option("for")));
  return std::nullopt;
}

// The API answers as it should again, and watches that ended go on from where they were.
Script::Error Script::api_back() {
  world_.server().calm_down();
  for (const Process& listed : world_.processes()) {
    Process& process = *world_.find(listed.spec().name);
    for (std::size_t lock = 0; lock < process.watches.size(); ++lock) {
      if (process.watches[lock].ended) world_.open_watch(process, lock, true);
    }
  }
  return std::nullopt;
}

// Watches end, and what they were at is too old for the new server (410), as measured on a real
// one.
Script::Error Script::api_restarts() {
  for (const Process& listed : world_.processes()) {
    Process& process = *world_.find(listed.spec().name);
    for (std::size_t lock = 0; lock < process.watches.size(); ++lock) {
      world_.end_watch(process, lock);
      const std::string& version = process.watches[lock].version;
      world_.note(process.label(), "asks", "WATCH from " + version_text(version));
      world_.note(process.label(), "told", "410 gone");
    }
  }
  return std::nullopt;
}

// ---- Others ------------------------------------------------------------------------------------

std::optional<Kind> Script::object_of(const Command& command) const {
  const auto it = command.options.find("lock");
  return it == command.options.end() ? locks_.front() : parse_kind(it->second);
}

void Script::show_object(const std::string& who, const std::string& verb, Kind kind) {
  const core::Observation seen = world_.server().model().get(static_cast<std::size_t>(kind));
  const std::string prefix = locks_.size() > 1 ? std::string(name(kind)) + " " : "";
  world_.note(
      who, verb,
      prefix + (seen.content == Content::kAbsent ? std::string("nothing: there is no object")
                                                 : object_text(seen, world_.nonces())));
}

// kubectl get|delete|empty|force|garble TEXT|label TEXT|resign [to=NAME]  [lock=KIND]
// [claims=removed]
Script::Error Script::kubectl(const Command& command) {
  const std::string& verb = command.words[1];
  const std::optional<Kind> kind = object_of(command);
  if (!kind) return "no such lock";
  const auto object = static_cast<std::size_t>(*kind);
  ApiModel& model = world_.server().model();
  const Claims claims = command.options.contains("claims") ? Claims::kRemoved : Claims::kCarried;
  if (verb == "get") {
    show_object("user", "gets", *kind);
    return std::nullopt;
  }
  if (command.words.size() < ((verb == "garble" || verb == "label") ? 3U : 2U))
    return unknown(verb);
  if (verb == "delete") {
    model.remove(object);
    world_.note("user", "dels", "the lock object");
    return std::nullopt;
  }
  if (verb == "empty") {
    model.empty(object, claims);
  } else if (verb == "garble") {
    model.garble(object, command.words.at(2), claims);
  } else if (verb == "label") {
    model.edit(object, "label " + command.words.at(2));
  } else if (verb == "resign") {
    const auto to = command.options.find("to");
    model.ask_to_resign(object, to == command.options.end() ? "" : to->second,
                        "request-" + std::to_string(++forced_));
  } else if (verb == "force") {
    const std::string nonce = "forced-" + std::to_string(++forced_);
    world_.nonces().learn("user", nonce);
    model.force_vacancy(
        object, "instance-of-user", nonce,
        std::chrono::time_point_cast<core::WallTime::duration>(kWallStart + world_.now()));
  } else {
    return unknown("kubectl " + verb);
  }
  show_object("user", "puts", *kind);
  return std::nullopt;
}

// rival NAME takes|renews|releases [ttl=] [transitions=] [lock=KIND] [claims=removed]: what a
// candidate that is not ours writes, as client-go does it.
Script::Error Script::rival(const Command& command) {
  const std::optional<Kind> kind = object_of(command);
  if (!kind || command.words.size() < 3) return "rival NAME takes|renews|releases";
  const auto object = static_cast<std::size_t>(*kind);
  ApiModel& model = world_.server().model();
  const auto now =
      std::chrono::time_point_cast<core::WallTime::duration>(kWallStart + world_.now());
  Record record = model.get(object).record;
  const std::string& verb = command.words[2];
  if (verb == "takes") {
    record.transitions += model.get(object).content == Content::kRecord ? 1 : 0;
    record.holder = command.words[1];
    record.acquire_time = now;
    record.lease_duration = seconds(10);
  } else if (verb == "releases") {
    record.holder.clear();
    record.acquire_time = now;
    record.lease_duration = seconds(1);
  } else if (verb != "renews") {
    return unknown("rival " + verb);
  }
  if (command.options.contains("ttl")) {
    const auto ttl = parse_duration(command.options.at("ttl"));
    record.lease_duration = std::chrono::duration_cast<seconds>(ttl.value_or(seconds(0)));
  }
  if (command.options.contains("transitions")) {
    record.transitions = std::stoll(command.options.at("transitions"));
  }
  record.renew_time = now;
  model.set_record(object, record,
                   command.options.contains("claims") ? Claims::kRemoved : Claims::kCarried);
  show_object(command.words[1], "puts", *kind);
  return std::nullopt;
}

// What `GET /` of each running process would answer at this moment.
Script::Error Script::who_leads() {
  for (const Process& process : world_.processes()) {
    const core::View view = process.election.view(process.now(world_.now()));
    std::string text = view.leader.empty() ? "nobody" : view.leader;
    if (view.is_leader) text += " (itself, token " + token_text(view.token) + ")";
    if (view.expires_at) text += " until " + clock_text(*view.expires_at - process.boot_start());
    world_.note(process.label(), "shows", text);
  }
  return std::nullopt;
}

}  // namespace elector::tests
