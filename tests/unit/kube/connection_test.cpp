// SPDX-License-Identifier: Apache-2.0
#include "kube/config/connection.h"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "kube/config/pem.h"
#include "tests/support/contains.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/kube/test_certificate.h"
#include "tests/unit/kube/world.h"

using elector::Error;
using elector::kube::base64_encode;
using elector::kube::Connection;
using elector::kube::Environment;
using elector::kube::impersonation_headers;
using elector::kube::Overrides;
using elector::kube::resolve;
using elector::tests::make_certificate;
using elector::tests::TempDir;
using elector::tests::World;

namespace {

constexpr const char* kPlain = R"(
current-context: dev
clusters:
- {name: a, cluster: {server: "https://a:6443"}}
- {name: b, cluster: {server: "https://b/prefix/", tls-server-name: bee}}
users:
- {name: u, user: {token: u-token}}
- {name: v, user: {username: me, password: secret}}
contexts:
- {name: dev, context: {cluster: a, user: u, namespace: team}}
- {name: ops, context: {cluster: b, user: v}}
)";

}  // namespace

TEST_CASE("~/.kube/config's current context is taken") {
  World world;
  const std::string file = world.home_config(kPlain);
  const Connection connection = world.connect();
  CHECK(connection.server == "https://a:6443");
  CHECK(connection.namespace_ == "team");
  CHECK(connection.credentials.token == "u-token");
  CHECK(connection.context == "dev");
  CHECK(connection.origin == file + ": cluster \"a\"");
  CHECK(connection.credentials.origin == file + ": user \"u\"");
  CHECK(connection.warnings.empty());
  CHECK_FALSE(connection.request_timeout);
}

TEST_CASE("flags choose another context, cluster, user, namespace") {
  World world;
  world.home_config(kPlain);
  world.flags.context = "ops";
  Connection connection = world.connect();
  CHECK(connection.server == "https://b/prefix");
  CHECK(connection.tls.server_name == "bee");
  CHECK(connection.namespace_ == "default");
  CHECK(connection.credentials.username == "me");
  CHECK(connection.credentials.password == "secret");
  world.flags.cluster = "a";
  world.flags.user = "u";
  world.flags.namespace_ = "other";
  connection = world.connect();
  CHECK(connection.server == "https://a:6443");
  CHECK(connection.credentials.token == "u-token");
  CHECK(connection.namespace_ == "other");
}

TEST_CASE(
    "--server replaces the server, and with it the name that was expected in its "
    "certificate") {
  World world;
  world.home_config(kPlain);
  world.flags.context = "ops";
  world.flags.server = "https://c:1/";
  Connection connection = world.connect();
  CHECK(connection.server == "https://c:1");
  CHECK(connection.tls.server_name.empty());
  CHECK(connection.credentials.username == "me");
  world.flags.tls_server_name = "cee";
  connection = world.connect();
  CHECK(connection.tls.server_name == "cee");
}

TEST_CASE("--server alone is enough") {
  World world;
  world.flags.server = "https://c";
  CHECK(world.connect().server == "https://c");
  world.flags.token = "t";
  const Connection connection = world.connect();
  CHECK(connection.credentials.token == "t");
  CHECK(connection.namespace_ == "default");
  CHECK(connection.origin == "--server");
}

TEST_CASE("--username and --password go before the user's, and beside a token they are an error") {
  World world;
  world.home_config(kPlain);
  world.flags.context = "ops";
  world.flags.password = "flag-password";
  Connection connection = world.connect();
  CHECK(connection.credentials.username == "me");
  CHECK(connection.credentials.password == "flag-password");
  world.flags.username = "flag-user";
  connection = world.connect();
  CHECK(connection.credentials.username == "flag-user");
  CHECK(connection.credentials.origin == "--username");
  world.flags.token = "flag-token";
  CHECK(world.failure().message ==
        "--token with --username: has a token and a username or password; only one of them can be "
        "used");
  world.flags.token.clear();
  world.flags.user = "u";  // whose entry has a token
  CHECK_CONTAINS(world.failure().message,
                 "user \"u\" with --username: has a token and a username or password");
  World bare;
  bare.flags.server = "https://c";
  bare.flags.username = "flag-user";
  CHECK(bare.connect().credentials.username == "flag-user");
}

