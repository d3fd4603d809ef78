// A host whose process is not elector but behaves as client-go's leaderelection does, written from
// the public description of that protocol: it polls, compares records at the precision of a second,
// waits the record's duration, knows itself by name alone, carries annotations of others along and
// renews without reading first.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "core/record.h"
#include "core/request.h"
#include "tests/model/api_model.h"
#include "tests/sim/host.h"

namespace elector::tests {

class Rival final : public Host {
 public:
  Rival(World& world, std::size_t index) : Host(world, index) {}

  // Counted from the sending of its last successful write, which is less than it believes itself;
  // what it believes beyond that is client-go's affair.
  bool claims() const override;
  bool works() const override { return false; }
  bool stands() const override { return false; }

  // Gives the lock back and exits; comes back after `away`.
  void leave(core::Duration away);

 private:
  using Answered = std::function<void(const core::Answer& answer)>;

  void on_boot() override;
  void on_crash() override {}

  void attempt();
  void read();
  void stand(const core::Answer& seen);
  void write(const core::Record& record, const std::string& version);
  void written(const core::Record& record, const core::Answer& answer, core::BootTime sent);
  void attempt_later();
  void observe(const core::Observation& seen);
  bool valid() const;
  core::Record holding_record() const;
  void ask(bool write, std::function<core::Answer(ApiModel&)> apply, Answered answered);
  void quit(core::Duration away);

  std::size_t object() const { return plan().objects.front(); }

  core::Record observed_{};  // times at the precision of a second
  core::BootTime observed_at_{};
  std::string version_{};
  bool leads_ = false;
  bool leaving_ = false;
  core::Duration away_{};
  core::BootTime renewed_at_{};  // when the last answer came
  core::BootTime sent_at_{};     // when the write that it answered was sent
  std::uint64_t asked_ = 0;      // the request that is awaited
};

}  // namespace elector::tests
