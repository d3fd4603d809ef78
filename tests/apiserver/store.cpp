// SPDX-License-Identifier: Apache-2.0
// Everything that the server knows.
#include "tests/apiserver/store.h"

#include <ctime>
#include <utility>

#include "tests/apiserver/journal.h"

namespace elector::tests::apiserver {
namespace {

constexpr std::size_t kMaxLogPerObject = 100'000;

std::int64_t boottime_now() {
  timespec now{};
  clock_gettime(CLOCK_BOOTTIME, &now);
  return static_cast<std::int64_t>(now.tv_sec) * 1'000'000'000 + now.tv_nsec;
}

std::optional<Event> read_line(const std::string& line) {
  std::optional<Json> json = parse_json(line);
  const Value* object = json ? find(*json, {"object"}) : nullptr;
  if (object == nullptr || !object->IsObject()) return {};
  Event event;
  event.version = static_cast<std::uint64_t>(number_at(*json, "version", 0));
  event.boottime = number_at(*json, "boottime", 0);
  event.user = text_at(*json, {"user"});
  const std::string type = text_at(*json, {"type"});
  event.type = type == "ADDED"      ? Event::Type::kAdded
               : type == "MODIFIED" ? Event::Type::kModified
                                    : Event::Type::kDeleted;
  Key key;
  const std::string plural = text_at(*json, {"resource"});
  for (const Resource& resource : resources()) {
    if (plural == resource.plural) key.resource = &resource;
  }
  if (key.resource == nullptr || event.version == 0) return {};
  key.ns = text_at(*object, {"metadata", "namespace"});
  key.name = text_at(*object, {"metadata", "name"});
  event.object = make_object(key, event.version, copy_of(*object));
  return event;
}

}  // namespace

const char* event_name(Event::Type type) {
  switch (type) {
    case Event::Type::kAdded:
      return "ADDED";
    case Event::Type::kModified:
      return "MODIFIED";
    case Event::Type::kDeleted:
      break;
  }
  return "DELETED";
}

std::string log_line(const Event& event) {
  return "{\"version\":" + std::to_string(event.version) + ",\"type\":\"" + event_name(event.type) +
         "\",\"resource\":" + quoted(event.object->key.resource->plural) +
         ",\"boottime\":" + std::to_string(event.boottime) + ",\"user\":" + quoted(event.user) +
         ",\"object\":" + event.object->text + "}";
}

Store::Store(std::size_t history, Journal* journal) : history_limit_(history), journal_(journal) {}

std::size_t Store::restore(const std::vector<std::string>& lines) {
  std::size_t read = 0;
  for (const std::string& line : lines) {
    std::optional<Event> event = read_line(line);
    if (!event) break;
    event->before = get(event->object->key);
    remember(*event);
    ++read;
  }
  compact();
  return read;
}

ObjectPtr Store::get(const Key& key) const {
  const auto found = objects_.find(key);
  return found == objects_.end() ? nullptr : found->second;
}

ObjectPtr Store::previous(const Key& key) const {
  const auto found = log_.find(key);
  return found == log_.end() ? nullptr : found->second.back().before;
}

std::vector<ObjectPtr> Store::list(const Resource& resource, const std::string& ns) const {
  std::vector<ObjectPtr> found;
  for (auto at = objects_.lower_bound(Key{&resource, ns, ""});
       at != objects_.end() && at->first.resource == &resource; ++at) {
    if (!ns.empty() && at->first.ns != ns) break;
    found.push_back(at->second);
  }
  return found;
}

std::vector<ObjectPtr> Store::list_at(const Resource& resource, const std::string& ns,
                                      std::uint64_t version) const {
  std::map<Key, ObjectPtr> state;
  for (const ObjectPtr& object : list(resource, ns)) state[object->key] = object;
  for (auto event = history_.rbegin(); event != history_.rend() && event->version > version;
       ++event) {
    const Key& key = event->object->key;
    if (key.resource != &resource || (!ns.empty() && key.ns != ns)) continue;
    if (event->before != nullptr) {
      state[key] = event->before;
    } else {
      state.erase(key);
    }
  }
  std::vector<ObjectPtr> found;
  for (const auto& [key, object] : state) found.push_back(object);
  return found;
}

ObjectPtr Store::put(const Key& key, Json document, const std::string& user) {
  Event event;
  event.before = get(key);
  event.type = event.before == nullptr ? Event::Type::kAdded : Event::Type::kModified;
  event.version = version_ + 1;
  event.object = make_object(key, event.version, std::move(document));
  event.user = user;
  ObjectPtr object = event.object;
  accept(std::move(event));
  return object;
}

ObjectPtr Store::remove(const Key& key, const std::string& user) {
  Event event;
  event.before = get(key);
  if (event.before == nullptr) return nullptr;
  event.type = Event::Type::kDeleted;
  event.version = version_ + 1;
  event.object = make_object(key, event.version, document_of(*event.before));
  event.user = user;
  ObjectPtr object = event.object;
  accept(std::move(event));
  return object;
}

void Store::accept(Event event) {
  event.boottime = boottime_now();
  if (journal_ != nullptr) journal_->append(log_line(event));
  remember(event);
  if (on_event) on_event(event);
}

void Store::remember(const Event& event) {
  version_ = event.version;
  const Key& key = event.object->key;
  if (event.type == Event::Type::kDeleted) {
    objects_.erase(key);
  } else {
    objects_[key] = event.object;
  }
  history_.push_back(event);
  while (history_.size() > history_limit_) {
    oldest_ = history_.front().version;
    history_.pop_front();
  }
  std::deque<Event>& log = log_[key];
  log.push_back(event);
  if (log.size() > kMaxLogPerObject) log.pop_front();
}

std::vector<const Event*> Store::events_after(std::uint64_t version) const {
  std::vector<const Event*> events;
  for (const Event& event : history_) {
    if (event.version > version) events.push_back(&event);
  }
  return events;
}

std::vector<Event> Store::log(const Key& key) const {
  const auto found = log_.find(key);
  if (found == log_.end()) return {};
  return {found->second.begin(), found->second.end()};
}

void Store::compact() {
  history_.clear();
  oldest_ = version_;
}

}  // namespace elector::tests::apiserver