TEST_CASE("--token goes before the user's token, token file, password and plugin") {
  World world;
  world.flags.token = "flag-token";
  for (const char* user : {"token: t", "tokenFile: /no/such/file", "username: a, password: b",
                           "exec: {command: x, apiVersion: client.authentication.k8s.io/v1beta1}",
                           "auth-provider: {name: gcp}"}) {
    CAPTURE(user);
    world.home_config(
        "current-context: c\nclusters: [{name: c, cluster: {server: "
        "https://c}}]\nusers: [{name: "
        "u, user: {" +
        std::string(user) + "}}]\ncontexts: [{name: c, context: {cluster: c, user: u}}]\n");
    const Connection connection = world.connect();
    CHECK(connection.credentials.token == "flag-token");
    CHECK(connection.credentials.token_file.empty());
    CHECK(connection.credentials.username.empty());
    CHECK_FALSE(connection.credentials.exec);
  }
}

TEST_CASE("KUBECONFIG's files are merged, those that are missing left out") {
  World world;
  const std::string one = world.dir.write("one", "users: [{name: u, user: {token: first}}]\n");
  const std::string two = world.dir.write("two", kPlain);
  world.variables["KUBECONFIG"] = one + ":" + world.dir.path("missing") + "::" + two + ":" + one;
  world.home_config("broken: [");  // not looked at
  const Connection connection = world.connect();
  CHECK(connection.server == "https://a:6443");
  CHECK(connection.credentials.token == "first");
  CHECK(connection.credentials.origin == one + ": user \"u\"");
}

TEST_CASE("a file of KUBECONFIG that is broken is an error even beside good ones") {
  World world;
  const std::string broken = world.dir.write("broken", "a: b: c");
  world.variables["KUBECONFIG"] = world.dir.write("good", kPlain) + ":" + broken;
  CHECK_CONTAINS(world.failure().message, broken + ": line 1: is not valid YAML");
}

TEST_CASE("--kubeconfig is read alone and must exist") {
  World world;
  world.home_config(kPlain);
  world.variables["KUBECONFIG"] = world.dir.path("home/.kube/config");
  world.flags.kubeconfig =
      world.dir.write("mine",
                      "clusters: [{name: a, cluster: {server: https://mine}}]\n"
                      "contexts: [{name: x, context: {cluster: a}}]\ncurrent-context: x\n");
  const Connection connection = world.connect();
  CHECK(connection.server == "https://mine");
  CHECK(connection.credentials.token.empty());
  world.flags.kubeconfig = world.dir.path("missing");
  const Error error = world.failure();
  CHECK(error.message == "--kubeconfig " + world.dir.path("missing") + ": no such file");
  CHECK(error.kind == Error::Kind::kConfig);
}

