// A host on which `elector resign` runs now and then, as a process of its own that asks the leader
// to resign, reports the result and ends: what cmd/resign.cpp does, around Asking.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/resignation.h"
#include "core/time.h"
#include "tests/sim/asking.h"
#include "tests/sim/client.h"
#include "tests/sim/host.h"

namespace elector::tests {

class Asker final : public Host {
 public:
  // What it tells its user in the end.
  struct Verdict {
    enum class Kind {
      kEnd,          // `asking` has come to an end
      kNobody,       // nobody held the lock at the first look
      kError,        // the API refused, or could not do it
      kTimedOut,     // --wait=DURATION was over
      kInterrupted,  // by a signal
    };
    Kind kind = Kind::kEnd;
    const Asking* asking = nullptr;  // of the lock that it reports on, if it came to that
  };

  Asker(World& world, std::size_t index) : Host(world, index) {}

  bool idle() const { return !alive(); }
  // Starts the process. wait_limit: of --wait=DURATION, which `wish.wait` goes with.
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
