// SPDX-License-Identifier: Apache-2.0
// Writes and reads ExecCredential objects.
#include "kube/auth/exec_credential.h"

#include <string_view>

#include "kube/base/json_text.h"
#include "kube/base/text.h"
#include "kube/base/time_format.h"
#include "kube/config/pem.h"

namespace elector::kube {
namespace {

Error plugin_error(const ExecPlugin& plugin, const std::string& what) {
  return {Error::Kind::kCredentials, describe(plugin) + " " + what};
}

// Reads a field of status. A wrong type, unlike an absent field, is an error, because it is a bug
// of the plugin.
Failure read_text(const ExecPlugin& plugin, std::string_view status, const char* key,
                  std::string& into) {
  const auto value = json::find(status, key);
  if (!value) return std::nullopt;
  auto text = json::to_string(*value);
  if (!text)
    return plugin_error(plugin, std::string("printed a status.") + key + " that is not a string");
  into = std::move(*text);
  return std::nullopt;
}

bool is_one_word(std::string_view text) {
  return !has_control_character(text) && text.find(' ') == std::string_view::npos;
}

Failure check_envelope(const ExecPlugin& plugin, const std::string& output) {
  if (trim(output).empty()) {
    return plugin_error(plugin,
                        "printed nothing; an ExecCredential is expected on its standard output");
  }
  if (auto failure = json::check(output)) {
    return plugin_error(plugin, "printed something that is not JSON: " + failure->message);
  }
  if (json::string_at(output, {"kind"}) != "ExecCredential") {
    return plugin_error(plugin, "printed JSON that is not an ExecCredential");
  }
  const std::string version = json::string_at(output, {"apiVersion"});
  if (version == plugin.api_version) return std::nullopt;
  // The version comes from the plugin: it is shown only if it looks like a version.
  const bool known = version.starts_with("client.authentication.k8s.io/") && version.size() < 64 &&
                     is_one_word(version);
  return plugin_error(plugin, "answered with apiVersion " +
                                  (known ? version : "(missing or unknown)") +
                                  ", but the kubeconfig says " + plugin.api_version);
}

Failure check_certificate(const ExecPlugin& plugin, const ExecCredential& credential) {
  if (credential.client_certificate.empty() && credential.client_key.empty()) return std::nullopt;
  if (credential.client_certificate.empty() || credential.client_key.empty()) {
    return plugin_error(plugin, "printed only one of clientCertificateData and clientKeyData");
  }
  if (const auto problem = certificate_problem(credential.client_certificate)) {
    return plugin_error(plugin, "printed a clientCertificateData that " + *problem);
  }
  if (const auto problem = private_key_problem(credential.client_key)) {
    return plugin_error(plugin, "printed a clientKeyData that " + *problem);
  }
  return std::nullopt;
}

}  // namespace

std::string describe(const ExecPlugin& plugin) {
  return plugin.origin + (plugin.origin.empty() ? "" : ": ") + "the credential plugin \"" +
         plugin.command + "\"";
}

std::string exec_info(const ExecPlugin& plugin, bool interactive) {
  std::string info = R"({"apiVersion":)" + json::quote(plugin.api_version) +
                     R"(,"kind":"ExecCredential","spec":{)";
  if (!plugin.cluster_json.empty()) info += "\"cluster\":" + plugin.cluster_json + ",";
  return info + "\"interactive\":" + (interactive ? "true" : "false") + "}}";
}

Expected<ExecCredential> parse_exec_credential(const std::string& output,
                                               const ExecPlugin& plugin) {
  if (auto failure = check_envelope(plugin, output)) return *failure;
  const auto status = json::find(output, "status");
  if (!status || !json::is_object(*status))
    return plugin_error(plugin, "printed an ExecCredential without a status");
  ExecCredential credential;
  std::string expires;
  for (const auto& [key, into] :
       {std::pair{"token", &credential.token},
        std::pair{"clientCertificateData", &credential.client_certificate},
        std::pair{"clientKeyData", &credential.client_key},
        std::pair{"expirationTimestamp", &expires}}) {
    if (auto failure = read_text(plugin, *status, key, *into)) return *failure;
  }
  if (credential.token.empty() && credential.client_certificate.empty() &&
      credential.client_key.empty()) {
    return plugin_error(plugin, "printed a status with neither a token nor a client certificate");
  }
  if (!is_one_word(credential.token)) {
    return plugin_error(plugin, "printed a token with white space or a control character in it");
  }
  if (auto failure = check_certificate(plugin, credential)) return *failure;
  if (!expires.empty()) {
    credential.expires = parse_time(expires);
    if (!credential.expires) {
      return plugin_error(plugin, "printed an expirationTimestamp that is not an RFC 3339 time");
    }
  }
  return credential;
}

}  // namespace elector::kube