TEST_CASE("in a pod without a kubeconfig the service account is taken") {
  World world;
  world.be_a_pod();
  Connection connection = world.connect();
  CHECK(connection.server == "https://10.0.0.1:443");
  CHECK(connection.namespace_ == "pod-ns");
  CHECK(connection.credentials.token == "sa-token");
  CHECK(connection.credentials.token_file == world.dir.path("sa/token"));
  CHECK(connection.tls.ca_pem.find("BEGIN CERTIFICATE") != std::string::npos);
  SUBCASE("over IPv6 as well") {
    world.variables["KUBERNETES_SERVICE_HOST"] = "fd00::1";
    CHECK(world.connect().server == "https://[fd00::1]:443");
  }
  SUBCASE("with flags on top") {
    world.flags.token = "t";
    world.flags.insecure_skip_tls_verify = true;
    connection = world.connect();
    CHECK(connection.credentials.token == "t");
    CHECK(connection.credentials.token_file.empty());
    CHECK(connection.tls.ca_pem.empty());
    CHECK(connection.tls.insecure);
  }
  SUBCASE("without ca.crt with a warning") {
    world.dir.remove("sa/ca.crt");
    connection = world.connect();
    REQUIRE(connection.warnings.size() == 1);
    CHECK_CONTAINS(connection.warnings[0], world.dir.path("sa/ca.crt") + ": no such file");
  }
  SUBCASE("when every file of KUBECONFIG is missing, too") {
    world.variables["KUBECONFIG"] = world.dir.path("missing");
    CHECK(world.connect().server == "https://10.0.0.1:443");
  }
  SUBCASE("but its token is not for another server") {
    world.flags.server = "https://elsewhere";
    connection = world.connect();
    CHECK(connection.server == "https://elsewhere");
    CHECK(connection.credentials.token.empty());
    CHECK(connection.credentials.token_file.empty());
  }
}

TEST_CASE("a kubeconfig takes precedence over the service account, whose namespace is still used") {
  World world;
  world.be_a_pod();
  world.home_config(kPlain);
  CHECK(world.connect().server == "https://a:6443");
  CHECK(world.connect().namespace_ == "team");
  world.flags.context = "ops";
  CHECK(world.connect().namespace_ == "pod-ns");
  world.dir.remove("sa/namespace");
  CHECK(world.connect().namespace_ == "default");
}

TEST_CASE("--use-cluster-credentials uses the pod's service account and nothing else") {
  World world;
  world.home_config(kPlain);
  world.flags.use_cluster_credentials = true;
  CHECK_CONTAINS(world.failure().message, "--use-cluster-credentials: this is not a pod");
  CHECK_CONTAINS(world.failure().message, "$KUBERNETES_SERVICE_HOST is not set");
  world.be_a_pod();
  CHECK(world.connect().server == "https://10.0.0.1:443");
  world.dir.remove("sa/token");
  CHECK_CONTAINS(world.failure().message, "automountServiceAccountToken");
  world.flags.context = "dev";
  CHECK(world.failure().kind == Error::Kind::kUsage);
}

TEST_CASE("without any configuration the error lists what was looked for") {
  World world;
  const std::string message = world.failure().message;
  CHECK_CONTAINS(message, "found no Kubernetes configuration");
  CHECK_CONTAINS(message, "$KUBECONFIG (not set)");
  CHECK_CONTAINS(message, world.dir.path("home/.kube/config"));
  CHECK_CONTAINS(message, "$KUBERNETES_SERVICE_HOST is not set");
  CHECK_CONTAINS(message, "--kubeconfig or --server");
  world.variables["KUBECONFIG"] = "/no/such/kubeconfig";
  CHECK_CONTAINS(world.failure().message, "$KUBECONFIG (/no/such/kubeconfig: no such file)");
  world.variables.erase("KUBECONFIG");
  world.variables.erase("HOME");
  CHECK_CONTAINS(world.failure().message, "$HOME is not set");
}

