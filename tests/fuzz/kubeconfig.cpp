// SPDX-License-Identifier: Apache-2.0
// A kubeconfig, from its text to a connection: what comes out can be used as it is, what does not
// is refused on one line, and nowhere is a secret shown.
#include "kube/config/kubeconfig.h"

#include <optional>

#include "kube/auth/exec_credential.h"
#include "kube/base/json_text.h"
#include "kube/config/connection.h"
#include "kube/config/resolve.h"
#include "kube/config/selection.h"
#include "kube/config/url.h"
#include "tests/fuzz/fuzz.h"
#include "tests/support/temp_dir.h"

namespace elector::tests {
namespace {

// The environment names the kubeconfig, and nothing else.
kube::Environment with_kubeconfig(const std::string& path) {
  kube::Environment environment;
  environment.service_account_dir = path + ".no-such-folder";
  environment.variable = [path](const std::string& name) -> std::optional<std::string> {
    if (name == "KUBECONFIG") return path;
    return std::nullopt;
  };
  return environment;
}

// Whether the marker that stands for a secret occurs once, and as a secret. (An alias or an escape
// might show it somewhere else as well.)
bool has_secret(std::string_view text, const kube::Kubeconfig& config) {
  if (count(text, kSecret) != 1 || text.find_first_of("&\\") != std::string_view::npos)
    return false;
  for (const auto& [name, user] : config.users) {
    for (const std::string& value : {user.token, user.password, user.client_key_data}) {
      if (value.find(kSecret) != std::string::npos) return true;
    }
  }
  return false;
}

void check_plugin(const kube::ExecPlugin& plugin) {
  require(!plugin.command.empty(), "a plugin has a command");
  const std::string info = kube::exec_info(plugin, false);
  require(!kube::json::check(info), "what a plugin is told is JSON", info);
}

void check_connection(const kube::Connection& connection) {
  const auto url = kube::parse_url(connection.server);
  require(url.has_value(), "the server is a URL", connection.server);
  require(url->scheme == "https" || url->scheme == "http", "its scheme is spoken",
          connection.server);
  require(url->userinfo.empty() && !connection.server.ends_with('/'),
          "it has no more than it needs", connection.server);
  require(is_one_line(connection.server), "no line can be broken into a request",
          connection.server);
  const std::string& name = connection.tls.server_name;
  require(name.find_first_of("/@?# \t\r\n") == std::string::npos, "a name in TLS is only a name",
          name);
  require(!connection.namespace_.empty() &&
              connection.namespace_.find_first_of("/?#%") == std::string::npos,
          "the namespace is a piece of a path", connection.namespace_);
  for (const std::string& header : kube::impersonation_headers(connection.impersonation)) {
    require(is_one_line(header), "a header is one line", header);
  }
  for (const std::string& warning : connection.warnings) {
    require(is_one_line(warning), "a warning is one line", warning);
  }
  const kube::CredentialSource& secrets = connection.credentials;
  require(is_one_line(secrets.token), "a token breaks no header", secrets.token);
  if (url->scheme == "http") {
    require(secrets.token.empty() && secrets.password.empty() && !secrets.exec &&
                !secrets.client_certificate.given(),
            "nothing secret goes out in clear text");
  }
  if (secrets.exec) check_plugin(*secrets.exec);
}

void check(std::string_view text) {
  const auto parsed = kube::parse_kubeconfig(std::string(text), "config");
  if (!parsed) return require_good(parsed.error());
  for (const auto& [name, cluster] : parsed->clusters) {
    const std::string& json = cluster.exec_config_json;
    require(json.empty() || !kube::json::check(json), "the extension for plugins is JSON", json);
  }
  kube::Kubeconfig merged = *parsed;
  kube::merge_kubeconfig(merged, *parsed);
  require(merged.clusters.size() == parsed->clusters.size() &&
              merged.current_context == parsed->current_context,
          "merged with itself it is itself");

  static const TempDir folder;
  const std::string path = folder.write("config", std::string(text));
  const bool secret = has_secret(text, *parsed);
  const auto look = [&](const kube::Overrides& overrides) {
    const auto connection = kube::resolve(overrides, with_kubeconfig(path));
    if (connection) return check_connection(*connection);
    require_good(connection.error());
    require(!secret || count(connection.error().message, kSecret) == 0, "no error shows a secret",
            connection.error().message);
  };
  look({});
  // Each entry by its name, for those that no context leads to.
  kube::Overrides by_name;
  if (!parsed->clusters.empty()) by_name.cluster = parsed->clusters.begin()->first;
  if (!parsed->users.empty()) by_name.user = parsed->users.begin()->first;
  look(by_name);
}

}  // namespace
}  // namespace elector::tests

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  elector::tests::check(elector::tests::text_of(data, size));
  return 0;
}
