// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/kube/test_certificate.h"

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <stdexcept>

namespace elector::tests {
namespace {

std::string take_text(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  std::string text(data, static_cast<std::size_t>(size));
  BIO_free(bio);
  return text;
}

void add_extension(X509* certificate, int kind, const std::string& value) {
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, nullptr, kind, value.c_str());
  if (extension == nullptr) throw std::invalid_argument("no such extension: " + value);
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

}  // namespace

TestCertificate make_certificate(const std::string& common_name, std::chrono::seconds lifetime,
                                 std::chrono::seconds begin, bool alternative_name) {
  EVP_PKEY* key = EVP_EC_gen("P-256");
  X509* x509 = X509_new();
  X509_set_version(x509, X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(x509), 1);
  X509_gmtime_adj(X509_getm_notBefore(x509), static_cast<long>(begin.count()));
  X509_gmtime_adj(X509_getm_notAfter(x509), static_cast<long>(lifetime.count()));
  X509_NAME_add_entry_by_txt(X509_get_subject_name(x509), "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(common_name.c_str()), -1, -1,
                             0);
  X509_set_issuer_name(x509, X509_get_subject_name(x509));
  if (alternative_name) {
    const bool address = common_name.find_first_not_of("0123456789.") == std::string::npos;
    const std::string name = (address ? "IP:" : "DNS:") + common_name;
    add_extension(x509, NID_subject_alt_name, name);
  }
  X509_set_pubkey(x509, key);
  X509_sign(x509, key, EVP_sha256());
  BIO* certificate_text = BIO_new(BIO_s_mem());
  BIO* key_text = BIO_new(BIO_s_mem());
  PEM_write_bio_X509(certificate_text, x509);
  PEM_write_bio_PrivateKey(key_text, key, nullptr, nullptr, 0, nullptr, nullptr);
  X509_free(x509);
  EVP_PKEY_free(key);
  return {take_text(certificate_text), take_text(key_text)};
}

std::string encrypt_key(const std::string& key) {
  BIO* in = BIO_new_mem_buf(key.data(), static_cast<int>(key.size()));
  EVP_PKEY* parsed = PEM_read_bio_PrivateKey(in, nullptr, nullptr, nullptr);
  BIO* out = BIO_new(BIO_s_mem());
  std::string passphrase = "secret";
  PEM_write_bio_PrivateKey(out, parsed, EVP_aes_128_cbc(),
                           reinterpret_cast<unsigned char*>(passphrase.data()),
                           static_cast<int>(passphrase.size()), nullptr, nullptr);
  BIO_free(in);
  EVP_PKEY_free(parsed);
  return take_text(out);
}

}  // namespace elector::tests
