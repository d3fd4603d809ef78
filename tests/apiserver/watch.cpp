// SPDX-License-Identifier: Apache-2.0
// The watches that are open.
#include "tests/apiserver/watch.h"

#include <algorithm>
#include <utility>

#include "tests/apiserver/status.h"

namespace elector::tests::apiserver {
namespace {

// So many events of a stream are kept to be sent again.
constexpr std::size_t kReplayed = 8;

}  // namespace

std::string Watch::take() {
  if (stalled_) return {};
  return std::exchange(pending_, std::string());
}

void Watch::send(const std::string& line) {
  pending_ += line;
  last_lines_.push_back(line);
  if (last_lines_.size() > kReplayed) last_lines_.pop_front();
  if (wake && !stalled_) wake();
}

// The past once more, and at its end the present: a client that obeys an old event is led astray
// until then.
void Watch::replay() {
  for (const std::string& line : last_lines_) pending_ += line;
  if (wake && !stalled_ && !last_lines_.empty()) wake();
}

void Watch::send_object(const char* type, const Object& object) {
  const std::string text = options_.render(object, first_);
  first_ = false;
  send(std::string("{\"type\":\"") + type + "\",\"object\":" + text + "}\n");
}

// An object that begins or ceases to match the selector is ADDED or DELETED for this watch,
// whatever happened to it; a DELETED by a change carries the last state that matched, at the new
// version (so the real server).
void Watch::send_event(const Event& event) {
  if (ended_ || event.version <= floor_) return;
  const Key& key = event.object->key;
  if (key.resource != options_.resource || (!options_.ns.empty() && options_.ns != key.ns)) return;
  floor_ = event.version;
  const bool was = event.before != nullptr && options_.selector.matches(*event.before);
  const bool is = event.type != Event::Type::kDeleted && options_.selector.matches(*event.object);
  if (was && is) {
    send_object("MODIFIED", *event.object);
  } else if (is) {
    send_object("ADDED", *event.object);
  } else if (was) {
    send_object("DELETED", *make_object(key, event.version, document_of(*event.before)));
  }
}

void Watch::send_bookmark(std::uint64_t version) {
  Object mark;
  mark.key = {options_.resource, "", ""};
  const std::string text = "{\"kind\":" + quoted(options_.resource->kind) +
                           ",\"apiVersion\":" + quoted(api_version(*options_.resource)) +
                           ",\"metadata\":{\"resourceVersion\":\"" + std::to_string(version) +
                           "\",\"creationTimestamp\":null}}";
  pending_ += "{\"type\":\"BOOKMARK\",\"object\":" + text + "}\n";
  if (wake && !stalled_) wake();
}

void Watch::end() {
  ended_ = true;
  if (wake) wake();
}

template <typename Do>
void WatchHub::each(Do&& act) {
  for (auto at = watches_.begin(); at != watches_.end();) {
    const std::shared_ptr<Watch> watch = at->lock();
    if (watch == nullptr || watch->ended_) {
      at = watches_.erase(at);
      continue;
    }
    act(*watch);
    ++at;
  }
}

std::shared_ptr<Watch> WatchHub::open(WatchOptions options, Clock::time_point now) {
  auto watch = std::make_shared<Watch>(std::move(options));
  const WatchOptions& asked = watch->options_;
  watch->deadline_ = now + asked.timeout;
  watch->next_bookmark_ = now + bookmark_interval_;
  const std::uint64_t since = asked.since.value_or(0);
  if (since == 0) {
    for (const ObjectPtr& object : store_.list(*asked.resource, asked.ns)) {
      if (asked.selector.matches(*object)) watch->send_object("ADDED", *object);
    }
    watch->floor_ = store_.version();
  } else if (since < store_.oldest()) {
    watch->send("{\"type\":\"ERROR\",\"object\":" + status_text(expired(since, store_.oldest())) +
                "}\n");
    watch->ended_ = true;
    return watch;
  } else {
    watch->floor_ = since;
    for (const Event* event : store_.events_after(since)) watch->send_event(*event);
  }
  watches_.push_back(watch);
  return watch;
}

void WatchHub::publish(const Event& event) {
  each([&](Watch& watch) { watch.send_event(event); });
}

Clock::time_point WatchHub::tick(Clock::time_point now) {
  Clock::time_point next = Clock::time_point::max();
  each([&](Watch& watch) {
    const bool over = watch.deadline_ <= now;
    if (watch.options_.bookmarks && (over || watch.next_bookmark_ <= now)) {
      // Never below what was asked for: a bookmark must not take a watch from the future back.
      watch.send_bookmark(std::max(store_.version(), watch.floor_));
      watch.next_bookmark_ = now + bookmark_interval_;
    }
    if (over) {
      watch.end();
      return;
    }
    next = std::min(next, watch.deadline_);
    if (watch.options_.bookmarks) next = std::min(next, watch.next_bookmark_);
  });
  return next;
}

int WatchHub::act(const std::string& action, const std::string& resource, const std::string& user) {
  int met = 0;
  bool known = true;
  const auto apply = [&](Watch& watch) {
    if (!resource.empty() && watch.options_.resource->plural != resource) return;
    if (!user.empty() && watch.options_.user != user) return;
    ++met;
    if (action == "end") {
      watch.stalled_ = false;
      watch.end();
    } else if (action == "stall") {
      watch.stalled_ = true;
    } else if (action == "resume") {
      watch.stalled_ = false;
      if (watch.wake) watch.wake();
    } else if (action == "replay") {
      watch.replay();
    } else if (action == "gone") {
      watch.stalled_ = false;
      watch.send("{\"type\":\"ERROR\",\"object\":" +
                 status_text(expired(watch.floor_, store_.version())) + "}\n");
      watch.end();
    }
  };
  known = action == "end" || action == "stall" || action == "resume" || action == "replay" ||
          action == "gone";
  if (known) each(apply);
  return known ? met : -1;
}

std::string WatchHub::describe() {
  std::string out;
  each([&](const Watch& watch) {
    const WatchOptions& options = watch.options_;
    out += "{\"resource\":" + quoted(options.resource->plural) +
           ",\"namespace\":" + quoted(options.ns) + ",\"name\":" + quoted(options.selector.name()) +
           ",\"user\":" + quoted(options.user) +
           ",\"stalled\":" + (watch.stalled_ ? "true" : "false") + "}\n";
  });
  return out;
}

}  // namespace elector::tests::apiserver
