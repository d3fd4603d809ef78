// SPDX-License-Identifier: Apache-2.0
#include "tests/protocol/stories/script.h"

#include <cstdlib>
#include <set>
#include <sstream>

namespace elector::tests {
namespace {

using core::Duration;
using std::chrono::seconds;

const std::set<std::string> kOptions{
    "id",     "ttl",  "transitions", "renew-deadline", "retry-period", "lock",        "watch",
    "stands", "work", "to",          "clock",          "for",          "retry-after", "claims"};

std::string unknown(const std::string& what) {
  return "no such command: " + what;
}

std::string no_process(const std::string& name) {
  return "no process of the name " + name + " runs";
}

std::optional<std::vector<Kind>> parse_locks(const std::string& text) {
  if (text == "endpointsleases") return std::vector{Kind::kEndpoints, Kind::kLeases};
  if (text == "configmapsleases") return std::vector{Kind::kConfigMaps, Kind::kLeases};
  const std::optional<Kind> kind = parse_kind(text);
  return kind ? std::optional(std::vector{*kind}) : std::nullopt;
}

}  // namespace

std::optional<Duration> parse_duration(const std::string& text) {
  char* unit = nullptr;
  const double number = std::strtod(text.c_str(), &unit);
  const std::string suffix = unit;
  double scale = 0;
  if (suffix == "ms") scale = 1e6;
  if (suffix == "s") scale = 1e9;
  if (suffix == "m") scale = 60e9;
  if (suffix == "h") scale = 3600e9;
  if (unit == text.c_str() || scale == 0) return std::nullopt;
  return Duration(static_cast<Duration::rep>(number * scale));
}

std::optional<std::string> Script::run(const std::string& line) {
  Command command;
  std::istringstream words(line);
  std::string word;
  while (words >> word) {
    const std::size_t equals = word.find('=');
    if (kOptions.contains(word.substr(0, equals)) && equals != std::string::npos) {
      command.options[word.substr(0, equals)] = word.substr(equals + 1);
    } else {
      command.words.push_back(word);
    }
  }
  if (command.words.empty()) return std::nullopt;
  if (command.words.back() == "quietly") {
    command.words.pop_back();
    world_.transcript().set_quiet(true);
  }
  if (Error error = dispatch(command)) return error;
  world_.settle();
  world_.transcript().set_quiet(false);
  return std::nullopt;
}

Script::Error Script::dispatch(const Command& command) {
  const std::string& first = command.words.front();
  if (command.words.size() == 1) {
    if (first == "settle") return std::nullopt;  // as after every command
    return unknown(first);
  }
  if (first == "candidate") return candidate(command);
  if (first == "start" || first == "restart" || first == "kill" || first == "stop" ||
      first == "stand" || first == "work" || first == "exit") {
    return lifecycle(command);
  }
  if (first == "pause" || first == "resume" || first == "freeze" || first == "thaw" ||
      first == "clock") {
    return machine(command);
  }
  if (first == "advance") return advance(command);
  if (first == "drop" || first == "lose" || first == "hold" || first == "let" || first == "cut" ||
      first == "mend" || first == "watch" || first == "ignore" || first == "alter" ||
      first == "edit" || first == "age") {
    return network(command);
  }
  if (first == "latency") {
    const std::optional<Duration> latency = parse_duration(command.words[1]);
    if (!latency) return "latency DURATION";
    world_.set_latency(*latency);
    return std::nullopt;
  }
  if (first == "api") return api(command);
  if (first == "kubectl") return kubectl(command);
  if (first == "rival") return rival(command);
  if (first == "who") return who_leads();
  return unknown(first);
}

// ---- Candidates --------------------------------------------------------------------------------

// candidate NAME [id=] [ttl=] [renew-deadline=] [retry-period=] [lock=] [watch=no] [stands=no]
// [work=slow]
Script::Error Script::candidate(const Command& command) {
  if (command.words.size() != 2) return "candidate NAME key=value...: " + command.words.back();
  CandidateSpec spec;
  spec.name = spec.identity = command.words[1];
  spec.locks = locks_;
  for (const auto& [key, value] : command.options) {
    const std::optional<Duration> duration = parse_duration(value);
    if (key == "id") {
      spec.identity = value;
    } else if (key == "lock") {
      const auto locks = parse_locks(value);
      if (!locks) return "no such lock: " + value;
      spec.locks = *locks;
    } else if (key == "clock" && duration) {
      spec.wall_offset = *duration;
    } else if (key == "ttl" && duration) {
      spec.timing =
          core::Timing::from_lease_duration(std::chrono::duration_cast<seconds>(*duration));
    } else if (key == "watch") {
      spec.may_watch = value != "no";
    } else if (key == "stands") {
      spec.stands = value != "no";
    } else if (key == "work") {
      spec.slow_work = value == "slow";
    } else if (key != "renew-deadline" && key != "retry-period") {
      return "no such option: " + key;
    }
  }
  for (const auto& [key, value] : command.options) {
    const std::optional<Duration> duration = parse_duration(value);
    if (key == "renew-deadline" && duration) spec.timing.renew_deadline = *duration;
    if (key == "retry-period" && duration) spec.timing.retry_period = *duration;
  }
  if (const auto broken = spec.timing.check()) return *broken;
  locks_ = spec.locks;
  world_.add(spec);
  return std::nullopt;
}

// start|restart|kill|stop|stand|exit NAME...    work NAME ends
Script::Error Script::lifecycle(const Command& command) {
  const std::string& verb = command.words.front();
  for (std::size_t i = 1; i < command.words.size(); ++i) {
    const std::string& name = command.words[i];
    if (verb == "start" || verb == "restart") {
      if (!world_.start(name)) return "no candidate " + name;
      continue;
    }
    Process* process = world_.find(name);
    if (process == nullptr) return no_process(name);
    if (verb == "kill") {
      world_.kill(name);
    } else if (verb == "exit") {
      if (!process->election.at_rest()) {
        world_.note(process->label(), "may", "not exit yet");
        continue;
      }
      world_.note(process->label(), "may", "exit");
      world_.kill(name);
    } else if (verb == "work") {
      if (command.words.back() != "ends") return unknown("work");
      world_.end_work(*process);
      return std::nullopt;
    } else {
      world_.stand(*process, verb == "stand");
    }
  }
  return std::nullopt;
}

// pause|resume|freeze|thaw NAME    clock NAME +1h
Script::Error Script::machine(const Command& command) {
  const std::string& verb = command.words.front();
  Process* process = world_.find(command.words[1]);
  if (process == nullptr) return no_process(command.words[1]);
  if (verb == "pause" || verb == "resume") process->stopped = verb == "pause";
  if (verb == "freeze") process->freeze(world_.now());
  if (verb == "thaw") process->thaw(world_.now());
  if (verb == "clock") {
    const std::optional<Duration> step = parse_duration(command.words.back());
    if (!step) return "clock NAME DURATION";
    process->step_wall_clock(*step);
    process->election.tick(process->now(world_.now()));
  }
  return std::nullopt;
}

// advance 2s    advance to 6.5s    advance until NAME leads
Script::Error Script::advance(const Command& command) {
  const std::vector<std::string>& words = command.words;
  if (words[1] == "until" && words.size() >= 4 && words[3] == "leads") {
    const auto leads = [&] {
      Process* process = world_.find(words[2]);
      return process != nullptr && process->election.holds(process->now(world_.now()));
    };
    if (!world_.advance_until(leads, seconds(120))) return words[2] + " did not lead within 120s";
    return std::nullopt;
  }
  const bool absolute = words[1] == "to" && words.size() >= 3;
  const std::optional<Duration> time = parse_duration(words[absolute ? 2 : 1]);
  if (!time) return "advance DURATION, advance to TIME or advance until NAME leads";
  world_.advance_to(absolute ? *time : world_.now() + *time);
  return std::nullopt;
}

// ---- The network -------------------------------------------------------------------------------

// drop request|write NAME    lose answer NAME    cut|mend NAME
// hold|let requests|answers|watch NAME    watch NAME ends|returns
// ignore put NAME    alter write NAME    age get NAME VERSION
// edit before NAME COUNT
Script::Error Script::network(const Command& command) {
  const std::vector<std::string>& words = command.words;
  const std::string& verb = words.front();
  const bool object_first = verb != "cut" && verb != "mend" && verb != "watch";
  if (words.size() < (object_first ? 3U : 2U)) return unknown(verb);
  if (verb == "edit" && words.size() == 4) {
    world_.server().edit_before_puts(words[2], std::atoi(words[3].c_str()));
    return std::nullopt;
  }
  if (verb == "alter") {
    world_.server().alter_next_write(words[2]);
    return std::nullopt;
  }
  if (verb == "ignore") {
    world_.server().ignore_next_put(words[2]);
    return std::nullopt;
  }
  if (verb == "age" && words.size() == 4) {
    const long version = std::strtol(words[3].c_str() + 1, nullptr, 10);
    world_.server().age_next_get(words[2], std::to_string(100 + version));
    return std::nullopt;
  }
  Process* process = world_.find(words[object_first ? 2 : 1]);
  if (process == nullptr) return no_process(words[object_first ? 2 : 1]);
  Link& link = process->link;
  if (verb == "cut" || verb == "mend") {
    link.cut = verb == "cut";
  } else if (verb == "drop") {
    ++(words[1] == "write" ? link.drop_writes : link.drop_requests);
  } else if (verb == "lose") {
    ++link.lose_answers;
  } else if (verb == "watch") {
    for (std::size_t lock = 0; lock < process->watches.size(); ++lock) {
      if (words.back() == "ends") world_.end_watch(*process, lock);
      if (words.back() == "returns") world_.open_watch(*process, lock, false);
    }
  } else if (verb == "hold" || verb == "let") {
    const bool hold = verb == "hold";
    if (words[1] == "requests") link.hold_requests = hold;
    if (words[1] == "answers") link.hold_answers = hold;
    if (words[1] == "watch") link.hold_watch = hold;
  }
  return std::nullopt;
}

}  // namespace elector::tests
