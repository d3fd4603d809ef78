// Certificates and keys as text (RFC 7468), looked at before the TLS library meets them in a
// handshake, so that what is wrong with a file is said in words that name the file.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace elector::kube {

// Why `pem` cannot serve, as the end of a sentence ("holds no PEM certificate …"); no value when it
// can. A bundle may hold several certificates, and text between them.
std::optional<std::string> certificate_problem(std::string_view pem);

// The same for a private key, of any type that OpenSSL knows, not encrypted.
std::optional<std::string> private_key_problem(std::string_view pem);

// Whether the key is that of the first certificate; both must have passed the checks above.
bool key_belongs(std::string_view certificate, std::string_view key);

// When the first certificate runs out, by the wall clock.
std::optional<std::chrono::sys_seconds> certificate_expiry(std::string_view certificate);

// RFC 4648 base64 with padding; white space is skipped. No value when it is something else.
std::optional<std::string> base64_decode(std::string_view text);
std::string base64_encode(std::string_view bytes);

}  // namespace elector::kube
