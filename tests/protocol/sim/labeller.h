// SPDX-License-Identifier: Apache-2.0
// The label that a candidate's pod carries while it leads, as far as the lock is concerned: as in
// cmd/candidate/pod_labeler.cpp, the lock is not released before the label has been removed or
// given up.
#pragma once

#include <cstdint>
#include <functional>
#include <utility>

#include "tests/protocol/sim/host.h"

namespace elector::tests {

class World;

class Labeller {
 public:
  // hold: called with whether the release must wait.
  Labeller(World& world, Host& host, std::function<void(bool)> hold)
      : world_(world), host_(host), hold_(std::move(hold)) {}

  void elected();
  void stop_work();
  void lost();
  bool holds_release() const { return holds_; }

 private:
  void done();

  World& world_;
  Host& host_;
  std::function<void(bool)> hold_;
  std::uint64_t term_ = 0;
  bool holds_ = false;
};

}  // namespace elector::tests
