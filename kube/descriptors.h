// What a program that we start finds open: what we were ourselves started with, and nothing of
// ours.
//
// O_CLOEXEC where a descriptor is opened is not enough: libcurl and what it uses open sockets
// without it, and one of them is the connection that bears our credential.
#pragma once

namespace elector::kube {

// Notes what is open now as what programs that are started later may inherit: call it first thing
// in main(). Without it, nothing but the standard descriptors is handed on.
void note_inherited_descriptors();

// Closes all others on exec. Call it before each posix_spawn(3).
void keep_own_descriptors();

}  // namespace elector::kube
