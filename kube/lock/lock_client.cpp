// SPDX-License-Identifier: Apache-2.0
#include "kube/lock/lock_client.h"

#include <algorithm>
#include <cassert>
#include <chrono>
#include <utility>

#include "kube/http/api_status.h"

namespace elector::kube {
namespace {

// For the beginning of a watch's answer, and for a read without another limit.
constexpr core::Duration kPatience = std::chrono::seconds(5);

}  // namespace

LockClient::LockClient(Poller& poller, Client& client, LockClientOptions options, Handler handler)
    : poller_(poller), client_(client), options_(std::move(options)), handler_(std::move(handler)) {
  for (const LockKind kind : options_.kinds) {
    const std::size_t index = locks_.size();
    Lock& lock = locks_.emplace_back();
    lock.name = {kind, options_.name_space, options_.name};
    WatchOptions watch;
    watch.path = collection_path(kind, options_.name_space);
    watch.name = options_.name;
    watch.connect_limit = std::max(options_.retry_period, kPatience);
    watch.longest_pause = options_.retry_period;
    watch.deaf_after = options_.retry_period;
    watch.seed = options_.seed + index;
    lock.watch = std::make_unique<Watch>(poller_, client_, std::move(watch), watch_handler(index));
  }
}

LockClient::~LockClient() {
  for (const Sent& sent : sent_) {
    client_.cancel(sent.id);
    poller_.cancel_timer(sent.timer);
  }
}

Watch::Handler LockClient::watch_handler(std::size_t lock) {
  Watch::Handler handler;
  handler.on_event = [this, lock](WatchEvent::Type type, std::string_view object) {
    on_event(lock, type, object);
  };
  handler.on_established = [this, lock](bool established) {
    if (handler_.on_watching) handler_.on_watching(lock, established);
  };
  handler.on_gap = [this, lock] {
    if (handler_.on_gap) handler_.on_gap(lock);
  };
  handler.on_skipped = [this](const Error& why) { notice("watch: " + why.message); };
  handler.on_failure = [this, lock](const HttpResponse& response) {
    on_watch_failure(lock, response);
  };
  return handler;
}

void LockClient::send(const core::Request& request) {
  assert(request.lock < locks_.size());
  Expected<HttpRequest> http = lock_request(locks_[request.lock].name, request);
  Sent& sent = sent_.emplace_back();
  sent.request = request;
  sent.request.body.reset();  // it is in the HTTP request now
  const std::uint64_t id = request.id;
  if (http) {
    sent.id = client_.send(std::move(*http),
                           [this, id](const HttpResponse& response) { on_response(id, response); });
    return;
  }
  HttpResponse response;
  response.error = http.error();
  sent.timer =
      poller_.start_timer(core::Duration(0), [this, id, response] { on_response(id, response); });
}

void LockClient::on_response(std::uint64_t request_id, const HttpResponse& response) {
  const auto found = std::find_if(sent_.begin(), sent_.end(), [request_id](const Sent& sent) {
    return sent.request.id == request_id;
  });
  assert(found != sent_.end());
  const core::Request request = std::move(found->request);
  sent_.erase(found);
  if (response.date) clock_ = {*response.date, boot_now()};
  const LockName& name = locks_[request.lock].name;
  const core::Answer answer = lock_answer(name, request, response, client_.connection().server);
  if (lacks_permission(response) && handler_.on_forbidden) {
    handler_.on_forbidden(permission_for(name, rbac_verb(request.verb)));
  }
  learn(request.lock, request, answer);
  if (handler_.on_answer) handler_.on_answer(answer);
}

std::optional<core::WallTime> LockClient::server_now() const {
  if (!clock_) return std::nullopt;
  const core::Duration passed = boot_now() - clock_->second;
  if (passed > std::chrono::hours(6)) return std::nullopt;
  return clock_->first + std::chrono::duration_cast<core::WallTime::duration>(passed);
}

// Passes on what an answer means for the lock's watch.
void LockClient::learn(std::size_t index, const core::Request& request,
                       const core::Answer& answer) {
  Watch& watch = *locks_[index].watch;
  const bool shows_object = answer.outcome == core::Outcome::kOk;
  const bool shows_none =
      answer.outcome == core::Outcome::kNotFound && request.verb == core::Verb::kGet;
  if (!watch.started() && (shows_object || shows_none)) watch.start(answer.object.version);
  if (shows_object) watch.expect(answer.object.version);
}

void LockClient::on_event(std::size_t index, WatchEvent::Type type, std::string_view object) {
  Expected<core::Observation> seen = decode_lock(locks_[index].name, object);
  if (!seen) {
    notice("watch: " + seen.error().message);
    return;
  }
  // A deletion has a version too, so that one that is reported again later is known to be past.
  if (type == WatchEvent::Type::kDeleted) {
    core::Observation gone;
    gone.version = seen->version;
    seen = std::move(gone);
  }
  if (handler_.on_observation) handler_.on_observation(index, std::move(*seen));
}

void LockClient::on_watch_failure(std::size_t index, const HttpResponse& response) {
  const LockName& name = locks_[index].name;
  const std::string what = "cannot watch " + describe(name) + ": " +
                           describe_failure(response, client_.connection().server);
  if (!lacks_permission(response)) {
    notice(what);
    return;
  }
  const Permission missing = permission_for(name, "watch");
  if (handler_.on_forbidden) handler_.on_forbidden(missing);
  notice(what + "; polling instead (to avoid polling, allow " + describe(missing) + ")");
}

void LockClient::notice(const std::string& text) {
  if (handler_.on_notice) handler_.on_notice(text);
}

}  // namespace elector::kube
