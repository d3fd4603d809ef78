#include "tests/stories/script.h"

#include <algorithm>
#include <cstdlib>
#include <set>
#include <sstream>

namespace elector::tests {
namespace {

using core::Content;
using core::Duration;
using core::Record;
using std::chrono::seconds;

const std::set<std::string> kOptions{
    "id",   "ttl", "renew-deadline", "retry-period", "lock",        "watch", "stands",
    "work", "to",  "clock",          "for",          "retry-after", "claims"};

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
      first == "stand" || first == "work") {
    return lifecycle(command);
  }
  if (first == "pause" || first == "resume" || first == "freeze" || first == "thaw" ||
      first == "clock") {
    return machine(command);
  }
  if (first == "advance") return advance(command);
  if (first == "drop" || first == "lose" || first == "hold" || first == "let" || first == "cut" ||
      first == "mend" || first == "watch" || first == "ignore" || first == "age") {
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

// ---- Candidates
// -----------------------------------------------------------------------------------

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

// start|restart|kill|stop|stand NAME...    work NAME ends
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

// ---- The network
// ----------------------------------------------------------------------------------

// drop request|write NAME    lose answer NAME    cut|mend NAME    hold|let requests|answers|watch
// NAME watch NAME ends|returns    ignore put NAME    age get NAME VERSION
Script::Error Script::network(const Command& command) {
  const std::vector<std::string>& words = command.words;
  const std::string& verb = words.front();
  const bool object_first = verb != "cut" && verb != "mend" && verb != "watch";
  if (words.size() < (object_first ? 3U : 2U)) return unknown(verb);
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

// ---- Others
// ---------------------------------------------------------------------------------------

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

// kubectl get|delete|empty|force|garble TEXT|label TEXT  [lock=KIND] [claims=removed]
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

// rival NAME takes|renews|releases [ttl=] [lock=KIND] [claims=removed]: what a candidate that is
// not ours writes, as client-go does it.
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
  record.renew_time = now;
  model.set_record(object, record,
                   command.options.contains("claims") ? Claims::kRemoved : Claims::kCarried);
  show_object(command.words[1], "puts", *kind);
  return std::nullopt;
}

// What `GET /` of each running process would say at this moment.
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
