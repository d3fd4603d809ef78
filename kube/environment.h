// What the client learns from the process's surroundings, in one value, so that a test can give it
// others.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>

#include "kube/error.h"

namespace elector::kube {

struct Environment {
  // The value of an environment variable; none when it is unset.
  std::function<std::optional<std::string>(const std::string& name)> variable;
  // Where kubelet mounts the pod's service account (token, ca.crt, namespace).
  std::string service_account_dir = "/var/run/secrets/kubernetes.io/serviceaccount";
  // For reading all of it again later: a pipe is refused, which has been read and could block.
  bool regular_files_only = false;

  // Standard input is a terminal, so that a credential plugin may ask a person.
  bool has_terminal = false;

  // The variable's value, "" when it is unset: for variables where both mean the same.
  std::string get(const std::string& name) const;

  // This process's own.
  static Environment of_process();
};

// The largest kubeconfig, certificate bundle or token file that is read.
inline constexpr std::size_t kMaxConfigBytes = std::size_t{16} * 1024 * 1024;

// The whole content of `path`. Fails with kConfig and a message that begins with the path: missing,
// not readable, a directory, too large. A pipe (`<(…)` of a shell) is read to its end, and blocks
// until then; with `regular_only` anything but a regular file is refused instead, which is for
// reading again later.
Expected<std::string> read_file(const std::string& path, bool regular_only = false);

// The same; no text where there is no such file (see is_there()).
Expected<std::optional<std::string>> read_file_if_there(const std::string& path,
                                                        bool regular_only = false);

// Whether anything has that path. False only where the kernel says that nothing has (ENOENT,
// ENOTDIR). Fails as read_file() does for everything that hides the answer: a folder that may not
// be entered, a loop of symbolic links, a disk that cannot be read. To take that for "no such file"
// would make the caller go on to its next choice, which may be another cluster.
Expected<bool> is_there(const std::string& path);

}  // namespace elector::kube
