// SPDX-License-Identifier: Apache-2.0
// Certificates for tests, made on the spot so that none in the tree can expire.
#pragma once

#include <chrono>
#include <string>

namespace elector::tests {

struct TestCertificate {
  std::string certificate;  // PEM, self-signed, P-256
  std::string key;          // PEM, PKCS #8
};

// Good from an hour ago, or `begin` from now, until `lifetime` from now, which may be negative. The
// name, or IPv4 address, is the common name, and an alternative one too unless that is left out.
TestCertificate make_certificate(const std::string& common_name,
                                 std::chrono::seconds lifetime = std::chrono::hours(1),
                                 std::chrono::seconds begin = -std::chrono::hours(1),
                                 bool alternative_name = true);

// The same key under a passphrase.
std::string encrypt_key(const std::string& key);

}  // namespace elector::tests
