// SPDX-License-Identifier: Apache-2.0
// Translates libcurl's result codes for a user: a kind, and a sentence that names the server and
// what to do.
#pragma once

#include <curl/curl.h>

#include <string>
#include <string_view>

#include "core/error.h"
#include "kube/config/connection.h"

namespace elector::kube {

// `result` is not CURLE_OK and ended the transfer on `easy`; `detail` is the content of libcurl's
// error buffer, possibly empty.
Error transport_error(const Connection& connection, CURL* easy, CURLcode result,
                      const std::string& detail);

// Whether TLS failed on a certificate: the server's did not verify, or the other side refused the
// client's by an alert. `result` and `detail` as above.
bool is_certificate_failure(CURLcode result, std::string_view detail);

}  // namespace elector::kube
