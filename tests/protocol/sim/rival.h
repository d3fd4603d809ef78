// SPDX-License-Identifier: Apache-2.0
// A host whose process is not elector but behaves as client-go's leaderelection does, written from
// the public description of that protocol: it polls, compares records at the precision of a second,
// waits the record's duration, knows itself by name alone, carries along annotations of other
// clients and renews without reading first. On two lock objects it does what client-go's MultiLock
// did: the primary decides, and two different holders count as an unknown one.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "core/record.h"
#include "core/request.h"
#include "tests/protocol/model/api_model.h"
#include "tests/protocol/sim/host.h"

namespace elector::tests {

class Rival final : public Host {
 public:
  Rival(World& world, std::size_t index) : Host(world, index) {}

  // Counted from the sending of its last successful write, which is less than it believes itself;
  // client-go does not guarantee what it believes beyond that.
  bool claims() const override;
  bool works() const override { return false; }
  bool stands() const override { return false; }

  // Releases the lock and exits; comes back after `away`.
  void leave(core::Duration away);

  // ---- For the checks

  std::uint64_t terms() const { return terms_; }
  Real led_since() const { return led_since_; }
  Real asked_since() const { return asked_since_; }  // when its term's first write was sent
  // Whether its clocks mislead it: its machine was paused since the write that it counts from, or
  // its wall clock was set back, so that its renewals repeat what others already know.
  bool astray() const;
  // Whether it believes that it leads because of the secondary of two lock objects: its create of
  // the primary was refused because another client had created it, and client-go's MultiLock
  // continues.
  bool holds_secondary_alone() const { return leads_ && secondary_alone_; }
  // Whether its last write of the primary changed nothing there: an elector of its name had written
  // the same record in that second, and is not shown another.
  bool wrote_unseen() const { return leads_ && unseen_; }
  // When it last took over the lock from a record with its name that it had not written.
  Real seized_at() const { return seized_at_; }

 private:
  using Answered = std::function<void(const core::Answer& answer)>;
  using Apply = std::function<core::Answer(ApiModel&)>;

  void on_boot() override;
  void on_crash() override {}
  void on_thaw(core::Duration paused) override;
  void on_wall_step(core::Duration by) override;

  void attempt();
  void attempt_later();
  void quit(core::Duration away);

  void read();
  void primary_shown(const core::Answer& answer);
  void secondary_shown(core::Record primary, const core::Answer& answer);
  void stand(const core::Record& seen, std::vector<core::Record> raw);
  bool valid() const;
  core::Record holding_record() const;

  void write(const core::Record& record);
  void create(const core::Record& record);
  void primary_written(const core::Record& record, const core::Answer& answer, core::BootTime sent);
  void written(const core::Record& record, const core::Answer& answer, core::BootTime sent);
  void refused(const core::Record& record, const core::Answer& answer);
  void note_term();

  Answered secondary_next(core::Record record, core::BootTime sent);
  void get(std::size_t object, Answered answered);
  void put(std::size_t object, const std::string& version, const core::Record& record,
           Answered answered);
  void post(std::size_t object, const core::Record& record, Answered answered);
  void ask(std::size_t object, bool write, Apply apply, Answered answered);

  bool multi() const { return plan().objects.size() > 1; }
  std::size_t primary() const { return plan().objects.front(); }
  std::size_t secondary() const { return plan().objects.back(); }

  core::Record observed_{};
  std::vector<core::Record> raw_{};  // what was read when it was observed, to the second
  core::BootTime observed_at_{};
  core::Record own_{};     // as the primary kept it when it was last written
  std::string version_{};  // of the primary
  bool leads_ = false;
  bool leaving_ = false;
  core::Duration away_{};
  core::BootTime renewed_at_{};  // when the last answer came
  core::BootTime sent_at_{};     // when the write that it answered was sent
  core::BootTime thawed_at_{};
  core::BootTime astray_until_{};
  bool secondary_alone_ = false;  // of the last write: another holds the primary
  bool electors_ = false;         // an elector wrote what was read last
  bool unseen_ = false;           // the last write changed nothing
  bool seizes_ = false;           // the next write takes over another's record
  std::uint64_t terms_ = 0;
  Real led_since_{};
  Real asked_since_{};
  Real write_began_{};
  Real seized_at_{-1};
  std::uint64_t asked_ = 0;  // the request that it waits for
};

}  // namespace elector::tests
