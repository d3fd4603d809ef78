// SPDX-License-Identifier: Apache-2.0
// The libraries that this process uses: their initialization, names and versions.
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

// Initializes the C library and OpenSSL. Must be called before any name lookup or TLS; later calls
// have no effect. OpenSSL does not clean up when the process exits, because that would take a
// millisecond to free what the kernel frees anyway.
//
// In a static elector, also keeps both from loading shared libraries, which would bring another C
// library into the process: hosts are looked up in files and DNS and services in files, whatever
// nsswitch.conf says, and OpenSSL reads no openssl.cnf (see also cmd/process/load_nothing.cpp).
void start_libraries();

struct Library {
  std::string name;
  std::string version;
};

// Returns the libraries that kube/ is linked with, under the names they give themselves, and the C
// library.
std::vector<Library> libraries();

}  // namespace elector::kube
