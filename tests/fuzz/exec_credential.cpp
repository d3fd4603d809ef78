// SPDX-License-Identifier: Apache-2.0
// What a credential plugin prints: either something to log in with, or an error that quotes none of
// it.
#include "kube/auth/exec_credential.h"

#include "kube/base/json_text.h"
#include "kube/config/pem.h"
#include "kube/config/service_account.h"
#include "tests/fuzz/fuzz.h"

namespace elector::tests {
namespace {

void check_credential(const kube::ExecCredential& credential) {
  const bool certificate = !credential.client_certificate.empty();
  require(!credential.token.empty() || certificate, "there is something to log in with");
  require(certificate == !credential.client_key.empty(), "a certificate comes with its key");
  require(is_one_line(credential.token) && credential.token.find(' ') == std::string::npos,
          "a token breaks no header", credential.token);
  if (!certificate) return;
  require(!kube::certificate_problem(credential.client_certificate), "the certificate is one");
  require(!kube::private_key_problem(credential.client_key), "the key is one");
}

void check(std::string_view output) {
  kube::ExecPlugin plugin;
  plugin.origin = "config: user \"x\"";
  plugin.command = "login";
  for (const char* version : {"v1", "v1beta1"}) {
    plugin.api_version = std::string("client.authentication.k8s.io/") + version;
    const auto credential = kube::parse_exec_credential(std::string(output), plugin);
    if (credential) {
      check_credential(*credential);
      const auto account = kube::account_of_token(credential->token);
      require(!account || !account->name.empty(), "a service account has a name");
      continue;
    }
    const Error& error = credential.error();
    require_good(error);
    require(error.kind == Error::Kind::kCredentials, "it may be better next time");
    require(error.message.starts_with(kube::describe(plugin)), "the error names the plugin",
            error.message);
    // Only an API version is shown, and only if it looks like one.
    const bool shown = count(error.message, "answered with apiVersion") != 0;
    require(shown || count(error.message, kSecret) == 0, "the output is not quoted", error.message);
  }
}

}  // namespace
}  // namespace elector::tests

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  elector::tests::check(elector::tests::text_of(data, size));
  return 0;
}
