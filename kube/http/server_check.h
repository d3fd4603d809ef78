// SPDX-License-Identifier: Apache-2.0
// Checks of a certificate besides its chain and its name, where OpenSSL and libcurl differ from Go,
// and so from kubectl.
#pragma once

#include <curl/curl.h>

namespace elector::kube {

// The result of a failed check of elector's own, in CURLINFO_SSL_VERIFYRESULT:
// X509_V_ERR_APPLICATION_VERIFICATION, which OpenSSL itself does not use.
inline constexpr long kOnlyCommonName = 50;

// A CURLOPT_SSL_CTX_FUNCTION, for the server's connection and for an https proxy's:
// - A certificate without any name or address among its subject alternative names is refused
//   (kOnlyCommonName). libcurl would compare the subject's common name, which RFC 6125 deprecates,
//   and which authorities do not constrain.
// - The server's own certificate may have a Netscape type or a key usage other than a server's: Go
//   does not check them, and clusters built by some guides have nsCertType=client. Its extended key
//   usage must still allow a server, and all requirements on authorities stay.
CURLcode set_server_check(CURL* easy, void* ssl_context, void* unused);

}  // namespace elector::kube
