// Looks at --health-url again and again, and says whether the application is healthy enough to
// lead. The rule is core/health.h's.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "cmd/option_cluster.h"
#include "core/health.h"
#include "kube/client.h"
#include "kube/credentials.h"
#include "kube/error.h"
#include "kube/poller.h"

namespace elector::cmd {

class HealthWatch {
 public:
  // Receives each change, and the first finding, which says what was answered or why nothing was.
  using OnChange = std::function<void(bool healthy, const std::string& finding)>;

  // As for the kubelet's probes: certificates are not checked; a user and a password in the URL are
  // sent; redirects on the same host are followed, ten at most, and the end of them counts; one to
  // another host is a success. The poller must outlive this. Fails with kSystem.
  static kube::Expected<std::unique_ptr<HealthWatch>> begin(kube::Poller& poller,
                                                            const HealthCheck& check,
                                                            OnChange on_change);
  ~HealthWatch();
  HealthWatch(const HealthWatch&) = delete;
  HealthWatch& operator=(const HealthWatch&) = delete;

  // Whether it is known not to be healthy.
  bool unhealthy() const { return rule_.looked() && !rule_.healthy(); }

 private:
  HealthWatch(kube::Poller& poller, HealthCheck check, OnChange on_change);
  // One place that was asked: the URL's or one that it redirects to.
  struct Place {
    std::unique_ptr<kube::Credentials> credentials;
    std::unique_ptr<kube::Client> client;
  };

  void look();
  kube::Failure ask(const std::string& url);
  kube::Expected<kube::Client*> client_for(const std::string& url);
  void on_answer(const kube::HttpResponse& response);
  bool follow(const kube::HttpResponse& response, std::string& problem);
  void settle(bool good, const std::string& finding);

  kube::Poller& poller_;
  const HealthCheck check_;
  const OnChange on_change_;
  core::Health rule_;
  std::map<std::string, Place> places_;  // by scheme, host, port and user
  std::string url_;                      // that is asked now
  std::size_t redirects_ = 0;            // followed to there
  core::BootTime deadline_{};            // for the answer, redirects included
  kube::Client* client_ = nullptr;       // whose the request is
  kube::Client::Id request_ = 0;
  kube::Poller::TimerId timer_ = 0;
};

}  // namespace elector::cmd
