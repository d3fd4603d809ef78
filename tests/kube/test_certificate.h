// Certificates for tests, made on the spot so that none in the tree can expire.
#pragma once

#include <chrono>
#include <string>

namespace elector::tests {

struct TestCertificate {
  std::string certificate;  // PEM, self-signed, P-256
  std::string key;          // PEM, PKCS #8
};

// Good from an hour ago, or `begin` from now, until `lifetime` from now, which may be negative.
TestCertificate make_certificate(const std::string& common_name,
                                 std::chrono::seconds lifetime = std::chrono::hours(1),
                                 std::chrono::seconds begin = -std::chrono::hours(1));

// The same key under a passphrase.
std::string encrypt_key(const std::string& key);

}  // namespace elector::tests
