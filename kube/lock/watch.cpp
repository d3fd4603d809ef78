// SPDX-License-Identifier: Apache-2.0
#include "kube/lock/watch.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "core/record.h"
#include "kube/base/json_text.h"
#include "kube/http/api_status.h"

namespace elector::kube {
namespace {

using core::Duration;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Duration kFirstPause = milliseconds(50);
// A stream that ended normally after less than this is not a reason to reconnect at once: that
// would be a busy loop.
constexpr Duration kShortLife = seconds(1);
// After the server's own time limit the watch must have ended within this.
constexpr Duration kEndGrace = seconds(30);

// The longest wait for an event that a deaf watch has not shown.
constexpr Duration kLongestPatience = seconds(60);

// Whether `a` is known to be a later version than `b`; "" precedes every other.
bool is_later(const std::string& a, const std::string& b) {
  return b.empty() ? !a.empty() : core::compare_versions(a, b) > 0;
}

}  // namespace

Watch::Watch(Poller& poller, Client& client, WatchOptions options, Handler handler)
    : poller_(poller),
      client_(client),
      options_(std::move(options)),
      handler_(std::move(handler)),
      random_(static_cast<std::minstd_rand::result_type>(options_.seed)),
      patience_(options_.deaf_after) {}

Watch::~Watch() {
  client_.cancel(stream_);
  poller_.cancel_timer(retry_timer_);
  poller_.cancel_timer(lost_timer_);
  poller_.cancel_timer(deaf_timer_);
  poller_.cancel_timer(proof_timer_);
  poller_.cancel_timer(idle_timer_);
}

void Watch::start(std::string version) {
  started_ = true;
  version_ = std::move(version);
  connect();
}

void Watch::connect() {
  // The first events of a watch without a version come in no order, so it cannot be continued from
  // the last version among them. Only a list gives a version to continue from.
  if (options_.name.empty() && std::exchange(gap_, false)) {
    if (handler_.on_gap) handler_.on_gap();
    return;
  }
  // 5 to 10 minutes, as client-go's reflector, so that not all watches of a restarted API come back
  // at the same moment.
  const seconds lifetime(std::uniform_int_distribution<int>(300, 600)(random_));
  HttpRequest request;
  request.path = options_.path;
  request.accept = options_.accept;
  request.query = {{"watch", "true"},
                   {"allowWatchBookmarks", "true"},
                   {"timeoutSeconds", std::to_string(lifetime.count())}};
  const std::string selector =
      options_.name.empty() ? options_.field_selector : "metadata.name=" + options_.name;
  if (!selector.empty()) request.query.emplace_back("fieldSelector", selector);
  if (!version_.empty()) request.query.emplace_back("resourceVersion", version_);
  request.timeout = options_.connect_limit;
  decoder_ = {};
  Client::StreamHandler handler;
  handler.on_open = [this] { on_open(); };
  handler.on_data = [this](std::string_view bytes) { on_data(bytes); };
  handler.on_end = [this](const HttpResponse& response) { on_end(response); };
  stream_ = client_.stream(std::move(request), std::move(handler), lifetime + kEndGrace);
}

void Watch::on_open() {
  open_ = true;
  opened_at_ = boot_now();
  if (doubtful_) {
    proof_timer_ = poller_.start_timer(kShortLife, [this] {
      proof_timer_ = 0;
      believe();
    });
  } else {
    believe();
  }
  listen();
  if (std::exchange(gap_, false) && handler_.on_gap) handler_.on_gap();
  if (const std::string expected = expected_; !expected.empty()) expect(expected);
}

// The stream has proved to deliver changes.
void Watch::believe() {
  poller_.cancel_timer(std::exchange(proof_timer_, 0));
  poller_.cancel_timer(std::exchange(lost_timer_, 0));
  doubtful_ = false;
  const bool failed = std::exchange(told_failure_, 0) != 0;
  tell(true);
  if (failed && handler_.on_recovered) handler_.on_recovered();
}

void Watch::on_data(std::string_view bytes) {
  const Client::Id stream = stream_;
  listen();
  const Failure failure = decoder_.feed(bytes, [this, stream](const WatchEvent& event) {
    if (stream == stream_) on_line(event);  // otherwise an earlier event has ended the stream
  });
  if (!failure || stream != stream_) return;
  client_.cancel(std::exchange(stream_, 0));
  HttpResponse response;
  response.error = failure;
  on_end(response);
}

void Watch::on_line(const WatchEvent& event) {
  if (event.type == WatchEvent::Type::kError) {
    on_error_event(event.object);
    return;
  }
  if (event.type == WatchEvent::Type::kOther) return;
  if (event.type == WatchEvent::Type::kSkipped) {
    skip({Error::Kind::kProtocol, "a watch event " + std::string(event.object)});
    return;
  }
  if (doubtful_) believe();
  const bool bookmark = event.type == WatchEvent::Type::kBookmark;
  if (bookmark && !std::exchange(has_bookmarks_, true)) listen();
  std::string version = json::string_at(event.object, {"metadata", "resourceVersion"});
  // A server that does not support the field selector would send all objects.
  const bool ours = bookmark || options_.name.empty() ||
                    json::string_at(event.object, {"metadata", "name"}) == options_.name;
  if (!version.empty()) saw(std::move(version));
  if (ours && !bookmark) handler_.on_event(event.type, event.object);
}

void Watch::on_error_event(std::string_view status) {
  client_.cancel(std::exchange(stream_, 0));
  HttpResponse response;
  response.body = status;
  response.status = std::max(400, parse_status(status).code);
  on_end(response);
}

void Watch::on_end(const HttpResponse& response) {
  stream_ = 0;
  poller_.cancel_timer(std::exchange(deaf_timer_, 0));
  poller_.cancel_timer(std::exchange(proof_timer_, 0));
  poller_.cancel_timer(std::exchange(idle_timer_, 0));
  const bool was_open = std::exchange(open_, false);
  const bool lived = was_open && boot_now() - opened_at_ >= kShortLife;
  if (lived) pause_ = {};
  const bool again = was_open && !lived && std::exchange(doubtful_, true);
  if (response.status == 410) {
    start_over();
    return;
  }
  if (refuses_watch(response)) {
    tell(false);
    tell_failure(response);
    retry_in(options_.forbidden_pause);
    return;
  }
  disconnected();
  // A broken connection is not reported unless the next one fails too.
  const bool broke = was_open && response.error && response.error->kind != Error::Kind::kProtocol;
  if (!response.ok() && !broke) tell_failure(response);
  if (again && response.ok()) {
    HttpResponse empty = response;
    empty.error =
        Error{Error::Kind::kProtocol, client_.connection().server + " ends each watch immediately"};
    tell_failure(empty);
  }
  retry_after_pause(retry_after(response));
}

// A caller that polls instead need not begin at once: mostly the next try succeeds, and shows what
// has happened.
void Watch::disconnected() {
  if (!established_ || lost_timer_ != 0) return;
  lost_timer_ = poller_.start_timer(options_.longest_pause, [this] {
    lost_timer_ = 0;
    tell(false);
  });
}

void Watch::start_over() {
  disconnected();
  gap_ = true;
  const bool with_version = !std::exchange(version_, {}).empty();
  // A 410 for a watch without a version means nothing for the next try, nor does one for a version
  // that a list, or a watch a moment ago, has just given.
  const core::BootTime now = boot_now();
  const bool of_old = !over_at_ || now - *over_at_ >= kShortLife;
  over_at_ = now;
  if (with_version && of_old && !options_.name.empty()) {
    retry_in(Duration(0));
  } else {
    retry_after_pause(Duration(0));
  }
}

// The first time at once, then after growing pauses, half of each of them random.
void Watch::retry_after_pause(Duration at_least) {
  const Duration limit = std::max(options_.longest_pause, kFirstPause);
  const Duration pause = pause_;
  pause_ = pause_ == Duration(0) ? kFirstPause : std::min(pause_ * 2, limit);
  std::uniform_real_distribution<double> share(0.5, 1.0);
  const auto jittered = std::chrono::duration_cast<Duration>(pause * share(random_));
  retry_in(std::max(jittered, at_least));
}

void Watch::retry_in(Duration pause) {
  poller_.cancel_timer(retry_timer_);
  retry_timer_ = poller_.start_timer(pause, [this] {
    retry_timer_ = 0;
    connect();
  });
}

void Watch::tell(bool established) {
  if (established_ == established) return;
  established_ = established;
  if (handler_.on_established) handler_.on_established(established);
}

void Watch::tell_failure(const HttpResponse& response) {
  const int kind = response.error ? -1 : response.status;
  if (told_failure_ == kind) return;
  told_failure_ = kind;
  if (handler_.on_failure) handler_.on_failure(response);
}

// Restarts the idle timer: data came, or the stream has begun.
void Watch::listen() {
  if (!has_bookmarks_ || options_.idle_limit == Duration(0)) return;
  poller_.cancel_timer(idle_timer_);
  idle_timer_ = poller_.start_timer(options_.idle_limit, [this] {
    idle_timer_ = 0;
    const auto limit = std::chrono::duration_cast<seconds>(options_.idle_limit);
    restart("no data was received from " + client_.connection().server + " for " +
            std::to_string(limit.count()) + "s");
  });
}

void Watch::restart(const std::string& why) {
  if (!open_) return;
  client_.cancel(std::exchange(stream_, 0));
  client_.drop_connections();
  tell(false);
  HttpResponse silent;
  silent.error = Error{Error::Kind::kTimeout, why};
  tell_failure(silent);
  on_end(silent);
}

void Watch::skip(const Error& why) {
  if (handler_.on_skipped) handler_.on_skipped(why);
  if (!options_.name.empty() && handler_.on_gap) handler_.on_gap();
}

void Watch::saw(std::string version) {
  version_ = std::move(version);
  if (is_later(expected_, version_)) return;
  expected_.clear();
  patience_ = options_.deaf_after;
  poller_.cancel_timer(std::exchange(deaf_timer_, 0));
}

// Acts as if the API had reported that it no longer knows the version.
void Watch::rewound() {
  expected_.clear();
  client_.cancel(std::exchange(stream_, 0));
  HttpResponse gone;
  gone.status = 410;
  on_end(gone);
}

void Watch::listed(const std::string& version) {
  if (started_ && rewind_.read(is_later(version_, version))) rewound();
}

void Watch::expect(const std::string& version) {
  if (!started_ || version.empty()) return;
  // An object of a collection is usually older than the collection.
  if (!options_.name.empty() && rewind_.read(is_later(version_, version))) return rewound();
  if (!is_later(version, version_)) return;
  if (is_later(version, expected_)) expected_ = version;
  if (deaf_timer_ != 0 || !open_) return;
  deaf_timer_ = poller_.start_timer(patience_, [this] {
    deaf_timer_ = 0;
    if (!open_) return;
    // Otherwise an API server whose watches lag would also get a new connection each time.
    patience_ = std::min<Duration>(patience_ * 2, std::max(kLongestPatience, options_.deaf_after));
    client_.drop_connections();  // ends the stream, which is then begun again as after any error
  });
}

}  // namespace elector::kube
