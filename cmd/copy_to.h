// SPDX-License-Identifier: Apache-2.0
// `elector --copy-to=DIR`: copies elector to a folder. An init container uses it to fill a volume
// from elector's image, without a shell, so that `elector exec` can run in another container,
// whatever its image.
#pragma once

#include "cmd/cli/options.h"

namespace elector::cmd {

// Copies this program to DIR/elector, executable for every user, and the machine's certificate
// authorities to DIR/ca-certificates.crt, which the copy reads if its own machine has none. Creates
// DIR if it is missing, and replaces each file in one step. Prints the path of the copy. Returns
// the exit code: 0, or 1 after a line on standard error. Only a static elector can be copied.
int copy_to(const CopyTo& options);

}  // namespace elector::cmd