TEST_CASE("an incomplete or contradictory kubeconfig is refused with the file and what to do") {
  const std::string cluster = "clusters: [{name: c, cluster: {server: \"https://c\"}}]\n";
  const std::string context =
      "contexts: [{name: x, context: {cluster: c, user: u}}]\ncurrent-context: x\n";
  const auto user = [&](const std::string& fields) {
    return cluster + context + "users: [{name: u, user: {" + fields + "}}]\n";
  };
  const auto server = [&](const std::string& fields) {
    return "clusters: [{name: c, cluster: {" + fields +
           "}}]\nusers: [{name: u, user: {token: t}}]\n" + context;
  };
  const std::string v1 = "apiVersion: client.authentication.k8s.io/v1";
  struct Row {
    std::string config;
    std::string expected;
  };
  const std::vector<Row> rows{
      {"", "is empty: it defines no cluster"},
      {"kind: Config\n", "is empty: it defines no cluster"},
      {cluster, "no current-context is set; choose one with --context (there are none)"},
      {cluster + "contexts: [{name: x, context: {}}, {name: z}]\n",
       "with --context (there are: x, z)"},
      {cluster + "current-context: z\ncontexts: [{name: x}]\n",
       "its current-context \"z\" does not exist; there are: x"},
      {"contexts: [{name: x, context: {cluster: c}}]\ncurrent-context: x\n",
       "context \"x\" names the cluster \"c\", which does not exist"},
      {cluster + context,
       "context \"x\" names the user \"u\", which does not exist; there are none"},
      {cluster + "contexts: [{name: x, context: {}}]\ncurrent-context: x\n",
       "context \"x\" names no cluster"},
      {server("tls-server-name: x"), "cluster \"c\": it has no server"},
      {server("server: \"c:6443/path\""),
       "cluster \"c\": server \"c:6443/path\" is neither a URL nor HOST:PORT"},
      {server("server: \"c:port\""), "server \"http://c:port\" has a port that is not a number"},
      {server("server: \"fd00::1\""), "an IPv6 address needs brackets"},
      {server("server: \"//c:6443\""), "has no host"},
      {server("server: \"ftp://c\""), "has the scheme ftp"},
      {server("server: \"https://me:secret@c\""), "has a user in its URL"},
      {server("server: \"https://c\", tls-server-name: \"x@other\""),
       "cluster \"c\": tls-server-name \"x@other\" is not a host name"},
      {cluster + "current-context: \"a\\nb\"\n", "its current-context \"a b\" does not exist"},
      {server("server: \"https://c\", certificate-authority: nowhere.pem"),
       "nowhere.pem: no such file (certificate-authority"},
      {server("server: \"https://c\", certificate-authority: ."), "is a directory"},
      {server("server: \"https://c\", certificate-authority-data: \"%%\""),
       "certificate-authority-data is not base64"},
      {server("server: \"https://c\", certificate-authority-data: " + base64_encode("text")),
       "holds no PEM certificate"},
      {server("server: \"https://c\", insecure-skip-tls-verify: true, "
              "certificate-authority: x"),
       "contradict each other"},
      {server("server: \"https://c\", proxy-url: \"proxy:3128\""), "proxy-url has no scheme"},
      {server("server: \"https://u:hush@c:99999\""), "server \"https://c:99999\" has a port"},
      {server("server: \"https://c\", proxy-url: \"ftp://proxy\""), "proxy-url has the scheme ftp"},
      {user("token: t, username: a"), "has a token and a username or password"},
      {user("token: \"a\\nb\""), "its token contains a character that is not valid"},
      {user("tokenFile: nowhere"), "nowhere: no such file (tokenFile of"},
      {user("tokenFile: empty"), "empty: is empty (tokenFile of"},
      {user("client-certificate: x"), "client-certificate is given without client-key"},
      {user("client-key-data: x"), "client-key is given without client-certificate"},
      {user("auth-provider: {name: gcp}"), "uses the auth-provider gcp"},
      {user("as-groups: [g]"), "need a user to impersonate"},
      {user("as: \"a\\nb\""), "control character"},
      {user("exec: {" + v1 + "}"), "exec: command is missing"},
      {user("exec: {command: x}"), "exec: apiVersion is missing"},
      {user("exec: {command: x, apiVersion: client.authentication.k8s.io/v1alpha1}"),
       "v1alpha1 is not supported"},
      {user("exec: {command: x, " + v1 + "}"),
       "interactiveMode must be Never, IfAvailable or Always"},
      {user("exec: {command: x, " + v1 + ", interactiveMode: never}"), "interactiveMode must be"},
      {user("exec: {command: x, " + v1 + ", interactiveMode: Always}"),
       "interactiveMode is Always, so the plugin needs a terminal, but standard input is not a "
       "terminal"},
      {user("exec: {command: x, " + v1 + ", interactiveMode: Never, env: [{value: x}]}"),
       "env has an entry"},
      {"clusters: [{name: c, cluster: {server: \"https://c\"}}]\ncurrent-context: "
       "x\n"
       "contexts: [{name: x, context: {cluster: c, namespace: \"../..\"}}]\n",
       "context \"x\": namespace \"../..\" is not a valid namespace"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.config);
    World world;
    const std::string file = world.home_config(row.config);
    world.dir.write("home/.kube/empty", " \n");
    const Error error = world.failure();
    CHECK(error.kind == Error::Kind::kConfig);
    CHECK_CONTAINS(error.message, row.expected);
    CHECK_CONTAINS(error.message, world.dir.path("home/.kube/"));
    CHECK(error.message.find("secret") == std::string::npos);
  }
}

