// SPDX-License-Identifier: Apache-2.0
#include "cmd/candidate/health_checker.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "kube/config/url.h"

namespace elector::cmd {
namespace {

constexpr std::size_t kMostRedirects = 10;

// The redirects that Go's net/http follows.
bool is_redirect(int status) {
  return (status >= 301 && status <= 303) || status == 307 || status == 308;
}

std::string_view without_query(std::string_view url) {
  return url.substr(0, url.find('?'));
}

// Returns the path as written: parse_url() strips trailing slashes.
std::string path_of(const kube::Url& parsed, std::string_view url) {
  std::string path = parsed.path.empty() ? "/" : parsed.path;
  if (url.ends_with('/') && !path.ends_with('/')) path += '/';
  return path;
}

}  // namespace

HealthChecker::HealthChecker(kube::Poller& poller, HealthCheck check, OnChange on_change)
    : poller_(poller),
      check_(std::move(check)),
      on_change_(std::move(on_change)),
      rule_(check_.threshold) {}

HealthChecker::~HealthChecker() {
  poller_.cancel_timer(timer_);
  if (client_) client_->cancel(request_);
}

Expected<std::unique_ptr<HealthChecker>> HealthChecker::begin(kube::Poller& poller,
                                                              const HealthCheck& check,
                                                              OnChange on_change) {
  std::unique_ptr<HealthChecker> watch(new HealthChecker(poller, check, std::move(on_change)));
  if (const auto client = watch->client_for(check.url); !client) return client.error();
  watch->look();
  return watch;
}

// Keeps clients, so that their connections are reused.
Expected<kube::Client*> HealthChecker::client_for(const std::string& url) {
  auto parsed = kube::parse_url(without_query(url));
  if (!parsed) return config_error(kube::without_password(url) + " " + parsed.error().message);
  parsed->path.clear();
  const std::string key = parsed->text() + " " + parsed->userinfo;
  const auto found = places_.find(key);
  if (found != places_.end()) return found->second.client.get();
  const kube::UserInfo user = kube::parse_userinfo(parsed->userinfo);
  kube::Connection connection;
  connection.server = parsed->text();
  connection.tls.insecure = parsed->scheme == "https";
  kube::CredentialSource credentials;
  credentials.username = user.user;
  credentials.password = user.password;
  Place place;
  place.credentials = std::make_unique<kube::Credentials>(poller_, std::move(credentials));
  auto client = kube::Client::create(poller_, std::move(connection), *place.credentials,
                                     {.user_agent = "elector/" ELECTOR_VERSION});
  if (!client) return client.error();
  place.client = std::move(*client);
  return places_.emplace(key, std::move(place)).first->second.client.get();
}

void HealthChecker::look() {
  // Bounds the map if an application redirects to ever new ports; no request is in flight here.
  if (places_.size() > kMostRedirects) places_.clear();
  redirects_ = 0;
  deadline_ = kube::boot_now() + check_.timeout;
  if (const auto failure = ask(check_.url)) settle(false, failure->message);
}

Failure HealthChecker::ask(const std::string& url) {
  const auto client = client_for(url);
  if (!client) return client.error();
  const std::string_view base = without_query(url);
  const auto parsed = kube::parse_url(base);
  kube::HttpRequest request;
  request.path = path_of(*parsed, base) + url.substr(base.size());
  request.accept = "*/*";
  request.timeout =
      std::max(std::chrono::ceil<std::chrono::milliseconds>(deadline_ - kube::boot_now()),
               std::chrono::milliseconds(1));
  request.keep_body = false;
  url_ = url;
  client_ = *client;
  request_ = client_->send(std::move(request),
                           [this](const kube::HttpResponse& response) { on_answer(response); });
  return std::nullopt;
}

// Follows a redirect, or sets `problem` if that is not possible. Returns false if `response` is the
// final answer.
bool HealthChecker::follow(const kube::HttpResponse& response, std::string& problem) {
  if (!is_redirect(response.status) || response.location.empty()) return false;
  const std::string shown = kube::without_password(url_);
  const auto target = kube::redirect_target(url_, response.location);
  const auto parsed = target ? kube::parse_url(without_query(*target))
                             : Expected<kube::Url>(config_error("is not a URL"));
  if (!parsed) {
    problem = shown + " redirects to something that is not a URL";
    return true;
  }
  if (parsed->host != kube::parse_url(without_query(check_.url))->host) return false;
  if (++redirects_ >= kMostRedirects) {
    problem = shown + " redirects more than " + std::to_string(kMostRedirects - 1) + " times";
  } else if (parsed->scheme != "http" && parsed->scheme != "https") {
    problem = shown + " redirects to the scheme " + parsed->scheme;
  } else if (const auto failure = ask(*target)) {
    problem = failure->message;
  }
  return true;
}

void HealthChecker::on_answer(const kube::HttpResponse& response) {
  request_ = 0;
  std::string problem;
  if (follow(response, problem)) {
    if (!problem.empty()) settle(false, problem);
    return;
  }
  // The client counts a redirect as an error.
  const bool good = response.status >= 200 && response.status < 400;
  settle(good, response.error && !good ? response.error->message
                                       : kube::without_password(url_) + " answers with " +
                                             std::to_string(response.status));
}

void HealthChecker::settle(bool good, const std::string& finding) {
  timer_ = poller_.start_timer(check_.interval, [this] {
    timer_ = 0;
    look();
  });
  const bool first = !rule_.looked();
  const bool before = rule_.healthy();
  rule_.note(good);
  if (rule_.healthy() != before || first) on_change_(rule_.healthy(), finding);
}

}  // namespace elector::cmd
