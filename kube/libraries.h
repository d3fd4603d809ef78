// The libraries that this process works with: how they begin, and which they are.
#pragma once

#include <string>
#include <vector>

namespace elector::kube {

// Whether this is a static elector (CMake's ELECTOR_STATIC), which is one file.
#ifdef ELECTOR_STATIC
inline constexpr bool kOneFile = true;
#else
inline constexpr bool kOneFile = false;
#endif

// Prepares the C library and OpenSSL. Call it before anything looks up a name or speaks TLS; a
// later call changes nothing. OpenSSL does not clean up when the process exits, which takes a
// millisecond and frees what the kernel frees.
//
// A static elector also keeps both from loading shared libraries, which
// would bring another C library into the process: hosts are looked up in files and DNS and services
// in files, whatever nsswitch.conf says, and OpenSSL reads no openssl.cnf (see also
// cmd/load_nothing.cpp).
void start_libraries();

struct Library {
  std::string name;
  std::string version;
};

// Those that kube/ is linked with, as they name themselves, and the C library.
std::vector<Library> libraries();

}  // namespace elector::kube
