// SPDX-License-Identifier: Apache-2.0
#include "tests/system/hostile/tls_peer.h"

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <poll.h>

#include <array>
#include <csignal>

namespace elector::tests {
namespace {

// Takes HTTP/2 if it is offered, as the program does.
int choose_http2(SSL*, const unsigned char** out, unsigned char* length, const unsigned char* in,
                 unsigned size, void* wanted) {
  static const std::array<unsigned char, 3> kHttp2{2, 'h', '2'};
  if (wanted == nullptr) return SSL_TLSEXT_ERR_NOACK;
  auto* chosen = const_cast<unsigned char*>(*out);
  if (SSL_select_next_proto(&chosen, length, kHttp2.data(), kHttp2.size(), in, size) !=
      OPENSSL_NPN_NEGOTIATED) {
    return SSL_TLSEXT_ERR_NOACK;
  }
  *out = chosen;
  return SSL_TLSEXT_ERR_OK;
}

}  // namespace

TlsServer::TlsServer(bool http2) : context_(SSL_CTX_new(TLS_server_method())) {
  constexpr long kHour = 3600;
  EVP_PKEY* const key = EVP_EC_gen("P-256");
  X509* const certificate = X509_new();
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate), -kHour);
  X509_gmtime_adj(X509_getm_notAfter(certificate), kHour);
  X509_set_pubkey(certificate, key);
  X509_sign(certificate, key, EVP_sha256());
  SSL_CTX_use_certificate(context_, certificate);
  SSL_CTX_use_PrivateKey(context_, key);
  X509_free(certificate);
  EVP_PKEY_free(key);
  SSL_CTX_set_alpn_select_cb(context_, choose_http2, http2 ? context_ : nullptr);
}

TlsServer::~TlsServer() {
  SSL_CTX_free(context_);
}

TlsPeer::TlsPeer(const TlsServer& server, const RawServer::Peer& peer)
    : ssl_(SSL_new(server.context()), &SSL_free) {
  // OpenSSL writes to a connection that the client has closed by write(2).
  sigset_t pipe;
  sigemptyset(&pipe);
  sigaddset(&pipe, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &pipe, nullptr);
  SSL_set_fd(ssl_.get(), peer.descriptor());
  shaken_ = SSL_accept(ssl_.get()) == 1;
}

bool TlsPeer::send(std::string_view bytes) {
  return SSL_write(ssl_.get(), bytes.data(), static_cast<int>(bytes.size())) > 0;
}

bool TlsPeer::wait_for_bytes() {
  std::array<char, 4096> buffer{};
  return SSL_read(ssl_.get(), buffer.data(), buffer.size()) > 0;
}

bool TlsPeer::update_key() {
  return SSL_key_update(ssl_.get(), SSL_KEY_UPDATE_NOT_REQUESTED) == 1 &&
         SSL_do_handshake(ssl_.get()) == 1;
}

bool TlsPeer::send_ticket() {
  // OpenSSL takes a connection that the client has closed for one that took the ticket.
  pollfd connection{SSL_get_fd(ssl_.get()), 0, 0};
  return SSL_new_session_ticket(ssl_.get()) == 1 && SSL_do_handshake(ssl_.get()) == 1 &&
         poll(&connection, 1, 0) == 0;
}

}  // namespace elector::tests
