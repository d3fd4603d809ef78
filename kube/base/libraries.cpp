// SPDX-License-Identifier: Apache-2.0
#include "kube/base/libraries.h"

#include <curl/curl.h>
#include <gnu/libc-version.h>
#include <openssl/crypto.h>
#ifdef ELECTOR_STATIC
#include <nss.h>
#endif

#include <cstdint>

namespace elector::kube {

void start_libraries() {
#ifdef ELECTOR_STATIC
  // getaddrinfo(3) uses these two databases and no others.
  __nss_configure_lookup("hosts", "files dns");
  __nss_configure_lookup("services", "files");
  constexpr std::uint64_t kConfiguration = OPENSSL_INIT_NO_LOAD_CONFIG;
#else
  constexpr std::uint64_t kConfiguration = 0;
#endif
  OPENSSL_init_crypto(OPENSSL_INIT_NO_ATEXIT | kConfiguration, nullptr);
}

std::vector<Library> libraries() {
  std::vector<Library> all;
  const curl_version_info_data& curl = *curl_version_info(CURLVERSION_NOW);
  all.push_back({"libcurl", curl.version});
  if (curl.nghttp2_version != nullptr) all.push_back({"nghttp2", curl.nghttp2_version});
  all.push_back({"OpenSSL", OpenSSL_version(OPENSSL_VERSION_STRING)});
  all.push_back({"yaml-cpp", ELECTOR_YAMLCPP_VERSION});
  all.push_back({"glibc", gnu_get_libc_version()});
  return all;
}

}  // namespace elector::kube