TEST_CASE("flags at fault are usage errors that name the flag") {
  struct Row {
    void (*set)(Overrides& flags);
    Error::Kind kind;
    const char* expected;
  };
  const std::vector<Row> rows{
      {[](Overrides& f) { f.server = "c:6443/x"; }, Error::Kind::kUsage,
       "--server \"c:6443/x\" is neither a URL nor HOST:PORT; write https://"},
      {[](Overrides& f) { f.namespace_ = "No_Name"; }, Error::Kind::kUsage,
       "--namespace \"No_Name\" is not a valid namespace"},
      {[](Overrides& f) { f.as_groups = {"g"}; }, Error::Kind::kUsage, "--as-group"},
      {[](Overrides& f) { f.client_certificate = "x"; }, Error::Kind::kUsage,
       "--client-certificate: client-certificate is given without client-key"},
      {[](Overrides& f) { f.client_key = "x"; }, Error::Kind::kUsage, "--client-key"},
      {[](Overrides& f) {
         f.certificate_authority = "x";
         f.insecure_skip_tls_verify = true;
       },
       Error::Kind::kUsage, "--certificate-authority and --insecure-skip-tls-verify contradict"},
      {[](Overrides& f) { f.token = "a\nb"; }, Error::Kind::kUsage, "--token"},
      {[](Overrides& f) { f.context = "nope"; }, Error::Kind::kConfig,
       "--context \"nope\": no such context in "},
      {[](Overrides& f) { f.cluster = "nope"; }, Error::Kind::kConfig,
       "--cluster \"nope\": no such cluster in "},
      {[](Overrides& f) { f.user = "nope"; }, Error::Kind::kConfig, "there are: u, v"},
      {[](Overrides& f) { f.certificate_authority = "/no/such.pem"; }, Error::Kind::kConfig,
       "/no/such.pem: no such file"},
  };
  for (const Row& row : rows) {
    World world;
    world.home_config(kPlain);
    row.set(world.flags);
    const Error error = world.failure();
    CHECK_CONTAINS(error.message, row.expected);
    CHECK(error.kind == row.kind);
  }
}

TEST_CASE("--context, --cluster or --user without any kubeconfig reports that there is none") {
  World context;
  context.flags.context = "x";
  CHECK(context.failure().message ==
        "--context \"x\": there is no kubeconfig that could define it");
  World user;
  user.flags.user = "x";
  CHECK(user.failure().message ==
        "there is no kubeconfig that names a server; give --server or --kubeconfig");
  user.flags.server = "https://c";
  CHECK(user.failure().message == "--user \"x\": there is no kubeconfig that could define it");
  World cluster;
  cluster.flags.cluster = "x";
  CHECK(cluster.failure().message ==
        "--cluster \"x\": there is no kubeconfig that could define it");
}

TEST_CASE("a file without read permission is reported as such") {
  if (geteuid() == 0) return;  // root may read everything
  World world;
  chmod(world.home_config(kPlain).c_str(), 0);
  CHECK_CONTAINS(world.failure().message, "permission denied for user");
}

