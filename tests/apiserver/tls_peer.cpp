// SPDX-License-Identifier: Apache-2.0
// Identifies the peer of a TLS connection. libmicrohttpd hands out its GnuTLS session and nothing
// more; the library is in the process then, so its few functions are looked up there instead of
// adding a package to link with.
#include "tests/apiserver/tls_peer.h"

#include <dlfcn.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <microhttpd.h>

#include <array>
#include <string>
#include <vector>

namespace elector::tests::apiserver {
namespace {

struct Gnutls {
  decltype(&gnutls_certificate_get_peers) get_peers = nullptr;
  decltype(&gnutls_certificate_verify_peers2) verify_peers = nullptr;
  decltype(&gnutls_x509_crt_init) init = nullptr;
  decltype(&gnutls_x509_crt_import) import = nullptr;
  decltype(&gnutls_x509_crt_get_dn_by_oid) get_dn = nullptr;
  decltype(&gnutls_x509_crt_deinit) deinit = nullptr;
};

template <typename Function>
bool look_up(const char* name, Function& function) {
  function = reinterpret_cast<Function>(dlsym(RTLD_DEFAULT, name));
  return function != nullptr;
}

const Gnutls* gnutls() {
  static Gnutls library;
  static const bool kFound = look_up("gnutls_certificate_get_peers", library.get_peers) &&
                             look_up("gnutls_certificate_verify_peers2", library.verify_peers) &&
                             look_up("gnutls_x509_crt_init", library.init) &&
                             look_up("gnutls_x509_crt_import", library.import) &&
                             look_up("gnutls_x509_crt_get_dn_by_oid", library.get_dn) &&
                             look_up("gnutls_x509_crt_deinit", library.deinit);
  return kFound ? &library : nullptr;
}

// The values of one attribute of a certificate's subject.
std::vector<std::string> subject_values(const Gnutls& tls, gnutls_x509_crt_t certificate,
                                        const char* oid) {
  std::vector<std::string> values;
  for (unsigned i = 0;; ++i) {
    std::array<char, 256> text{};
    std::size_t size = text.size();
    if (tls.get_dn(certificate, oid, i, 0, text.data(), &size) != 0) return values;
    values.emplace_back(text.data(), size);
  }
}

}  // namespace

std::optional<Identity> peer_identity(MHD_Connection* connection) {
  const Gnutls* tls = gnutls();
  const MHD_ConnectionInfo* info =
      MHD_get_connection_info(connection, MHD_CONNECTION_INFO_GNUTLS_SESSION);
  if (tls == nullptr || info == nullptr || info->tls_session == nullptr) return {};
  auto* session = static_cast<gnutls_session_t>(info->tls_session);
  unsigned count = 0;
  const gnutls_datum_t* chain = tls->get_peers(session, &count);
  unsigned problems = 0;
  if (chain == nullptr || count == 0) return {};
  Identity identity;
  gnutls_x509_crt_t certificate = nullptr;
  if (tls->verify_peers(session, &problems) != 0 || problems != 0 || tls->init(&certificate) != 0) {
    return identity;
  }
  if (tls->import(certificate, chain, GNUTLS_X509_FMT_DER) == 0) {
    const auto names = subject_values(*tls, certificate, GNUTLS_OID_X520_COMMON_NAME);
    if (!names.empty()) identity.user = names.front();
    identity.groups = subject_values(*tls, certificate, GNUTLS_OID_X520_ORGANIZATION_NAME);
  }
  tls->deinit(certificate);
  return identity;
}

}  // namespace elector::tests::apiserver
