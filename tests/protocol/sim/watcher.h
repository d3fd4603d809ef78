// SPDX-License-Identifier: Apache-2.0
// A candidate's watch on one lock object, with the faults of watches: they end and begin again
// where they were, or a little before (events come twice, the past after the present), or without a
// version (what happened in between never shows), and they go deaf.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>

#include "core/record.h"

namespace elector::tests {

class Host;
class World;

class Watcher {
 public:
  struct Handler {
    std::function<void(const core::Observation& seen)> on_event;
    std::function<void(bool established)> on_established;
    std::function<void()> on_gap;  // what happened before this watch may never show
  };

  Watcher(World& world, Host& host, std::size_t object, Handler handler);
  ~Watcher();
  Watcher(const Watcher&) = delete;
  Watcher& operator=(const Watcher&) = delete;

  void start() { connect(); }
  bool established() const { return established_; }
  // Closes a watch that has been silent for too long, and begins again.
  void give_up();

 private:
  void connect();
  void open();
  std::size_t begin_fresh();
  void closed();
  void retry();

  World& world_;
  Host& host_;
  std::size_t object_;
  Handler handler_;
  std::optional<std::uint64_t> watch_{};
  bool established_ = false;
  bool opened_before_ = false;
  std::size_t next_ = 0;  // index of the first event that was not delivered
};

}  // namespace elector::tests