TEST_CASE(
    "certificate authorities are read from a file or from data, and the data takes precedence") {
  World world;
  const auto ca = make_certificate("ca");
  const std::string other = world.dir.write("home/.kube/other.pem", "no certificate");
  const std::string config =
      "current-context: x\ncontexts: [{name: x, context: {cluster: c}}]\nclusters: "
      "[{name: c, "
      "cluster: "
      "{server: \"https://c\", ";
  world.home_config(config + "certificate-authority: other.pem}}]\n");
  CHECK_CONTAINS(world.failure().message,
                 other + ": holds no PEM certificate (no line -----BEGIN CERTIFICATE-----)");
  world.home_config(config + "certificate-authority: other.pem, certificate-authority-data: " +
                    base64_encode(ca.certificate) + "}}]\n");
  const Connection connection = world.connect();
  CHECK(connection.tls.ca_pem == ca.certificate);
  REQUIRE(connection.warnings.size() == 1);
  CHECK_CONTAINS(connection.warnings[0], "using certificate-authority-data");
  SUBCASE("a flag's file goes before both") {
    world.flags.certificate_authority =
        world.dir.write("flag.pem", "# ours\n" + ca.certificate + ca.certificate);
    CHECK(world.connect().tls.ca_pem.size() > 2 * ca.certificate.size());
  }
  SUBCASE("--insecure-skip-tls-verify clears both") {
    world.flags.insecure_skip_tls_verify = true;
    CHECK(world.connect().tls.insecure);
    CHECK(world.connect().tls.ca_pem.empty());
  }
}

TEST_CASE("client certificates are checked, and stay files so that they can be renewed") {
  World world;
  const auto mine = make_certificate("me");
  const auto other = make_certificate("other");
  const auto expired = make_certificate("old", std::chrono::minutes(-1));
  world.flags.server = "https://c";
  world.flags.client_certificate = world.dir.write("me.pem", mine.certificate);
  world.flags.client_key = world.dir.write("me.key", mine.key);
  Connection connection = world.connect();
  CHECK(connection.credentials.client_certificate.file == world.dir.path("me.pem"));
  CHECK(connection.credentials.client_key.file == world.dir.path("me.key"));
  CHECK(connection.warnings.empty());
  SUBCASE("a key of another certificate is refused") {
    world.dir.write("me.key", other.key);
    CHECK_CONTAINS(world.failure().message, "client-key is not the key of its client-certificate");
  }
  SUBCASE("a damaged certificate is refused") {
    world.dir.write("me.pem", mine.certificate.substr(0, 100) + "=" + mine.certificate.substr(101));
    CHECK_CONTAINS(world.failure().message,
                   world.dir.path("me.pem") + ": holds a damaged certificate");
  }
  SUBCASE("half a certificate is refused") {
    world.dir.write("me.pem", mine.certificate.substr(0, 200));
    CHECK_CONTAINS(world.failure().message,
                   world.dir.path("me.pem") + ": holds a damaged certificate");
  }
  SUBCASE("an empty file is refused") {
    world.dir.write("me.key", "");
    CHECK_CONTAINS(world.failure().message, world.dir.path("me.key") + ": is empty (client-key of");
  }
  SUBCASE("a certificate in the key's place is refused") {
    world.dir.write("me.key", mine.certificate);
    CHECK_CONTAINS(world.failure().message, "holds no PEM private key");
  }
  SUBCASE("an encrypted key is refused, without a question on the terminal") {
    world.dir.write("me.key", elector::tests::encrypt_key(mine.key));
    CHECK_CONTAINS(world.failure().message, "encrypted private key");
  }
  SUBCASE("an expired certificate is a warning") {
    world.dir.write("me.pem", expired.certificate);
    world.dir.write("me.key", expired.key);
    connection = world.connect();
    REQUIRE(connection.warnings.size() == 1);
    CHECK_CONTAINS(connection.warnings[0], "client certificate expired at 20");
  }
}

