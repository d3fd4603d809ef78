// SPDX-License-Identifier: Apache-2.0
#include "kube/lock/lock_informer.h"

#include <algorithm>
#include <chrono>
#include <vector>

#include "kube/http/api_status.h"
#include "kube/lock/lock_read.h"

namespace elector::kube {
namespace {

constexpr core::Duration kPatience = std::chrono::seconds(10);

std::optional<core::WallTime> date_of(const HttpResponse& response) {
  if (!response.date) return std::nullopt;
  return *response.date;
}

}  // namespace

LockInformer::LockInformer(Poller& poller, Client& client, LockFeedOptions options, Handler handler)
    : poller_(poller), client_(client), options_(std::move(options)), handler_(std::move(handler)) {
  WatchOptions watch;
  watch.path = collection_path(options_.kind, options_.name_space);
  watch.name = options_.name;
  watch.field_selector = lock_field_selector(options_.name_space);
  watch.accept = lock_accept(options_.kind, false);
  watch.connect_limit = kPatience;
  watch.longest_pause = options_.retry_period;
  watch.deaf_after = options_.retry_period;
  watch.idle_limit = options_.idle_limit;
  watch.seed = options_.seed;
  Watch::Handler on;
  on.on_event = [this](WatchEvent::Type type, std::string_view object) { on_event(type, object); };
  on.on_established = [this](bool established) { on_established(established); };
  on.on_recovered = [this] { recovered("watching again"); };
  on.on_gap = [this] {
    after_gap_ = true;
    read_again_in(core::Duration(0));
  };
  on.on_skipped = [this](const Error& why) { note_skipped(why.message); };
  on.on_failure = [this](const HttpResponse& response) {
    refused_ = refuses_watch(response);
    // The same text for every kind, unless the API refuses only this kind.
    trouble("cannot watch: " + describe_failure(response, client_.connection().server) +
            (refused_ ? "; polling instead, which may miss short terms" : ""));
    if (lacks_permission(response) && handler_.on_forbidden) handler_.on_forbidden();
    if (refused_) read_again_in(options_.retry_period);
  };
  watch_ = std::make_unique<Watch>(poller_, client_, std::move(watch), std::move(on));
  read();
}

LockInformer::~LockInformer() {
  client_.cancel(reading_);
  for (const auto& [number, id] : checks_) client_.cancel(id);
  poller_.cancel_timer(timer_);
  poller_.cancel_timer(look_timer_);
}

void LockInformer::read() {
  events_at_read_ = events_;
  if (!one()) {
    list_ =
        std::make_unique<LockList>(client_, options_.kind, options_.name_space, options_.timeout,
                                   [this](LockList::Result result) { on_list(std::move(result)); });
    return;
  }
  client_.cancel(reading_);
  const LockName name{options_.kind, options_.name_space, options_.name};
  reading_ =
      client_.send(lock_read_request(name, options_.timeout), [this](const HttpResponse& response) {
        reading_ = 0;
        on_object(response);
      });
}

void LockInformer::read_again_in(core::Duration pause) {
  poller_.cancel_timer(timer_);
  timer_ = poller_.start_timer(pause, [this] {
    timer_ = 0;
    read();
  });
}

// A watch that comes back continues where it was and misses nothing, while a read makes everything
// before it outdated. So the watch is given time.
void LockInformer::on_established(bool established) {
  established_ = established;
  if (!established) {
    if (!refused_) read_again_in(options_.unwatched_limit);
    return;
  }
  if (!after_gap_) poller_.cancel_timer(std::exchange(timer_, 0));  // what a gap hid must be read
  refused_ = false;
  recovered("watching again");
}

// Treats a GET as a list of one or none.
void LockInformer::on_object(const HttpResponse& response) {
  const LockName name{options_.kind, options_.name_space, options_.name};
  core::Answer answer = lock_read_answer(name, response, client_.connection().server);
  LockList::Result result{
      .locks = {}, .version = {}, .server_now = date_of(response), .failure = {}, .skipped = {}};
  if (answer.outcome == core::Outcome::kOk) {
    result.version = answer.object.version;
    result.locks.push_back({name, std::move(answer.object)});
  } else if (answer.outcome != core::Outcome::kNotFound) {
    result.failure = response;
    if (response.ok()) result.failure->error = Error{Error::Kind::kProtocol, answer.message};
  }
  on_list(std::move(result));
}

void LockInformer::on_list(LockList::Result result) {
  const bool looked = std::exchange(looking_, false);
  if (!result.failure) {
    if (result.server_now) clock_ = {*result.server_now, boot_now()};
    on_reading(result);
  } else if (looked && established_) {
    // The watch may be as dead as this read; it is silent, so that nothing else would show it.
    if (result.failure->error) {
      watch_->restart(describe_failure(*result.failure, client_.connection().server));
    }
  } else {
    on_read_failure(*result.failure);
  }
  look_later();
}

// A watch may be silent because nothing changes, or because the connection to the server is dead,
// and only bookmarks distinguish the two.
void LockInformer::look_later() {
  poller_.cancel_timer(look_timer_);
  look_timer_ = poller_.start_timer(options_.look_period, [this] {
    look_timer_ = 0;
    if (!established_ || timer_ != 0 || (watch_->has_bookmarks() && !skipped_)) {
      look_later();
      return;
    }
    looking_ = true;
    read();
  });
}

void LockInformer::note_skipped(const std::string& what) {
  skipped_ = true;
  if (std::exchange(skipped_noted_, true) || !handler_.on_notice) return;
  handler_.on_notice(what + "; skipping it");
}

std::optional<core::WallTime> LockInformer::server_now() const {
  if (!clock_) return std::nullopt;
  return clock_->first +
         std::chrono::duration_cast<core::WallTime::duration>(boot_now() - clock_->second);
}

void LockInformer::on_reading(LockList::Result& result) {
  skipped_ = false;
  if (!result.skipped.empty()) note_skipped(result.skipped);
  std::string newest;
  std::set<Key> gone = known_;
  for (ListedLock& listed : result.locks) {
    gone.erase({listed.name.name_space, listed.name.name});
    if (newest.empty() || core::compare_versions(listed.seen.version, newest) > 0) {
      newest = listed.seen.version;
    }
    tell(std::move(listed), core::Source::kRead);
  }
  // A list has a version, so an object that it lacks was gone at that version. A single object that
  // is absent has none: if an event has come since the request, it may be back.
  const bool sure = !one() || events_ == events_at_read_;
  if (one() && result.locks.empty() && !synced_) gone.insert({options_.name_space, options_.name});
  for (const Key& key : gone) {
    if (!sure) continue;
    ListedLock absent{.name = {options_.kind, key.first, key.second}, .seen = {}};
    absent.seen.version = result.version;
    tell(std::move(absent), core::Source::kRead);
  }
  after_gap_ = false;
  const bool first = !std::exchange(synced_, true);
  if (first) recovered("the API server answers");
  if (std::exchange(readings_fail_, false) && handler_.on_recovery) {
    handler_.on_recovery("the API server answers again");
  }
  // A collection's watch continues from a list; that of one object continues by itself.
  if (!watch_->started() || (!one() && !watch_->running())) {
    watch_->start(result.version);
  } else {
    watch_->expect(newest);
    if (!one()) watch_->listed(result.version);
  }
  if (!established_) {
    read_again_in(first && !refused_ ? options_.unwatched_limit : options_.retry_period);
  }
}

void LockInformer::on_read_failure(const HttpResponse& response) {
  const int status = response.status;
  if (!synced_ && !response.error &&
      (status == 401 || status == 403 || status == 404 || status == 405)) {
    if (handler_.on_refused) handler_.on_refused(response);
    return;
  }
  const std::string failure = describe_failure(response, client_.connection().server);
  if (!synced_) trouble(failure);
  // Without a watch, only this shows that the API is away.
  if (synced_ && refused_ && !std::exchange(readings_fail_, true) && handler_.on_trouble) {
    handler_.on_trouble(failure);
  }
  const bool left_to_the_watch = synced_ && !refused_ && !after_gap_;
  read_again_in(std::max(left_to_the_watch ? options_.unwatched_limit : options_.retry_period,
                         retry_after(response)));
}

void LockInformer::on_event(WatchEvent::Type type, std::string_view object) {
  Expected<ListedLock> listed = decode_listed(options_.kind, object);
  if (!listed) {
    note_skipped(listed.error().message);
    return;
  }
  ++events_;
  if (type == WatchEvent::Type::kDeleted) {
    core::Observation gone;
    gone.version = listed->seen.version;
    listed->seen = std::move(gone);
  }
  tell(std::move(*listed), core::Source::kEvent);
}

void LockInformer::tell(ListedLock listed, core::Source source) {
  const Key key{listed.name.name_space, listed.name.name};
  const bool there = listed.seen.content != core::Content::kAbsent;
  if (!one() && !known_.contains(key) && (!there || !is_election(listed, options_.name_space)))
    return;
  if (there) {
    known_.insert(key);
  } else {
    known_.erase(key);
  }
  if (!handler_.on_seen) return;
  const bool unwatched = source == core::Source::kRead && synced_ && !established_ && !refused_;
  const Gap gap = after_gap_ ? Gap::kForgotten : unwatched ? Gap::kUnwatched : Gap::kNone;
  handler_.on_seen({.name = std::move(listed.name),
                    .object = std::move(listed.seen),
                    .source = source,
                    .server_now = server_now(),
                    .gap = gap});
}

void LockInformer::check(const LockName& name, core::Duration timeout, std::function<void()> done) {
  const std::uint64_t number = next_check_++;
  const std::uint64_t events = events_;
  const Client::Id id = client_.send(
      lock_read_request(name, timeout),
      [this, name, number, events, done = std::move(done)](const HttpResponse& response) {
        checks_.erase(number);
        core::Answer answer = lock_read_answer(name, response, client_.connection().server);
        const bool absent = answer.outcome == core::Outcome::kNotFound && events == events_;
        if (answer.outcome == core::Outcome::kOk) watch_->expect(answer.object.version);
        if (const auto date = date_of(response)) clock_ = {*date, boot_now()};
        if (answer.outcome == core::Outcome::kOk || absent) {
          tell({name, std::move(answer.object)}, core::Source::kRead);
        }
        done();
      });
  checks_[number] = id;
}

void LockInformer::trouble(const std::string& text) {
  if (in_trouble_) return;
  in_trouble_ = true;
  if (handler_.on_trouble) handler_.on_trouble(text);
}

void LockInformer::recovered(const std::string& text) {
  if (std::exchange(in_trouble_, false) && handler_.on_recovery) handler_.on_recovery(text);
}

}  // namespace elector::kube
