// SPDX-License-Identifier: Apache-2.0
// A host on which `elector resign` runs now and then, as a separate process that asks the leader to
// resign, reports the result and ends: around Asking, it does what cmd/resign.cpp does.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/resignation.h"
#include "core/time.h"
#include "tests/protocol/sim/asking.h"
#include "tests/protocol/sim/client.h"
#include "tests/protocol/sim/host.h"

namespace elector::tests {

class Asker final : public Host {
 public:
  // The result that it reports to its user.
  struct Verdict {
    enum class Kind {
      kEnd,          // `asking` has ended
      kNobody,       // the lock had no holder at the first look
      kError,        // the API refused or failed
      kTimedOut,     // --wait=DURATION was over
      kInterrupted,  // by a signal
    };
    Kind kind = Kind::kEnd;
    const Asking* asking = nullptr;  // of the lock that it reports on, if any
  };

  Asker(World& world, std::size_t index) : Host(world, index) {}

  bool idle() const { return !alive(); }
  // Starts the process. wait_limit: of --wait=DURATION, which requires `wish.wait`.
  void ask(core::ResignWish wish, std::optional<core::Duration> wait_limit);
  // SIGINT.
  void interrupt();

  bool claims() const override { return false; }
  bool works() const override { return false; }
  bool stands() const override { return false; }

  // ---- For the checks

  std::optional<core::Duration> wait_limit() const { return wait_limit_; }
  Real began() const { return began_; }

 private:
  void on_boot() override;
  void on_crash() override;

  bool stopped() const { return late_ || interrupted_; }
  void next();
  void read(std::size_t object);
  void follow(const core::Observation& first);
  void changed();
  bool advance();
  void end(const Verdict& verdict);

  core::ResignWish wish_{};
  std::optional<core::Duration> wait_limit_{};
  core::BootTime patient_until_{};
  std::unique_ptr<Client> client_{};
  std::vector<std::unique_ptr<Asking>> askings_{};  // one lock after the other
  std::optional<core::Observation> first_{};        // of the primary
  std::size_t others_left_ = 0;                     // locks to clear before the primary
  Client::Id reading_ = 0;
  bool late_ = false;
  bool interrupted_ = false;
  bool over_ = false;
  bool advancing_ = false;
  Real began_{};
};

}  // namespace elector::tests
