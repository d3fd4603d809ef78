// SPDX-License-Identifier: Apache-2.0
// The API server of the simulated world: the model, with arrival times, moods and watches.
//
// A request is applied at one instant between its sending and its answer, or never; a server that
// was frozen applies what it had received when it thaws, long after the sender gave up. A proxy in
// between may send a write twice, as proxies do after a connection to one backend broke: it is then
// applied twice or once or late, and gets the answer of the last attempt.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "tests/protocol/model/api_model.h"
#include "tests/protocol/sim/dice.h"
#include "tests/protocol/sim/network.h"
#include "tests/protocol/sim/plan.h"
#include "tests/protocol/sim/schedule.h"
#include "tests/protocol/sim/transcript.h"

namespace elector::tests {

enum class Mood { kUp, kDown, kFrozen, kForbidden, kThrottled, kFailing, kReadOnly };

class SimApi {
 public:
  using Apply = std::function<core::Answer(ApiModel& model)>;
  using Reply = std::function<void(const core::Answer& answer)>;
  using Event = std::function<void(const core::Observation& seen)>;
  using Closed = std::function<void()>;
  using Change = std::function<void(std::size_t object)>;

  SimApi(const Plan& plan, Schedule& schedule, Dice& dice, Transcript& log);

  Network& network() { return network_; }
  const Network& network() const { return network_; }
  const ApiModel& model() const { return model_; }

  // Sends a request: `apply` is called when it arrives, `reply` when the answer is back. One or
  // both may never be called; timeouts are the sender's task.
  void ask(std::size_t host, std::size_t object, bool write, Apply apply, Reply reply);

  // Another client changes an object.
  void change(std::size_t object, const std::function<void(ApiModel& model)>& how);

  // The store is restored from an earlier state; the server starts again.
  void restore(const ApiModel::Backup& backup, bool reuse);
  // When that last happened; nothing if never.
  std::optional<Real> restored_at() const { return restored_at_; }
  // Writes since then have greater versions than this.
  std::uint64_t restored_above() const { return restored_above_; }
  // The index in the object's history from which on it shows the restored store; 0 for all of it.
  std::size_t restored_from(std::size_t object) const {
    return restores_.at(object).empty() ? 0 : restores_.at(object).back();
  }
  // All such indices so far.
  const std::vector<std::size_t>& restores(std::size_t object) const {
    return restores_.at(object);
  }

  // Sets how the server behaves. Leaving kFrozen applies what arrived meanwhile; kDown ends all
  // watches.
  void set_mood(Mood mood, core::Duration retry_after = {});
  Mood mood() const { return mood_; }

  // Opens a watch that delivers the object's history from the event with this index on. One that
  // continues from before a restore shows only versions above its last, as the real API does.
  std::uint64_t open_watch(std::size_t host, std::size_t object, std::size_t from, Event event,
                           Closed closed);
  void close_watch(std::uint64_t id);
  // Cuts a host's watches from the server's side.
  void end_watches(std::size_t host);
  // A stalled watch stays open and delivers nothing until it continues where it was.
  void stall_watches(std::size_t host, bool stalled);
  // Delivers what this host's watches have missed while its connection was cut.
  void heal(std::size_t host);

  // Called after each change of an object.
  void on_change(Change change) { on_change_ = std::move(change); }

 private:
  struct Watch {
    std::uint64_t id = 0;
    std::size_t host = 0;
    std::size_t object = 0;
    std::size_t next = 0;       // index of the first event not yet sent
    Real last{};                // when the last event sent arrives
    std::uint64_t sending = 0;  // grows when events must be sent again
    std::uint64_t above = 0;    // shows greater versions only
    bool ended = false;         // by the server, and the host does not know yet
    Event event;
    Closed closed;
  };

  void arrive(std::size_t host, std::size_t object, bool write, const Apply& apply,
              const Reply& reply);
  void repeat(std::size_t host, std::size_t object, const Apply& apply, const Reply& reply);
  void apply_and_answer(std::size_t host, std::size_t object, const Apply& apply,
                        const Reply& reply);
  void answer(std::size_t host, core::Answer what, const Reply& reply);
  void refuse(std::size_t host, core::Outcome outcome, const char* message, const Reply& reply);
  void publish(std::size_t object);
  void tell_ended(std::size_t host);
  void resume_beyond_restore(Watch& watch);
  void deliver_from(Watch& watch);
  void deliver(std::uint64_t id, std::size_t index, std::uint64_t sending);
  Watch* find(std::uint64_t id);

  const Plan& plan_;
  Schedule& schedule_;
  Dice& dice_;
  Transcript& log_;
  Network network_;
  ApiModel model_;
  Mood mood_ = Mood::kUp;
  core::Duration retry_after_{};
  std::vector<std::function<void()>> held_{};  // requests that a frozen server has received
  std::vector<Watch> watches_{};
  std::vector<std::size_t> published_;
  std::optional<Real> restored_at_{};
  std::uint64_t restored_above_ = 0;
  std::vector<std::vector<std::size_t>> restores_;  // for each object
  std::uint64_t last_watch_ = 0;
  Change on_change_{};
};

}  // namespace elector::tests
