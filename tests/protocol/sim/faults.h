// SPDX-License-Identifier: Apache-2.0
// Causes faults in the world, from the seed. The plan sets which kinds, how often and for how long;
// the affected host is drawn, the leader more often than others.
#pragma once

#include <cstdint>
#include <deque>
#include <string_view>

#include "core/time.h"
#include "tests/protocol/model/api_model.h"
#include "tests/protocol/sim/plan.h"

namespace elector::tests {

class Candidate;
class Host;
class World;

// The holder that a usurper's record names: no candidate has this name.
inline constexpr std::string_view kUsurper = "somebody";

class Faults {
 public:
  explicit Faults(World& world) : world_(world) {}

  void start();
  // A PUT arrives: perhaps an edit of other fields arrives a moment earlier.
  void before_write(std::size_t object);

 private:
  void next();
  void inject(Fault fault);
  bool inject_in_process(Fault fault, Host& host);
  bool inject_on_the_way(Fault fault, Host& host);
  bool inject_at_the_server(Fault fault);
  bool strip(Fault fault);
  bool ask(Fault fault);
  bool ask_somebody(bool force);
  bool restore(Fault fault);
  void back_up_now_and_then();
  bool tamper(Fault fault);
  bool tamper_with(Fault fault, std::size_t object);
  Fault another_tampering();

  bool inject_in_guard(Fault fault, Host& host);
  void end_process(Fault fault, Host& host);
  void make_busy(Host& host);
  void pause(Host& host);
  void pause_machine(Host& host);
  void step_wall(Host& host);
  void cut(Host& host);
  void impair(Fault fault, Host& host);
  void edit_now_and_then();
  void edit(std::size_t object);

  Host& victim();
  std::size_t any_object();
  core::Duration length();

  World& world_;
  std::uint64_t edits_ = 0;
  std::deque<ApiModel::Backup> backups_{};  // the latest few
};

}  // namespace elector::tests
