// SPDX-License-Identifier: Apache-2.0
// Reports what the lock objects of one kind show, for as long as this lives: one object by its
// name, or all of a namespace, or of every namespace. For observers, which write nothing;
// candidates use LockClient.
//
// Everything is first read, then watched. If watching is not allowed, or no watch can be
// established although the API answers, it reads repeatedly instead; after a gap that the API can
// no longer fill it reads everything again.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "core/lock_tracker.h"
#include "core/record.h"
#include "core/time.h"
#include "kube/http/client.h"
#include "kube/lock/lock_codec.h"
#include "kube/lock/lock_list.h"
#include "kube/lock/watch.h"

namespace elector::kube {

struct LockFeedOptions {
  LockKind kind = LockKind::kLease;
  std::string name_space;                                 // "" for all, if no name is given
  std::string name;                                       // of the object; "" for all
  core::Duration timeout{};                               // for one request; 0 is no limit
  core::Duration retry_period = std::chrono::seconds(2);  // between two reads without a watch
  // How long to wait for a watch that is lost, or was never established, before reading instead.
  core::Duration unwatched_limit = std::chrono::seconds(10);
  // See WatchOptions; longer than the API server's interval between two bookmarks.
  core::Duration idle_limit = std::chrono::seconds(100);
  // While no bookmark has come, and after an unusable event: time between two reads in addition to
  // the watch.
  core::Duration look_period = std::chrono::seconds(60);
  std::uint64_t seed = 0;  // for the pauses of the watch
};

class LockInformer {
 public:
  // Why events before this one may have been missed.
  enum class Gap { kNone, kForgotten, kUnwatched };  // the API no longer has them; no watch existed
  struct Seen {
    LockName name;
    core::Observation object;
    core::Source source = core::Source::kEvent;
    // The API server's clock, by the Date of the last read.
    std::optional<core::WallTime> server_now{};
    Gap gap = Gap::kNone;
  };
  struct Handler {
    // Something that concerns an election: never an Endpoints or ConfigMap that has had no record.
    std::function<void(const Seen& seen)> on_seen;
    // The first read failed because the API refuses it (401, 403, or an unknown kind). No further
    // callback follows.
    std::function<void(const HttpResponse& response)> on_refused;
    // Lines for the log: what does not work, and that it works again.
    std::function<void(const std::string& text)> on_trouble;
    std::function<void(const std::string& text)> on_recovery;
    // A line for the log that no recovery follows: an object that is skipped.
    std::function<void(const std::string& text)> on_notice;
    // Watching was refused with a 403; on_trouble was called before.
    std::function<void()> on_forbidden;
  };

  // Begins at once. The poller and the client must outlive this; no callback is run from within a
  // call to this class.
  LockInformer(Poller& poller, Client& client, LockFeedOptions options, Handler handler);
  ~LockInformer();
  LockInformer(const LockInformer&) = delete;
  LockInformer& operator=(const LockInformer&) = delete;

  // Reads one object now, to be sure: `done` is called after on_seen(), or alone if it cannot be
  // read.
  void check(const LockName& name, core::Duration timeout, std::function<void()> done);

 private:
  using Key = std::pair<std::string, std::string>;  // namespace and name

  bool one() const { return !options_.name.empty(); }
  void read();
  void read_again_in(core::Duration pause);
  void on_object(const HttpResponse& response);
  void on_list(LockList::Result result);
  void on_established(bool established);
  void on_reading(LockList::Result& result);
  void on_read_failure(const HttpResponse& response);
  void on_event(WatchEvent::Type type, std::string_view object);
  void tell(ListedLock listed, core::Source source);
  void look_later();
  void note_skipped(const std::string& what);
  std::optional<core::WallTime> server_now() const;
  void trouble(const std::string& text);
  void recovered(const std::string& text);

  Poller& poller_;
  Client& client_;
  const LockFeedOptions options_;
  const Handler handler_;
  std::unique_ptr<Watch> watch_;
  std::unique_ptr<LockList> list_;
  Client::Id reading_ = 0;
  Poller::TimerId timer_ = 0;
  Poller::TimerId look_timer_ = 0;
  // The API server's clock at a read, and this machine's.
  std::optional<std::pair<core::WallTime, core::BootTime>> clock_{};
  std::map<std::uint64_t, Client::Id> checks_;
  std::uint64_t next_check_ = 1;
  std::set<Key> known_;       // objects that were reported, and exist
  std::uint64_t events_ = 0;  // so far
  std::uint64_t events_at_read_ = 0;
  bool synced_ = false;
  bool established_ = false;
  bool refused_ = false;  // the API refuses a watch: polling
  bool after_gap_ = false;
  bool in_trouble_ = false;
  bool readings_fail_ = false;  // while polling, and that was reported
  bool looking_ = false;        // the present read is one in addition to a watch
  bool skipped_ = false;        // since the last read
  bool skipped_noted_ = false;
};

}  // namespace elector::kube