TEST_CASE("nothing secret goes to a server without TLS") {
  World world;
  world.flags.server = "http://c:8080";
  world.flags.token = "t";
  world.flags.as = "someone";
  const Connection connection = world.connect();
  CHECK(connection.server == "http://c:8080");
  CHECK(connection.credentials.token.empty());
  CHECK(connection.impersonation.user == "someone");
  REQUIRE(connection.warnings.size() == 1);
  CHECK_CONTAINS(connection.warnings[0], "no credentials are sent");
}

TEST_CASE("impersonation becomes headers, flags before the kubeconfig") {
  World world;
  world.home_config(
      "current-context: x\nclusters: [{name: c, cluster: {server: "
      "\"https://c\"}}]\ncontexts: "
      "[{name: x, context: "
      "{cluster: c, user: u}}]\nusers: [{name: u, user: {as: jane, as-uid: \"42\", "
      "as-groups: "
      "[dev, ops], "
      "as-user-extra: {\"acme.com/project%\": [one, two]}}}]\n");
  CHECK(impersonation_headers(world.connect().impersonation) ==
        std::vector<std::string>{"Impersonate-User: jane", "Impersonate-Uid: 42",
                                 "Impersonate-Group: dev", "Impersonate-Group: ops",
                                 "Impersonate-Extra-acme.com%2Fproject%25: one",
                                 "Impersonate-Extra-acme.com%2Fproject%25: two"});
  world.flags.as = "john";
  world.flags.as_groups = {"qa"};
  const auto headers = impersonation_headers(world.connect().impersonation);
  CHECK(headers[0] == "Impersonate-User: john");
  CHECK(headers[2] == "Impersonate-Group: qa");
  CHECK(impersonation_headers({}).empty());
}

TEST_CASE("a proxy comes from the kubeconfig, otherwise from the environment") {
  World world;
  world.flags.server = "https://c";
  world.variables["HTTPS_PROXY"] = "proxy:3128";
  CHECK(world.connect().proxy_url == "http://proxy:3128");
  world.variables["NO_PROXY"] = "c";
  CHECK(world.connect().proxy_url.empty());
  world.variables.erase("NO_PROXY");
  world.variables["HTTPS_PROXY"] = "http://me:secret@proxy:port";
  const std::string message = world.failure().message;
  CHECK_CONTAINS(message, "$HTTPS_PROXY has a port");
  CHECK(message.find("secret") == std::string::npos);
}

TEST_CASE("a plugin gets the cluster when the kubeconfig says so") {
  World world;
  const auto ca = make_certificate("ca");
  const std::string text =
      "current-context: x\ncontexts: [{name: x, context: {cluster: c, user: u}}]\n"
      "clusters: [{name: c, cluster: {server: \"https://c:6443/\", "
      "tls-server-name: d, "
      "certificate-authority-data: " +
      base64_encode(ca.certificate) +
      ", extensions: [{name: client.authentication.k8s.io/exec, extension: "
      "{audience: x}}]}}]\n"
      "users: [{name: u, user: {exec: {command: p, apiVersion: "
      "client.authentication.k8s.io/v1beta1";
  world.home_config(text + ", provideClusterInfo: true}}}]\n");
  const Connection connection = world.connect();
  REQUIRE(connection.credentials.exec);
  CHECK(connection.credentials.exec->cluster_json ==
        R"({"server":"https://c:6443/","tls-server-name":"d","certificate-authority-data":")" +
            base64_encode(ca.certificate) + R"(","config":{"audience":"x"}})");
  world.home_config(text + "}}}]\n");
  CHECK(world.connect().credentials.exec->cluster_json.empty());
}

