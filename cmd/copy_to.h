// `elector --copy-to=DIR`: puts elector, with all that it needs, into a folder. For an init
// container that fills a volume from elector's image, without a shell, so that `elector exec` can
// live in another container, whatever image that is made from.
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

// Copies the bundle that this process came from to DIR/elector and DIR/elector-runtime, readable
// for everyone, over what is there; DIR is made if it is missing. A first copy of the program comes
// last, so that there is none that lacks what it needs; over an older one each file is replaced in
// one step, the libraries before the program. Prints the path of the copy. Returns the exit code:
// 0, or 1 after a line on standard error.
int copy_to(const CopyTo& options);

}  // namespace elector::cmd
