// SPDX-License-Identifier: Apache-2.0
#include "tests/system/chaos/access.h"

#include <cstdio>
#include <stdexcept>
#include <utility>
#include <vector>

#include "tests/support/json.h"

namespace elector::tests::chaos {
namespace {

std::string output_of(const std::vector<std::string>& words) {
  Process process(Command{.arguments = words});
  if (process.wait_exit() != 0) {
    throw std::runtime_error(words.front() + ": " + process.text(Process::Stream::kErr));
  }
  return process.text(Process::Stream::kOut);
}

// Beside and renamed: a reader never sees half of it.
void replace_file(const std::string& path, const TempDir& dir, const std::string& name,
                  const std::string& text) {
  const std::string beside = dir.write(name + ".new", text);
  std::rename(beside.c_str(), path.c_str());
}

Server real_server(const std::string& kubeconfig) {
  const Json config = parse_json(output_of({"kubectl", "--kubeconfig=" + kubeconfig, "config",
                                            "view", "--raw", "--minify", "--flatten", "-o=json"}));
  const std::string url = text_at(config, "/clusters/0/cluster/server");
  const std::string scheme = "https://";
  const std::size_t colon = url.rfind(':');
  Server server{
      .host = {},
      .port = 443,
      .authority = R"("certificate-authority-data":)" +
                   json_quoted(text_at(config, "/clusters/0/cluster/certificate-authority-data")),
      .token = text_at(config, "/users/0/user/token")};
  if (!url.starts_with(scheme) || server.token.empty()) {
    throw std::runtime_error(kubeconfig +
                             ": the server must be an https:// URL and the user have a token");
  }
  server.host = url.substr(scheme.size());
  if (colon > scheme.size()) {
    server.host = url.substr(scheme.size(), colon - scheme.size());
    server.port = static_cast<std::uint16_t>(std::stoi(url.substr(colon + 1)));
  }
  return server;
}

}  // namespace

Server server_of(const Cluster& cluster) {
  if (cluster.is_real()) return real_server(cluster.kubeconfig());
  return {.host = "127.0.0.1",
          .port = static_cast<std::uint16_t>(cluster.server()->port()),
          .authority = R"("certificate-authority":)" +
                       json_quoted(cluster.server()->directory() + "/ca.crt"),
          .token = {}};
}

Access::Access(const Cluster& cluster, const TempDir& dir, std::string name, Kind kind,
               const Server& server, std::uint16_t port)
    : cluster_(cluster),
      dir_(dir),
      name_(std::move(name)),
      kind_(kind),
      server_(server),
      port_(port) {
  renew();
}

std::string Access::token() const {
  return cluster_.is_real() ? server_.token : "token-" + name_ + "-" + std::to_string(generation_);
}

std::string Access::user_json() const {
  if (kind_ == Kind::kTokenFile) {
    return R"({"tokenFile":)" + json_quoted(dir_.path(name_ + ".token")) + "}";
  }
  if (kind_ == Kind::kCertificate) {
    return R"({"client-certificate":)" + json_quoted(dir_.path(name_ + ".crt")) +
           R"(,"client-key":)" + json_quoted(dir_.path(name_ + ".key")) + "}";
  }
  return R"({"token":)" + json_quoted(token()) + "}";
}

void Access::write_kubeconfig(const std::string& authority) const {
  const bool plain = kind_ == Kind::kPlain;
  std::string cluster = std::string(R"({"server":")") + (plain ? "http" : "https") +
                        "://127.0.0.1:" + std::to_string(port_) + "\"";
  if (!plain) cluster += "," + authority;
  if (server_.host != "127.0.0.1") cluster += R"(,"tls-server-name":)" + json_quoted(server_.host);
  replace_file(kubeconfig(), dir_, name_ + ".kubeconfig",
               R"({"apiVersion":"v1","kind":"Config","current-context":"c",)"
               R"("clusters":[{"name":"c","cluster":)" +
                   cluster + R"(}}],"users":[{"name":"u","user":)" + user_json() +
                   R"(}],"contexts":[{"name":"c","context":)"
                   R"({"cluster":"c","user":"u","namespace":"default"}}]})");
}

void Access::write_token(const std::string& token) const {
  replace_file(dir_.path(name_ + ".token"), dir_, name_ + ".token", token + "\n");
}

void Access::make_certificate() const {
  // Beside: making them takes a while, and until then the old pair must be whole.
  const std::string base = dir_.path(name_ + ".new");
  const std::string authority = cluster_.server()->directory() + "/ca";
  output_of({"openssl", "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
             "-nodes", "-keyout", base + ".key", "-out", base + ".csr", "-subj", "/CN=candidate"});
  output_of({"openssl", "x509", "-req", "-in", base + ".csr", "-CA", authority + ".crt", "-CAkey",
             authority + ".key", "-CAserial", base + ".srl", "-CAcreateserial", "-days", "1",
             "-out", base + ".crt"});
  for (const char* file : {".key", ".crt"}) {
    std::rename((base + file).c_str(), dir_.path(name_ + file).c_str());
  }
}

void Access::register_token() const {
  if (cluster_.is_real()) return;
  cluster_.server()->tokens(
      R"([{"token":")" + token() + R"(","user":")" + kUsers.at(kind_ == Kind::kPlain ? 1 : 0) +
      R"(","groups":[],"rules":[)"
      R"({"apiGroups":["","coordination.k8s.io"],"resources":["leases","endpoints","configmaps"],)"
      R"("verbs":["get","create","update","watch"],"namespaces":["default"]},)"
      R"({"apiGroups":[""],"resources":["events"],"verbs":["create"],"namespaces":["default"]}]}])");
}

void Access::revoke_token() const {
  if (cluster_.is_real()) return;
  cluster_.server()->tokens(R"([{"token":")" + token() + R"(","revoke":true}])");
}

void Access::expire() {
  if (kind_ == Kind::kCertificate) {
    // The new certificate is there before the new key: they do not belong together.
    output_of({"openssl", "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:prime256v1",
               "-out", dir_.path(name_ + ".key")});
    return;
  }
  revoke_token();
  if (kind_ == Kind::kTokenFile) write_token("this-token-has-expired");
}

void Access::garble(std::uint64_t dice) {
  if (dice / 8 % 2 == 0) revoke_token();
  static constexpr std::array<const char*, 4> kTexts{"", "{", "apiVersion: v1\nkind: Config\n",
                                                     "apiVersion: v1\nclusters: [\x01"};
  replace_file(kubeconfig(), dir_, name_ + ".kubeconfig", kTexts.at(dice % kTexts.size()));
}

void Access::distrust() {
  const std::string base = dir_.path(name_ + ".other-authority");
  output_of({"openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
             "-nodes", "-days", "1", "-subj", "/CN=another authority", "-keyout", base + ".key",
             "-out", base + ".crt"});
  write_kubeconfig(R"("certificate-authority":)" + json_quoted(base + ".crt"));
}

void Access::renew() {
  if (generation_ > 0) revoke_token();
  ++generation_;
  register_token();
  if (kind_ == Kind::kTokenFile) write_token(token());
  if (kind_ == Kind::kCertificate) make_certificate();
  write_kubeconfig(server_.authority);
}

}  // namespace elector::tests::chaos
