// SPDX-License-Identifier: Apache-2.0
// Everything that the server knows: the objects, one counter of versions for all of them (as etcd's
// revision), the events that watches start from, and the log of every write. No rules of the API
// live here; see crud.h.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tests/apiserver/object.h"

namespace elector::tests::apiserver {

class Journal;

struct Event {
  enum class Type { kAdded, kModified, kDeleted };
  Type type = Type::kAdded;
  std::uint64_t version = 0;
  ObjectPtr object;           // for a deletion the last state, at the deletion's version
  ObjectPtr before;           // null for an addition
  std::int64_t boottime = 0;  // CLOCK_BOOTTIME in nanoseconds, when the write was accepted
  std::string user;
};

const char* event_name(Event::Type type);
// A line of the log: {"version":…,"type":…,"resource":…,"boottime":…,"user":…,"object":{…}},
// without a newline.
std::string log_line(const Event& event);

class Store {
 public:
  // history is how many events are kept for watches to start from; journal (may be null) outlives
  // the store.
  explicit Store(std::size_t history, Journal* journal = nullptr);

  // Applies the journal's lines (see log_line). Nothing before them can be watched afterwards, as
  // after a restart of the real server. Returns how many lines it could read; it stops at the first
  // that it cannot.
  std::size_t restore(const std::vector<std::string>& lines);

  std::uint64_t version() const { return version_; }
  // A watch may start at this version or later.
  std::uint64_t oldest() const { return oldest_; }

  ObjectPtr get(const Key& key) const;
  // The state before the last write of the object, even if it is deleted; null if there is none.
  ObjectPtr previous(const Key& key) const;
  // Objects of a resource in the order of their keys; ns "" is all namespaces.
  std::vector<ObjectPtr> list(const Resource& resource, const std::string& ns) const;
  // The same as it was at that version, which must be between oldest() and version().
  std::vector<ObjectPtr> list_at(const Resource& resource, const std::string& ns,
                                 std::uint64_t version) const;

  // Creates or replaces; the journal has the line before this returns, and on_event has been
  // called.
  ObjectPtr put(const Key& key, Json document, const std::string& user);
  // Removes; returns the last state at the deletion's version, or null if there was none.
  ObjectPtr remove(const Key& key, const std::string& user);

  // The events after version, oldest first.
  std::vector<const Event*> events_after(std::uint64_t version) const;
  // Every write of the object since the server's first start, oldest first.
  std::vector<Event> log(const Key& key) const;
  // Forgets all events, so that watches can start at the present version only.
  void compact();

  std::function<void(const Event&)> on_event;

 private:
  void accept(Event event);
  void remember(const Event& event);

  std::size_t history_limit_;
  Journal* journal_;
  std::uint64_t version_ = 0;
  std::uint64_t oldest_ = 0;
  std::map<Key, ObjectPtr> objects_;
  std::deque<Event> history_;
  std::map<Key, std::deque<Event>> log_;
};

}  // namespace elector::tests::apiserver
