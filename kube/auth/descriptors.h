// SPDX-License-Identifier: Apache-2.0
// The descriptors that a started program inherits: those that this process itself inherited, and
// none that it has opened.
//
// Opening descriptors with O_CLOEXEC is not enough: libcurl and the libraries it uses open sockets
// without it, and one of them is the connection that carries the credential.
#pragma once

namespace elector::kube {

// Records which descriptors are open now, for programs that are started later to inherit: must be
// called first in main(). Without it, only the standard descriptors are inherited.
void note_inherited_descriptors();

// Marks all other descriptors close-on-exec. Must be called before each posix_spawn(3).
void keep_own_descriptors();

}  // namespace elector::kube
