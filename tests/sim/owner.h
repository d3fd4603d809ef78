// The work that needs leadership, and the guard that looks after it: `exec`'s child under the
// shipping core::Guard. The guard is a process of its own: it lives on when the elector has died
// or is stopped, hears of it, and has the deadline by itself.
//
// Which processes die of what, and how soon, is drawn: a command that stops when it is asked to,
// one that takes its time, one that does not listen, one that leaves something running. Being
// killed takes time, too, the longer the more there is to kill: up to what the guard's rules leave
// for it.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "core/guard.h"
#include "core/time.h"

namespace elector::tests {

class Host;
class World;

class Owner {
 public:
  // `on_gone`: the guard says that nothing of the work is left. Whether there still is a process to
  // tell is for `host` to say.
  Owner(World& world, Host& host, std::function<void()> on_gone)
      : world_(world), host_(host), on_gone_(std::move(on_gone)) {}

  // Processes of the work are there.
  bool runs() const;
  // A term's work was begun and is not reported gone.
  bool busy() const { return busy_; }

  void begin(core::BootTime hold_until, core::BootTime gone_by);
  void extend(core::BootTime hold_until, core::BootTime gone_by);
  void drain();                       // asked to end in its own time
  void lose(core::BootTime gone_by);  // leadership is lost
  void process_died();                // the elector is gone: the guard sees the end of its socket
  void machine_died();                // so is all else
  void thawed();                      // the clock runs again

 private:
  // One guard process, with what it has started.
  struct Job {
    explicit Job(core::Duration grace) : guard(grace) {}
    core::Guard guard;
    bool orphaned = false;
    bool child = false;  // the command itself runs
    bool rest = false;   // so does something that it has left
    std::uint64_t term = 0;
    bool dying = false;         // SIGKILL is on its way to all
    core::BootTime dead_at{};   // when it has reached them
    core::TermLimits limits{};  // as the guard knows them
  };
  using JobRef = std::shared_ptr<Job>;
  using Input = std::function<void(Job& job, core::BootTime now)>;

  core::TermLimits limits(core::BootTime hold_until, core::BootTime gone_by) const;
  Job& job();
  void tell(Input input);
  void pump(const JobRef& job);
  void act(const JobRef& job, core::Guard::Action action);
  void end_child(const JobRef& job, core::Duration most);
  void end_rest(const JobRef& job, core::Duration most);
  void kill(const JobRef& job);
  void die(const JobRef& job);
  void check_gone(const JobRef& job);
  void report_gone();
  void arm(const JobRef& job);

  World& world_;
  Host& host_;
  std::function<void()> on_gone_;
  std::vector<JobRef> jobs_{};  // the present process's last; those before are orphans
  bool busy_ = false;
  bool ending_ = false;        // the elector wants it gone
  core::Duration dying_{};     // K - D
  core::TermLimits limits_{};  // as the elector knows them
};

}  // namespace elector::tests
