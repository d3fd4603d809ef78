// SPDX-License-Identifier: Apache-2.0
// Runs an exec credential plugin once, without waiting for it.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>

#include "core/error.h"
#include "kube/auth/exec_credential.h"
#include "kube/base/poller.h"
#include "kube/config/connection.h"

namespace elector::kube {

// One run of a plugin: spawned on construction, in its own process group, with /dev/null as its
// standard input and no access to the terminal promised. Destroying this object early kills that
// group. A plugin that may ask a person (ExecPlugin::interactive) instead gets this process's
// standard input and standard error, if standard input is a terminal that this process may read,
// and stays in this process's group.
class PluginRun {
 public:
  // Errors are kCredentials and name the plugin: it was not found (with the kubeconfig's
  // installHint), failed (with the end of its stderr), exceeded the limit, or printed too much or
  // nothing usable.
  using Callback = std::function<void(Expected<ExecCredential> credential)>;
  static constexpr std::size_t kMaxOutput = std::size_t{1024} * 1024;

  // `callback` is called once, from the poller, never from here; it may destroy this object.
  // `limit` counts from now on CLOCK_BOOTTIME; after it the plugin is killed.
  PluginRun(Poller& poller, const ExecPlugin& plugin, std::chrono::milliseconds limit,
            Callback callback);
  ~PluginRun();
  // Whether the plugin may be asking a person.
  bool interactive() const;
  PluginRun(const PluginRun&) = delete;
  PluginRun& operator=(const PluginRun&) = delete;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace elector::kube
