// Runs an exec credential plugin once and reads what it prints: an ExecCredential of
// client.authentication.k8s.io/v1 or v1beta1 (kubernetes.io: "client-go credential plugins").
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "kube/connection.h"
#include "kube/error.h"
#include "kube/poller.h"

namespace elector::kube {

// What a plugin's status says. A token, or a certificate with its key, or both.
struct ExecCredential {
  std::string token;
  std::string client_certificate;  // PEM
  std::string client_key;          // PEM
  std::optional<std::chrono::system_clock::time_point> expires;
};

// Reads a plugin's standard output. Fails with kCredentials; the message never quotes the output.
Expected<ExecCredential> parse_exec_credential(const std::string& output, const ExecPlugin& plugin);

// The value of KUBERNETES_EXEC_INFO for this plugin.
std::string exec_info(const ExecPlugin& plugin);

// One run of a plugin: spawned on construction, in its own process group, with /dev/null as stdin.
// Destroying it before it is done kills that group.
class PluginRun {
 public:
  using Callback = std::function<void(Expected<ExecCredential> credential)>;
  static constexpr std::size_t kMaxOutput = 1024 * 1024;

  // `callback` is called once, from the poller, never from here; it may destroy this object.
  PluginRun(Poller& poller, const ExecPlugin& plugin, std::chrono::milliseconds limit,
            Callback callback);
  ~PluginRun();
  PluginRun(const PluginRun&) = delete;
  PluginRun& operator=(const PluginRun&) = delete;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace elector::kube
