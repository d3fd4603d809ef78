// SPDX-License-Identifier: Apache-2.0
// OpenSSL calls the function once for each valid certificate of the chain, and once for each error,
// which the function may forgive (SSL_CTX_set_verify(3)).
#include "kube/http/server_check.h"

#include <openssl/ssl.h>
#include <openssl/x509v3.h>

namespace elector::kube {
namespace {

bool has_name(X509* certificate) {
  auto* const names = static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr));
  if (names == nullptr) return false;
  bool found = false;
  for (int i = 0; i < sk_GENERAL_NAME_num(names); ++i) {
    const int type = sk_GENERAL_NAME_value(names, i)->type;
    found = found || type == GEN_DNS || type == GEN_IPADD;
  }
  GENERAL_NAMES_free(names);
  return found;
}

// Without the extension any usage is allowed (RFC 5280 4.2.1.12).
bool may_be_server(X509* certificate) {
  if ((X509_get_extension_flags(certificate) & EXFLAG_XKUSAGE) == 0) return true;
  return (X509_get_extended_key_usage(certificate) & (XKU_SSL_SERVER | XKU_ANYEKU)) != 0;
}

int check(int good, X509_STORE_CTX* context) {
  if (X509_STORE_CTX_get_error_depth(context) != 0) return good;
  X509* const certificate = X509_STORE_CTX_get_current_cert(context);
  if (certificate == nullptr) return good;
  if (good == 0) {
    if (X509_STORE_CTX_get_error(context) != X509_V_ERR_INVALID_PURPOSE ||
        !may_be_server(certificate)) {
      return 0;
    }
    X509_STORE_CTX_set_error(context, X509_V_OK);
    return 1;
  }
  if (has_name(certificate)) return 1;
  static_assert(kOnlyCommonName == X509_V_ERR_APPLICATION_VERIFICATION);
  X509_STORE_CTX_set_error(context, X509_V_ERR_APPLICATION_VERIFICATION);
  return 0;
}

}  // namespace

CURLcode set_server_check(CURL*, void* ssl_context, void*) {
  SSL_CTX_set_verify(static_cast<SSL_CTX*>(ssl_context), SSL_VERIFY_PEER, &check);
  return CURLE_OK;
}

}  // namespace elector::kube
