// What libcurl's result codes mean to a user: a kind, and a sentence that names the server and what
// to do.
#pragma once

#include <curl/curl.h>

#include <string>
#include <string_view>

#include "kube/connection.h"
#include "kube/error.h"

namespace elector::kube {

// `result` is not CURLE_OK and is the end of the transfer on `easy`; `detail` is what libcurl wrote
// into its error buffer, maybe nothing.
Error transport_error(const Connection& connection, CURL* easy, CURLcode result,
                      const std::string& detail);

// Whether TLS failed on a certificate: the server's did not verify, or the other side refused ours
// by an alert. `result` and `detail` as above.
bool is_certificate_failure(CURLcode result, std::string_view detail);

}  // namespace elector::kube
