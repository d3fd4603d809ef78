// Certificates and keys as text (RFC 7468), looked at just closely enough to say what is wrong with
// a file before the TLS library does, in words that name the file.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace elector::kube {

// Why `pem` cannot serve, as the end of a sentence ("holds no PEM certificate …"); no value when it
// can. A bundle may hold several certificates, and text between them; each must be base64 of
// something shaped like a certificate.
std::optional<std::string> certificate_problem(std::string_view pem);

// The same for a private key: PKCS #8, RSA or EC, not encrypted.
std::optional<std::string> private_key_problem(std::string_view pem);

// RFC 4648 base64 with padding; white space is skipped. No value when it is something else.
std::optional<std::string> base64_decode(std::string_view text);
std::string base64_encode(std::string_view bytes);

}  // namespace elector::kube
