// SPDX-License-Identifier: Apache-2.0
#include "cmd/candidate/http_pages.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <utility>

#include "kube/base/json_text.h"

namespace elector::cmd {
namespace {

constexpr const char* kJson = "application/json";
constexpr const char* kText = "text/plain; charset=utf-8";

std::string_view state_word(const core::View& view, bool holds) {
  if (!view.observed) return "unknown";
  if (!view.leader.empty() || holds) return "held";
  switch (view.content) {
    case core::Content::kAbsent:
    case core::Content::kEmpty:
      return "absent";
    case core::Content::kUnreadable:
      return "unreadable";
    case core::Content::kRecord:
      break;
  }
  return view.record->holder.empty() ? "released" : "expired";
}

// Removes what changes with time alone: states that differ in anything else are different events.
ElectionState essence(ElectionState state) {
  state.renew_time.reset();
  state.expires_in.reset();
  state.observed_ago.reset();
  return state;
}

// Returns an id that differs between processes, even after a restart under the same identity.
std::string new_series() {
  std::array<char, 40> text{};
  std::snprintf(text.data(), text.size(), "%x-%llx", static_cast<unsigned>(::getpid()),
                static_cast<unsigned long long>(kube::now().wall.time_since_epoch().count()));
  return text.data();
}

}  // namespace

ElectionState state_of(const Candidate& candidate) {
  const core::Now at = kube::now();
  const core::View view = candidate.view();
  ElectionState state;
  state.election = candidate.setup().election;
  state.name_space = candidate.setup().name_space;
  state.lock = candidate.setup().lock_name;
  state.id = candidate.setup().identity;
  if (view.observed) {
    state.leader = view.leader;
    state.observed_ago = at.boot - view.observed_at;
  }
  state.is_leader = view.is_leader;
  state.state = state_word(view, candidate.holds());
  if (view.record) {
    state.acquire_time = view.record->acquire_time;
    state.renew_time = view.record->renew_time;
    state.transitions = view.record->transitions;
  }
  if (view.expires_at) state.expires_in = std::max(*view.expires_at - at.boot, core::Duration(0));
  if (view.is_leader) state.token = view.token;
  state.unread = view.unread;
  if (!view.strategy.empty()) state.strategy = view.strategy;
  return state;
}

HttpPages::HttpPages(const Candidate& candidate, Setup setup)
    : candidate_(candidate), setup_(std::move(setup)), series_(new_series()) {}

Expected<std::unique_ptr<HttpPages>> HttpPages::serve(kube::Poller& poller,
                                                      const HttpAddress& address,
                                                      const Candidate& candidate, const Log& log,
                                                      Setup setup) {
  std::unique_ptr<HttpPages> pages(new HttpPages(candidate, std::move(setup)));
  auto server = HttpServer::create(poller, address, pages->routes());
  if (!server) return server.error();
  pages->server_ = std::move(*server);
  for (const std::string& at : pages->server_->addresses()) {
    log.info("serving http", {{"address", at}});
  }
  return pages;
}

HttpServer::Routes HttpPages::routes() {
  HttpServer::Routes routes;
  if (setup_.as_in_2016) {
    routes.otherwise = [this](std::string_view path) { return in_2016(path); };
    routes.checks_host = false;
  } else {
    routes.pages["/"] = [this] { return name(); };
  }
  routes.pages["/leader"] = [this] { return leader(); };
  routes.pages["/healthz"] = [this] { return live(); };
  routes.pages["/livez"] = [this] { return live(); };
  routes.pages["/readyz"] = [this] { return ready(); };
  if (setup_.metrics) {
    routes.pages["/metrics"] = [this] {
      return HttpReply{200, "text/plain; version=0.0.4; charset=utf-8", setup_.metrics()};
    };
  }
  routes.streams["/watch"] = [this] { return event(); };
  return routes;
}

HttpReply HttpPages::name() const {
  return {200, kJson, "{\"name\":" + kube::json::quote(candidate_.view().leader) + "}"};
}

HttpReply HttpPages::in_2016(std::string_view path) const {
  if (path != "/isLeader") return name();
  return {200, kJson,
          candidate_.view().is_leader ? "{\"isLeader\": true}" : "{\"isLeader\": false}"};
}

HttpReply HttpPages::leader() const {
  const ElectionState state = state_of(candidate_);
  return {*state.is_leader ? 200 : 503, kJson, to_json(state)};
}

// A stalled loop does not get here: the probe then times out.
HttpReply HttpPages::live() const {
  const std::string trouble = setup_.trouble ? setup_.trouble() : "";
  return trouble.empty() ? HttpReply{200, kText, "ok"} : HttpReply{503, kText, trouble};
}

HttpReply HttpPages::ready() const {
  const core::View view = candidate_.view();
  if (!view.observed) return {503, kText, "the lock has not been read yet"};
  // A watch delivers nothing while nothing changes, for example while no candidate is fit to lead.
  if (!candidate_.watching() &&
      kube::now().boot - view.observed_at > candidate_.setup().timing.lease_duration) {
    return {503, kText, "the lock has not been seen within the lease duration"};
  }
  return {200, kText, "ok"};
}

HttpEvent HttpPages::event() {
  const ElectionState state = state_of(candidate_);
  if (ElectionState shown = essence(state); shown != shown_) {
    shown_ = std::move(shown);
    ++changes_;
  }
  return {series_ + "-" + std::to_string(changes_), to_json(state)};
}

}  // namespace elector::cmd
