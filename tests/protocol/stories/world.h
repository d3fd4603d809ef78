// SPDX-License-Identifier: Apache-2.0
// The world of a story: processes that run the shipping election, the API, and time, which passes
// only as the story directs. Messages under way arrive at once and in order, unless the story holds
// them back or loses them. Everything that happens goes into the transcript.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/election.h"
#include "tests/protocol/stories/process.h"
#include "tests/protocol/stories/server.h"
#include "tests/protocol/stories/transcript.h"
#include "tests/protocol/stories/words.h"

namespace elector::tests {

class World {
 public:
  World() = default;

  core::Duration now() const { return now_; }
  Server& server() { return server_; }
  Transcript& transcript() { return transcript_; }
  NonceNames& nonces() { return nonces_; }

  // Declares a candidate; it does not run yet.
  void add(const CandidateSpec& spec);
  // The running process of that name, or nullptr.
  Process* find(const std::string& name);
  const std::deque<Process>& processes() const { return processes_; }

  // False if no candidate of that name is declared. A second start is a restart: another instance.
  bool start(const std::string& name);
  // The process is gone, with all that it had under way.
  void kill(const std::string& name);
  void stand(Process& process, bool wish);
  void end_work(Process& process);

  // The transcript reports what others do under `who`.
  void note(const std::string& who, const std::string& verb, const std::string& text);

  // From now on requests, answers and events take this long, each way.
  void set_latency(core::Duration latency) { latency_ = latency; }

  // Opens the process's watch on a lock: from the last version that it showed, or without a
  // version, which shows the object again.
  void open_watch(Process& process, std::size_t lock, bool from_version);
  void end_watch(Process& process, std::size_t lock);

  // Delivers everything that is under way, until nothing more happens at this moment.
  void settle();
  // Lets time pass, and settles at every moment at which a process wakes or gives up waiting.
  void advance_to(core::Duration since_start);
  // The same until `done`, at most for `limit`. False if that never came.
  bool advance_until(const std::function<bool()>& done, core::Duration limit);

 private:
  struct Parcel {
    Process* process = nullptr;
    std::uint64_t order = 0;
    std::optional<std::size_t> flight{};  // otherwise an event of this lock's watch
    std::size_t lock = 0;
  };

  void pump(Process& process);
  void tell(const Process& process, const core::Report& report);
  std::optional<Parcel> next_parcel();
  void carry(const Parcel& parcel);
  void serve(Process& process, Flight& flight);
  void give_answer(Process& process, std::size_t flight);
  void show_event(Process& process, std::size_t lock);
  void watch_after(Process& process, const Flight& flight);
  bool expire_or_tick();
  void stamp_events();
  void check_one_leader();
  core::Duration next_moment(core::Duration limit) const;

  core::Duration now_{};
  Server server_;
  Transcript transcript_;
  NonceNames nonces_;
  std::map<std::string, CandidateSpec> specs_;
  std::map<std::string, int> starts_;
  std::deque<Process> processes_;
  std::uint64_t order_ = 0;
  core::Duration latency_{};
  // For each kind, when each entry of the model's history set out towards the watchers.
  struct Departure {
    std::uint64_t order = 0;
    core::Duration arrives{};
  };
  std::map<std::size_t, std::vector<Departure>> departures_;
  std::string two_leaders_;
};

}  // namespace elector::tests
