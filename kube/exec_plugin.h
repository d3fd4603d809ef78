// Runs an exec credential plugin once, without waiting for it.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>

#include "kube/connection.h"
#include "kube/error.h"
#include "kube/exec_credential.h"
#include "kube/poller.h"

namespace elector::kube {

// One run of a plugin: spawned on construction, in a process group of its own, with /dev/null as
// its standard input and no terminal access promised. Destroying it before it is done kills that
// group. One that may ask a person (ExecPlugin::interactive), when standard input is a terminal
// that is ours, gets that and our standard error instead, and stays in our process group.
class PluginRun {
 public:
  // Errors are kCredentials and name the plugin: not found (with the kubeconfig's installHint),
  // failed (with the end of what it wrote to stderr), took longer than the limit, printed too much
  // or nothing usable.
  using Callback = std::function<void(Expected<ExecCredential> credential)>;
  static constexpr std::size_t kMaxOutput = std::size_t{1024} * 1024;

  // `callback` is called once, from the poller, never from here; it may destroy this object.
  // `limit` is on CLOCK_BOOTTIME, from now; after it the plugin is killed.
  PluginRun(Poller& poller, const ExecPlugin& plugin, std::chrono::milliseconds limit,
            Callback callback);
  ~PluginRun();
  // Whether it may be asking a person.
  bool interactive() const;
  PluginRun(const PluginRun&) = delete;
  PluginRun& operator=(const PluginRun&) = delete;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace elector::kube
