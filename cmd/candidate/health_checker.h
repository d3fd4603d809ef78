// SPDX-License-Identifier: Apache-2.0
// Polls --health-url and reports whether the application is healthy enough to lead. The rule is in
// core/health.h.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "cmd/cli/options.h"
#include "core/error.h"
#include "core/health.h"
#include "kube/auth/credentials.h"
#include "kube/base/poller.h"
#include "kube/http/client.h"

namespace elector::cmd {

class HealthChecker {
 public:
  // Called with the first finding and with each change. `finding` says what the application
  // answered, or why it did not.
  using OnChange = std::function<void(bool healthy, const std::string& finding)>;

  // Checks as the kubelet's probes do: certificates are not verified; user and password of the URL
  // are sent; up to ten redirects on the same host are followed, and the last answer counts; a
  // redirect to another host is a success. The poller must outlive this. Fails with kSystem.
  static Expected<std::unique_ptr<HealthChecker>> begin(kube::Poller& poller,
                                                        const HealthCheck& check,
                                                        OnChange on_change);
  ~HealthChecker();
  HealthChecker(const HealthChecker&) = delete;
  HealthChecker& operator=(const HealthChecker&) = delete;

  // Whether it is known to be unhealthy; false before the first finding.
  bool unhealthy() const { return rule_.looked() && !rule_.healthy(); }

 private:
  HealthChecker(kube::Poller& poller, HealthCheck check, OnChange on_change);
  // An endpoint that was asked: the URL's own or the target of a redirect.
  struct Place {
    std::unique_ptr<kube::Credentials> credentials;
    std::unique_ptr<kube::Client> client;
  };

  void look();
  Failure ask(const std::string& url);
  Expected<kube::Client*> client_for(const std::string& url);
  void on_answer(const kube::HttpResponse& response);
  bool follow(const kube::HttpResponse& response, std::string& problem);
  void settle(bool good, const std::string& finding);

  kube::Poller& poller_;
  const HealthCheck check_;
  const OnChange on_change_;
  core::Health rule_;
  std::map<std::string, Place> places_;  // by scheme, host, port and user
  std::string url_;                      // the URL of the request in flight
  std::size_t redirects_ = 0;            // followed so far
  core::BootTime deadline_{};            // for the answer, redirects included
  kube::Client* client_ = nullptr;       // the client that sent request_
  kube::Client::Id request_ = 0;
  kube::Poller::TimerId timer_ = 0;
};

}  // namespace elector::cmd
