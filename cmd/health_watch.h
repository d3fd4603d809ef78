// Looks at --health-url again and again, and says whether the application is healthy enough to
// lead. The rule is core/health.h's.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "cmd/log.h"
#include "cmd/option_cluster.h"
#include "core/health.h"
#include "kube/client.h"
#include "kube/credentials.h"
#include "kube/error.h"
#include "kube/poller.h"

namespace elector::cmd {

class HealthWatch {
 public:
  // `on_change` is told of each change, and of the first finding. Certificates are not checked, as
  // the kubelet does not for its probes. Poller and log must outlive this. Fails with kSystem.
  static kube::Expected<std::unique_ptr<HealthWatch>> begin(
      kube::Poller& poller, const Log& log, const HealthCheck& check,
      std::function<void(bool healthy)> on_change);
  ~HealthWatch();
  HealthWatch(const HealthWatch&) = delete;
  HealthWatch& operator=(const HealthWatch&) = delete;

  // Whether it is known not to be healthy.
  bool unhealthy() const { return rule_.looked() && !rule_.healthy(); }

 private:
  HealthWatch(kube::Poller& poller, const Log& log, HealthCheck check,
              std::function<void(bool healthy)> on_change);
  void look();
  void on_answer(const kube::HttpResponse& response);

  kube::Poller& poller_;
  const Log& log_;
  const HealthCheck check_;
  const std::function<void(bool healthy)> on_change_;
  core::Health rule_;
  std::string path_;                                // with the query
  std::string name_;                                // the URL without its userinfo
  std::unique_ptr<kube::Credentials> credentials_;  // none
  std::unique_ptr<kube::Client> client_;
  kube::Client::Id request_ = 0;
  kube::Poller::TimerId timer_ = 0;
};

}  // namespace elector::cmd
