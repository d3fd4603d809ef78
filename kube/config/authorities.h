// SPDX-License-Identifier: Apache-2.0
// The certificate authorities that this machine trusts, for a server whose kubeconfig entry or pod
// names none, and for proxies.
#pragma once

#include <string>
#include <vector>

#include "kube/config/environment.h"

namespace elector::kube {

// Certificates to trust, in PEM.
struct Authorities {
  std::string file;  // a path to read certificates from at each handshake; "" for none
  std::string pem;   // the certificates themselves; "" for none
};

// Where a machine keeps its authorities; paths in order of preference.
struct AuthorityPlaces {
  std::vector<std::string> files;
  std::vector<std::string> folders;
  std::string last;  // a file; "" for none
};

inline constexpr const char* kAuthoritiesBeside = "ca-certificates.crt";

// Returns Go's list (crypto/x509, root_linux.go), and kAuthoritiesBeside beside this process's
// executable; without /proc its location is not known.
AuthorityPlaces usual_places();

// Returns the first of these that has any:
//   1. SSL_CERT_FILE, a file, and SSL_CERT_DIR, a list of folders separated by colons. A file that
//      is set alone is returned unread. With folders, all files in them are read, and the file or,
//      without one, the first of places.files, as Go does;
//   2. the first of places.files, otherwise all files in places.folders;
//   3. places.last.
// Both members of the result are empty if there are none; see no_authorities().
Authorities system_authorities(const Environment& environment, const AuthorityPlaces& places);

// Returns a sentence for an empty result: where system_authorities() has looked, and what to do.
std::string no_authorities(const AuthorityPlaces& places);

}  // namespace elector::kube
