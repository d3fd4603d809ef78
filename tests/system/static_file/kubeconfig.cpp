// SPDX-License-Identifier: Apache-2.0
#include "tests/system/static_file/kubeconfig.h"

#include <filesystem>

namespace elector::tests {

void write_kubeconfig(PodApi& api, const TempDir& folder, const KubeconfigSetup& setup) {
  const auto where = api.environment();
  const std::string address = where.at("KUBERNETES_SERVICE_HOST");
  std::string cluster = R"({"server":"https://)" + (setup.host.empty() ? address : setup.host) +
                        ":" + where.at("KUBERNETES_SERVICE_PORT") + R"(")";
  if (!setup.host.empty()) cluster += R"(,"tls-server-name":")" + address + R"(")";
  if (setup.with_authority) {
    folder.write("ca.crt", api.authority());
    cluster += R"(,"certificate-authority":"ca.crt")";
  }
  folder.write("kubeconfig", R"({"clusters":[{"name":"c","cluster":)" + cluster + R"(}}],
      "users":[{"name":"u","user":{"token":")" +
                                 api.candidate_token() +
                                 R"("}}],
      "contexts":[{"name":"x","context":{"cluster":"c","user":"u"}}],"current-context":"x"})");
  std::filesystem::permissions(folder.path(), std::filesystem::perms(0755));
}

}  // namespace elector::tests
