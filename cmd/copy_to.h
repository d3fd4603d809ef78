// `elector --copy-to=DIR`: copies elector to a folder. For an init container that fills a volume
// from elector's image, without a shell, so that `elector exec` can run in another container,
// whatever image that is made from.
#pragma once

#include <span>
#include <string>

#include "kube/error.h"

namespace elector::cmd {

// What `--copy-to` was asked for.
struct CopyTo {
  std::string folder;
};

// Whether the command line begins with --copy-to.
bool asks_to_copy(std::span<const std::string> arguments);

// The folder that it names. Fails with kUsage.
kube::Expected<CopyTo> read_copy_to(std::span<const std::string> arguments);

// Copies this program to DIR/elector, executable for every user, and the machine's certificate
// authorities to DIR/ca-certificates.crt, which the copy reads where its own machine has none. DIR
// is made if it is missing, and each file replaces an older one in one step. Prints the path of the
// copy. Returns the exit code: 0, or 1 after a line on standard error. Only a static elector can be
// copied.
int copy_to(const CopyTo& options);

}  // namespace elector::cmd
