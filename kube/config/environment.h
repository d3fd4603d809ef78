// SPDX-License-Identifier: Apache-2.0
// What the client takes from the process's environment, as one value, so that a test can replace
// it.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>

#include "core/error.h"

namespace elector::kube {

struct Environment {
  // Returns the value of an environment variable; nothing if it is unset.
  std::function<std::optional<std::string>(const std::string& name)> variable;
  // Where the kubelet mounts the pod's service account (token, ca.crt, namespace).
  std::string service_account_dir = "/var/run/secrets/kubernetes.io/serviceaccount";
  // For reading everything again later: refuses a pipe, which has already been read and could
  // block.
  bool regular_files_only = false;

  // Whether standard input is a terminal, so that a credential plugin may ask a person.
  bool has_terminal = false;

  // Returns the variable's value, "" if unset: for variables where both mean the same.
  std::string get(const std::string& name) const;

  // Returns this process's own environment.
  static Environment of_process();
};

// The size limit for a kubeconfig, certificate bundle or token file.
inline constexpr std::size_t kMaxConfigBytes = std::size_t{16} * 1024 * 1024;

// Returns the whole content of `path`. Fails with kConfig and a message that begins with the path:
// missing, not readable, a directory, too large. A pipe (`<(…)` of a shell) is read to its end, and
// blocks until then; with `regular_only`, for reading again later, anything but a regular file is
// refused.
Expected<std::string> read_file(const std::string& path, bool regular_only = false);

// The same, but returns nothing if there is no such file (see is_there()).
Expected<std::optional<std::string>> read_file_if_there(const std::string& path,
                                                        bool regular_only = false);

// Whether anything has that path. False only if the kernel says so (ENOENT, ENOTDIR). Fails as
// read_file() does for anything that hides the answer: a folder that may not be entered, a loop of
// symbolic links, a disk that cannot be read. If that counted as "no such file", the caller would
// go on to its next choice, which may be another cluster.
Expected<bool> is_there(const std::string& path);

}  // namespace elector::kube
