// SPDX-License-Identifier: Apache-2.0
#include "kube/http/transport_error.h"

#include <cerrno>
#include <cstring>

#include "kube/config/url.h"
#include "kube/http/server_check.h"

namespace elector::kube {
namespace {

// X509_V_ERR_… of OpenSSL's x509_vfy.h, which this file does not otherwise need.
enum VerifyResult : long {
  kUnspecified = 1,
  kSignature = 7,
  kNotYetValid = 9,
  kExpired = 10,
  kSelfSigned = 18,
  kSelfSignedInChain = 19,
  kNoIssuerLocally = 20,
  kNoIssuerForLeaf = 21,
  kPurpose = 26,
};

// Whose certificate a failed check was about: an https proxy's comes first, and the server's only
// once the proxy has granted the tunnel (CONNECT).
struct Checked {
  std::string who;  // "the server", or the proxy and its URL
  bool proxy = false;
  long result = 0;
};

Checked checked(const Connection& connection, CURL* easy, const std::string& proxy) {
  long tunnel = 0;
  curl_easy_getinfo(easy, CURLINFO_HTTP_CONNECTCODE, &tunnel);
  Checked found{.who = "the server"};
  if (has_tls_proxy(connection) && tunnel == 0) {
    found = {.who = proxy, .proxy = true};
    curl_easy_getinfo(easy, CURLINFO_PROXY_SSL_VERIFYRESULT, &found.result);
  } else {
    curl_easy_getinfo(easy, CURLINFO_SSL_VERIFYRESULT, &found.result);
  }
  return found;
}

std::string certificate_sentence(const Connection& connection, const Checked& checked,
                                 const std::string& detail) {
  const TlsSettings& tls = connection.tls;
  const std::string whose = checked.who + "'s certificate ";
  std::string which = tls.ca_pem.empty() ? "by any authority that this system trusts"
                                         : "by the configured certificate authority";
  if (checked.proxy && !tls.ca_pem.empty()) which += ", nor by one that this system trusts";
  if (tls.ca_pem.empty() && !tls.system_file.empty()) which += " (" + tls.system_file + ")";
  switch (checked.result) {
    case kNotYetValid:
      return whose + "is not valid yet; is this machine's clock right?";
    case kExpired:
      return whose + "has expired; renew it, or set this machine's clock right";
    case kSignature:
    case kSelfSigned:
    case kSelfSignedInChain:
    case kNoIssuerLocally:
    case kNoIssuerForLeaf:
      return whose + "is not signed " + which + " (" + detail +
             "); check certificate-authority in the kubeconfig, or give --certificate-authority";
    case kPurpose:
      return whose + "is not valid for a server (" + detail +
             "): its extended key usage lacks serverAuth, or one of its authorities may not sign "
             "it; issue a new one";
    case kOnlyCommonName:
      return whose +
             "has its name only in the legacy Common Name field, which is not checked; issue one "
             "with a subject alternative name (DNS or IP address)";
    default:
      break;
  }
  // libcurl compares names itself, before it reads OpenSSL's result.
  if (checked.result <= kUnspecified) {
    return whose + "is for another name (" + detail + ")" +
           (checked.proxy ? "; use the proxy name that its certificate contains"
                          : "; if that is intended, give --tls-server-name");
  }
  return whose + "is not accepted (" + detail + ")";
}

// Returns "connection refused" rather than libcurl's "Failed to connect to 127.0.0.1 port 16443
// after 0 ms: …".
std::string connect_cause(CURL* easy, const std::string& detail) {
  long number = 0;
  curl_easy_getinfo(easy, CURLINFO_OS_ERRNO, &number);
  if (number == 0) return detail;
  std::string text = std::strerror(static_cast<int>(number));
  if (!text.empty() && text[0] >= 'A' && text[0] <= 'Z')
    text[0] = static_cast<char>(text[0] - 'A' + 'a');
  return text;
}

// Explains a proxy's refusal of a CONNECT, and what to do about it.
std::string refusal_sentence(const std::string& proxy, long status) {
  return proxy + " refuses with HTTP status " + std::to_string(status) +
         (status == 407 ? "; check the user and the password in its URL"
                        : "; check its rules, or bypass it with NO_PROXY or the kubeconfig's "
                          "proxy-url");
}

// A signature that does not match the authority's key: OpenSSL's first error then comes from its
// ASN.1 library, which libcurl does not attribute to the certificate.
bool is_false_signature(CURLcode result, std::string_view detail) {
  return result == CURLE_SSL_CONNECT_ERROR &&
         detail.find("asn1 encoding routines") != std::string_view::npos;
}

// Returns how a connection ended that had been established, without the name of the call that found
// out, so that one outage has one text; "" for another failure. libcurl passes on OpenSSL's words,
// which say that TLS failed where only the network did.
std::string ending_of(CURLcode result, std::string_view detail) {
  if (result != CURLE_SSL_CONNECT_ERROR && result != CURLE_RECV_ERROR &&
      result != CURLE_SEND_ERROR && result != CURLE_GOT_NOTHING && result != CURLE_PARTIAL_FILE) {
    return "";
  }
  const auto says = [detail](std::string_view word) {
    return detail.find(word) != std::string_view::npos;
  };
  if (says("reset by peer") || says("Broken pipe")) return "was reset";
  // No alert, no close_notify: the server, or what stands before it, has gone.
  if (says("unexpected eof") || says("SSL_ERROR_SYSCALL")) return "was closed by the other side";
  return "";
}

// Whether the connection was reset as soon as it was there, before libcurl could use it.
bool was_reset_at_once(CURL* easy) {
  long number = 0;
  curl_easy_getinfo(easy, CURLINFO_OS_ERRNO, &number);
  return number == ECONNRESET;
}

// Returns where the time ran out, without libcurl's milliseconds, which differ each time.
std::string phase_of(std::string_view detail) {
  if (detail.starts_with("Resolving")) return " (resolving its name)";
  if (detail.starts_with("SSL")) return " (TLS handshake)";
  return detail.starts_with("Connection") ? " (connecting)" : "";
}

}  // namespace

bool is_certificate_failure(CURLcode result, std::string_view detail) {
  if (result == CURLE_PEER_FAILED_VERIFICATION || result == CURLE_SSL_CLIENTCERT) return true;
  if (is_false_signature(result, detail)) return true;
  if (result != CURLE_SSL_CONNECT_ERROR && result != CURLE_RECV_ERROR &&
      result != CURLE_SEND_ERROR) {
    return false;
  }
  // libcurl has no code for the other alerts (RFC 8446 6.2), only OpenSSL's words: "sslv3 alert
  // certificate expired", "tlsv1 alert unknown ca". In TLS 1.3 they arrive after the client's side
  // has finished the handshake.
  const auto says = [detail](std::string_view word) {
    return detail.find(word) != std::string_view::npos;
  };
  return says(" alert ") && (says("certificate") || says("unknown ca"));
}

Error transport_error(const Connection& connection, CURL* easy, CURLcode result,
                      const std::string& detail) {
  const std::string text = detail.empty() ? curl_easy_strerror(result) : detail;
  const std::string unreachable = "cannot reach " + connection.server + ": ";
  const std::string proxy = "proxy " + without_password(connection.proxy_url);
  // If the proxy refuses a tunnel, the code is about the server's connection.
  long tunnel_status = 0;
  curl_easy_getinfo(easy, CURLINFO_HTTP_CONNECTCODE, &tunnel_status);
  if (tunnel_status >= 300) {
    return {Error::Kind::kNetwork, unreachable + refusal_sentence(proxy, tunnel_status)};
  }
  if (const std::string ending = ending_of(result, text); !ending.empty()) {
    return {Error::Kind::kNetwork, "the connection to " + connection.server + " " + ending};
  }
  Checked peer = checked(connection, easy, proxy);
  switch (result) {
    case CURLE_COULDNT_RESOLVE_HOST:
      return {Error::Kind::kNetwork, unreachable + "its name cannot be resolved (" + text + ")"};
    case CURLE_COULDNT_RESOLVE_PROXY:
      return {Error::Kind::kNetwork,
              unreachable + "the name of " + proxy + " cannot be resolved (" + text + ")"};
    case CURLE_COULDNT_CONNECT:
      if (connection.proxy_url.empty() && was_reset_at_once(easy)) {
        return {Error::Kind::kNetwork, "the connection to " + connection.server + " was reset"};
      }
      return {Error::Kind::kNetwork, unreachable + connect_cause(easy, text) +
                                         (connection.proxy_url.empty() ? "" : " at " + proxy)};
    case CURLE_PROXY:
      return {Error::Kind::kNetwork, unreachable + proxy + " refuses (" + text + ")"};
    case CURLE_PEER_FAILED_VERIFICATION:
      return {Error::Kind::kNetwork,
              connection.server + ": " + certificate_sentence(connection, peer, text)};
    case CURLE_SSL_CONNECT_ERROR:
      if (is_false_signature(result, text)) {
        peer.result = kNoIssuerLocally;
        return {Error::Kind::kNetwork,
                connection.server + ": " + certificate_sentence(connection, peer, text)};
      }
      return {Error::Kind::kNetwork,
              connection.server + ": TLS handshake " + (peer.proxy ? "with " + proxy + " " : "") +
                  "failed (" + text + "); is this an HTTPS address, and does it speak TLS 1.2?"};
    case CURLE_SSL_CERTPROBLEM:
      return {
          Error::Kind::kCredentials,
          connection.server + ": the client certificate or its key cannot be used (" + text + ")"};
    case CURLE_SSL_CACERT_BADFILE:
      return {Error::Kind::kConfig,
              connection.server + ": the certificate authority cannot be used (" + text + ")"};
    case CURLE_OPERATION_TIMEDOUT:
      return {Error::Kind::kTimeout,
              "no answer from " + connection.server + " in time" + phase_of(text)};
    case CURLE_GOT_NOTHING:
      return {Error::Kind::kNetwork,
              connection.server + " closed the connection without an answer"};
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_WEIRD_SERVER_REPLY:
      return {Error::Kind::kProtocol, connection.server + " does not speak HTTP (" + text + ")"};
    case CURLE_OUT_OF_MEMORY:
      // libcurl also reports this for a header line that is longer than it accepts.
      return {Error::Kind::kSystem, "no memory for the answer of " + connection.server +
                                        ", or a line of its header has more than 100 KiB"};
    default:
      return {Error::Kind::kNetwork,
              "the connection to " + connection.server + " broke (" + text + ")"};
  }
}

}  // namespace elector::kube
