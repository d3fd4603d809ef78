// See health_watch.h.
#include "cmd/health_watch.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include "kube/url.h"

namespace elector::cmd {

HealthWatch::HealthWatch(kube::Poller& poller, const Log& log, HealthCheck check,
                         std::function<void(bool healthy)> on_change)
    : poller_(poller),
      log_(log),
      check_(std::move(check)),
      on_change_(std::move(on_change)),
      rule_(check_.threshold) {}

HealthWatch::~HealthWatch() {
  poller_.cancel_timer(timer_);
  if (client_) client_->cancel(request_);
}

kube::Expected<std::unique_ptr<HealthWatch>> HealthWatch::begin(
    kube::Poller& poller, const Log& log, const HealthCheck& check,
    std::function<void(bool healthy)> on_change) {
  std::unique_ptr<HealthWatch> watch(new HealthWatch(poller, log, check, std::move(on_change)));
  const std::size_t query = std::min(check.url.find('?'), check.url.size());
  auto url = kube::parse_url(std::string_view(check.url).substr(0, query));
  assert(url && "the command line was checked");
  watch->path_ = (url->path.empty() ? "/" : url->path) + check.url.substr(query);
  url->path.clear();
  watch->name_ = url->text() + watch->path_;
  kube::Connection connection;
  connection.server = url->text();
  connection.tls.insecure = url->scheme == "https";
  watch->credentials_ = std::make_unique<kube::Credentials>(poller, kube::CredentialSource{});
  auto client = kube::Client::create(poller, std::move(connection), *watch->credentials_,
                                     {.user_agent = "elector/" ELECTOR_VERSION});
  if (!client) return client.error();
  watch->client_ = std::move(*client);
  watch->look();
  return watch;
}

void HealthWatch::look() {
  kube::HttpRequest request;
  request.path = path_;
  request.accept = "*/*";
  request.timeout = check_.timeout;
  request.keep_body = false;
  request_ = client_->send(std::move(request),
                           [this](const kube::HttpResponse& response) { on_answer(response); });
}

void HealthWatch::on_answer(const kube::HttpResponse& response) {
  request_ = 0;
  timer_ = poller_.start_timer(check_.interval, [this] {
    timer_ = 0;
    look();
  });
  // A redirect is a success, as for the kubelet; the client counts it as an error.
  const bool good = response.status >= 200 && response.status < 400;
  const bool first = !rule_.looked();
  const bool before = rule_.healthy();
  rule_.note(good);
  if (rule_.healthy() == before && !first) return;
  if (rule_.healthy()) {
    log_.info("healthy: " + name_ + " answers with " + std::to_string(response.status));
  } else {
    log_.warn("not healthy, so this process does not lead: " +
              (response.error ? response.error->message
                              : name_ + " answers with " + std::to_string(response.status)));
  }
  on_change_(rule_.healthy());
}

}  // namespace elector::cmd