TEST_CASE("base64 is read with white space and padding, and nothing else") {
  using elector::kube::base64_decode;
  const std::vector<std::pair<std::string, std::string>> good{
      {"", ""},
      {"QQ==", "A"},
      {"QUI=", "AB"},
      {"QUJD", "ABC"},
      {" Q U\nJD\r\n", "ABC"},
      {"/+8=", "\xff\xef"},
      {"QUI=\n", "AB"},
      {"QUJDQQ=\n=", "ABCA"},
      {base64_encode(std::string(1000, 'x')), std::string(1000, 'x')}};
  for (const auto& row : good) {
    const std::string& text = row.first;
    const std::string& bytes = row.second;
    CAPTURE(text);
    CHECK(base64_decode(text) == bytes);
    if (text.find_first_of(" \n") == std::string::npos) CHECK(base64_encode(bytes) == text);
  }
  for (const char* text : {"Q", "QQ", "QQ=", "QQ===", "QUJD=", "QQ==QQ==", "Q-==", "=", "QQ==A",
                           "QUJD-", "-", "QUJD-----END", "Q=Q=", "QUJD====", "QU\xc3\xa4="}) {
    CAPTURE(text);
    CHECK_FALSE(base64_decode(text));
  }
}

TEST_CASE("a server without a scheme is http, or https if there is any TLS setting") {
  struct Row {
    std::string server;
    std::string cluster;
    std::string user;
    std::string expected;
  };
  const auto pair = make_certificate("me");
  const std::string ca = "certificate-authority-data: " + base64_encode(pair.certificate);
  const std::string client = "client-certificate-data: " + base64_encode(pair.certificate) +
                             ", client-key-data: " + base64_encode(pair.key);
  for (const Row& row :
       std::vector<Row>{{"c:6443", "", "", "http://c:6443"},
                        {"c", "", "token: t", "http://c"},
                        {"c/", "", "", "http://c"},
                        {"10.0.0.1:8001", "", "", "http://10.0.0.1:8001"},
                        {"[fd00::1]:8001", "", "", "http://[fd00::1]:8001"},
                        {"[fd00::1]", "", "", "http://[fd00::1]"},
                        {"c:6443", ca, "token: t", "https://c:6443"},
                        {"c:6443", "insecure-skip-tls-verify: true", "", "https://c:6443"},
                        {"c:6443", "tls-server-name: d", "", "https://c:6443"},
                        {"c:6443", "", client, "https://c:6443"},
                        {"http://c:6443", ca, "", "http://c:6443"}}) {
    CAPTURE(row.server);
    CAPTURE(row.cluster);
    World world;
    world.home_config(
        "current-context: x\ncontexts: [{name: x, context: {cluster: c, user: u}}]\n"
        "users: [{name: u, user: {" +
        row.user + "}}]\nclusters: [{name: c, cluster: {server: \"" + row.server + "\"" +
        (row.cluster.empty() ? "" : ", " + row.cluster) + "}}]\n");
    const Connection connection = world.connect();
    CHECK(connection.server == row.expected);
    const bool tls = row.expected.starts_with("https");
    CHECK(connection.credentials.token ==
          (tls && !row.user.empty() && row.user == "token: t" ? "t" : ""));
  }
  World flag;
  flag.flags.server = "127.0.0.1:8001";
  CHECK(flag.connect().server == "http://127.0.0.1:8001");
  flag.flags.insecure_skip_tls_verify = true;
  CHECK(flag.connect().server == "https://127.0.0.1:8001");
}

TEST_CASE("a token serves where the tokenFile beside it gives none, and only there") {
  struct Row {
    std::string file;  // its content, "-" for none
    std::string expected;
  };
  for (const Row& row : std::vector<Row>{{"-", "t"}, {"", "t"}, {" \n", "t"}, {"f\n", "f"}}) {
    CAPTURE(row.file);
    World world;
    if (row.file != "-") world.dir.write("home/.kube/token", row.file);
    world.home_config(
        "current-context: x\ncontexts: [{name: x, context: {cluster: c, user: u}}]\n"
        "clusters: [{name: c, cluster: {server: \"https://c\"}}]\n"
        "users: [{name: u, user: {token: t, tokenFile: token}}]\n");
    const Connection connection = world.connect();
    CHECK(connection.credentials.token == row.expected);
    CHECK(connection.credentials.token_file == world.dir.path("home/.kube/token"));
    CHECK(connection.warnings.size() == (row.expected == "t" ? 1 : 0));
  }
}
