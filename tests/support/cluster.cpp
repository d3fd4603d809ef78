// SPDX-License-Identifier: Apache-2.0
#include "tests/support/cluster.h"

#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace elector::tests {

Cluster& Cluster::get() {
  static Cluster cluster([] {
    const char* real = std::getenv("ELECTOR_TEST_KUBECONFIG");
    return real == nullptr ? std::string() : std::string(real);
  }());
  return cluster;
}

Cluster::Cluster(const std::string& kubeconfig) : kubeconfig_(kubeconfig) {
  if (kubeconfig.empty()) {
    server_ = std::make_unique<ApiServer>();
    kubeconfig_ = server_->kubeconfig();
    return;
  }
  if (!have_command("kubectl")) {
    throw std::runtime_error("kubectl is needed to look at the cluster of " + kubeconfig);
  }
  proxy_ = std::make_unique<Process>(
      Command{.arguments = {"kubectl", "--kubeconfig=" + kubeconfig, "proxy", "--port=0"}});
  const auto ready = proxy_->wait_for_line(Process::Stream::kOut, containing("Starting to serve"));
  if (!ready) throw std::runtime_error("kubectl proxy: " + proxy_->text(Process::Stream::kErr));
  const std::string port = ready->text.substr(ready->text.rfind(':') + 1);
  real_api_ = std::make_unique<Api>(Address{.port = static_cast<std::uint16_t>(std::stoi(port))});
}

bool Cluster::has_context(const std::string& name) const {
  if (!is_real()) return true;
  Process contexts(Command{.arguments = {"kubectl", "--kubeconfig=" + kubeconfig_, "config",
                                         "get-contexts", "-o", "name"}});
  contexts.wait_exit();
  return contexts.wait_for_line(Process::Stream::kOut, equal_to(name), Milliseconds(0)).has_value();
}

bool have_command(const std::string& name) {
  const char* path = std::getenv("PATH");
  std::istringstream folders(path == nullptr ? "" : path);
  for (std::string folder; std::getline(folders, folder, ':');) {
    if (::access((folder + "/" + name).c_str(), X_OK) == 0) return true;
  }
  return false;
}

ElectionName::ElectionName(const Api& api, const std::string& word) : api_(api) {
  static std::atomic<int> count{0};
  name_ = "e2e-" + std::to_string(::getpid()) + "-" + std::to_string(++count) + "-" + word;
}

ElectionName::~ElectionName() {
  for (const ObjectName& object : {lease(), endpoints(), configmap()}) {
    try {
      api_.remove(object);
    } catch (const std::exception&) {
      // A server that the test has stopped takes its objects with it.
    }
  }
}

}  // namespace elector::tests
