// SPDX-License-Identifier: Apache-2.0
// Uses OpenSSL's readers of PEM and base64.
#include "kube/config/pem.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <algorithm>
#include <cstddef>
#include <ctime>
#include <memory>
#include <new>

namespace elector::kube {
namespace {

template <auto kFree>
struct Free {
  template <typename T>
  void operator()(T* object) const {
    kFree(object);
  }
};
using Bio = std::unique_ptr<BIO, Free<BIO_free>>;
using Certificate = std::unique_ptr<X509, Free<X509_free>>;
using Key = std::unique_ptr<EVP_PKEY, Free<EVP_PKEY_free>>;
using Decoder = std::unique_ptr<EVP_ENCODE_CTX, Free<EVP_ENCODE_CTX_free>>;

Bio reader(std::string_view pem) {
  return Bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
}

// Without it OpenSSL would ask for a passphrase on the terminal.
int no_passphrase(char* /*buffer*/, int /*size*/, int /*writing*/, void* /*data*/) {
  return -1;
}

Certificate next_certificate(BIO* bio) {
  return Certificate(PEM_read_bio_X509(bio, nullptr, no_passphrase, nullptr));
}

Key read_key(std::string_view pem) {
  return Key(PEM_read_bio_PrivateKey(reader(pem).get(), nullptr, no_passphrase, nullptr));
}

const unsigned char* unsigned_bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

bool is_space(char c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
}

// Reads the header of the DER object at `at`, which must be of `type`; returns the length of its
// content, and moves `at` there. Returns nothing if it is of another type, or longer than what is
// left.
std::optional<long> open_object(const unsigned char*& at, const unsigned char* end, int type) {
  long length = 0;
  int tag = 0;
  int kind = 0;
  if ((ASN1_get_object(&at, &length, &tag, &kind, end - at) & 0x81) != 0) return std::nullopt;
  if (tag != type || kind != V_ASN1_UNIVERSAL) return std::nullopt;
  return length;
}

// Whether the bytes have the outer form of a certificate: a sequence of the signed part, the
// algorithm and the signature (RFC 5280 4.1), and nothing else. The inner form is left to the TLS
// library, which reads it anyway: decoding a public key takes a million instructions.
bool has_form_of_certificate(const unsigned char* at, long size) {
  const unsigned char* const end = at + size;
  const auto whole = open_object(at, end, V_ASN1_SEQUENCE);
  if (!whole || at + *whole != end) return false;
  for (const int type : {V_ASN1_SEQUENCE, V_ASN1_SEQUENCE, V_ASN1_BIT_STRING}) {
    const auto length = open_object(at, end, type);
    if (!length) return false;
    at += *length;
  }
  return at == end;
}

// Advances to the next certificate; returns whether there is one, of the right form. After false,
// OpenSSL's last error tells whether the text has ended.
bool find_certificate(BIO* bio) {
  char* name = nullptr;
  unsigned char* bytes = nullptr;
  long size = 0;
  if (PEM_bytes_read_bio(&bytes, &size, &name, PEM_STRING_X509, bio, no_passphrase, nullptr) != 1) {
    return false;
  }
  const bool good = has_form_of_certificate(bytes, size);
  OPENSSL_free(name);
  OPENSSL_free(bytes);
  return good;
}

std::string nothing_in_it(std::string_view pem, const char* what) {
  return std::all_of(pem.begin(), pem.end(), is_space) ? "is empty"
                                                       : std::string("holds no PEM ") + what;
}

}  // namespace

std::optional<std::string> certificate_problem(std::string_view pem) {
  const Bio bio = reader(pem);
  ERR_clear_error();
  int found = 0;
  while (find_certificate(bio.get())) ++found;
  const unsigned long error = ERR_peek_last_error();
  ERR_clear_error();
  if (ERR_GET_LIB(error) != ERR_LIB_PEM || ERR_GET_REASON(error) != PEM_R_NO_START_LINE) {
    return "holds a damaged certificate (number " + std::to_string(found + 1) + " in it)";
  }
  if (found > 0) return std::nullopt;
  return nothing_in_it(pem, "certificate (no line -----BEGIN CERTIFICATE-----)");
}

std::optional<std::string> private_key_problem(std::string_view pem) {
  if (pem.find("PRIVATE KEY-----") == std::string_view::npos) {
    return nothing_in_it(pem, "private key (no line -----BEGIN PRIVATE KEY-----)");
  }
  const Key key = read_key(pem);
  ERR_clear_error();
  if (key) return std::nullopt;
  if (pem.find("ENCRYPTED") != std::string_view::npos) {
    return "holds an encrypted private key; a key without a passphrase is needed";
  }
  return "holds a damaged private key";
}

bool key_belongs(std::string_view certificate, std::string_view key) {
  const Certificate x509 = next_certificate(reader(certificate).get());
  const Key parsed = read_key(key);
  const bool belongs = x509 && parsed && X509_check_private_key(x509.get(), parsed.get()) == 1;
  ERR_clear_error();
  return belongs;
}

std::optional<std::chrono::sys_seconds> certificate_expiry(std::string_view certificate) {
  const Certificate x509 = next_certificate(reader(certificate).get());
  ERR_clear_error();
  std::tm parts{};
  if (!x509 || ASN1_TIME_to_tm(X509_get0_notAfter(x509.get()), &parts) != 1) return std::nullopt;
  return std::chrono::sys_seconds(std::chrono::seconds(timegm(&parts)));
}

std::optional<std::string> base64_decode(std::string_view text) {
  // OpenSSL takes a hyphen, with which the end line of PEM begins, for the end of the text.
  if (text.find('-') != std::string_view::npos) return std::nullopt;
  const Decoder decoder(EVP_ENCODE_CTX_new());
  if (!decoder) throw std::bad_alloc();
  std::string bytes(text.size(), '\0');
  auto* const out = reinterpret_cast<unsigned char*>(bytes.data());
  int size = 0;
  int rest = 0;
  EVP_DecodeInit(decoder.get());
  if (EVP_DecodeUpdate(decoder.get(), out, &size, unsigned_bytes(text),
                       static_cast<int>(text.size())) < 0 ||
      EVP_DecodeFinal(decoder.get(), out + size, &rest) < 0) {
    return std::nullopt;
  }
  bytes.resize(static_cast<std::size_t>(size) + static_cast<std::size_t>(rest));
  return bytes;
}

std::string base64_encode(std::string_view bytes) {
  std::string text((bytes.size() + 2) / 3 * 4, '\0');
  EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()), unsigned_bytes(bytes),
                  static_cast<int>(bytes.size()));
  return text;
}

}  // namespace elector::kube
