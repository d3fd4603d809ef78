// SPDX-License-Identifier: Apache-2.0
// One direction of the socket pair between elector and its guard: messages in order, in a queue
// that can be full while its reader is stopped.
#pragma once

#include <cstddef>
#include <deque>
#include <optional>

namespace elector::tests {

template <typename Message>
class Pipe {
 public:
  explicit Pipe(std::size_t room) : room_(room) {}

  // Returns false if it is full.
  bool send(const Message& message) {
    if (queue_.size() >= room_) return false;
    queue_.push_back(message);
    return true;
  }
  std::optional<Message> receive() {
    if (queue_.empty()) return std::nullopt;
    const Message message = queue_.front();
    queue_.pop_front();
    return message;
  }
  bool empty() const { return queue_.empty(); }

 private:
  std::size_t room_;
  std::deque<Message> queue_{};
};

}  // namespace elector::tests
