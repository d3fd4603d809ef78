// SPDX-License-Identifier: Apache-2.0
// Certificates and keys as text (RFC 7468), checked before the TLS library uses them in a
// handshake, so that an error message can name the file.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace elector::kube {

// Returns why `pem` cannot be used, as the end of a sentence ("holds no PEM certificate …");
// nothing if it can. A bundle may hold several certificates, and text between them.
std::optional<std::string> certificate_problem(std::string_view pem);

// The same for a private key, of any type that OpenSSL supports, not encrypted.
std::optional<std::string> private_key_problem(std::string_view pem);

// Whether the key belongs to the first certificate; both must have passed the checks above.
bool key_belongs(std::string_view certificate, std::string_view key);

// Returns when the first certificate expires, by the wall clock.
std::optional<std::chrono::sys_seconds> certificate_expiry(std::string_view certificate);

// RFC 4648 base64 with padding; white space is skipped. Returns nothing for any other text.
std::optional<std::string> base64_decode(std::string_view text);
std::string base64_encode(std::string_view bytes);

}  // namespace elector::kube
