// SPDX-License-Identifier: Apache-2.0
// The client's TLS: which peer it trusts, and what it reports when it does not. The server is
// `openssl s_server`.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdlib>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "kube/config/resolve.h"
#include "tests/support/contains.h"
#include "tests/support/raw_server.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/kube/client_fixture.h"
#include "tests/unit/kube/test_certificate.h"

using namespace std::chrono_literals;
using elector::kube::Connection;
using elector::kube::HttpResponse;
using elector::tests::ClientFixture;
using elector::tests::has;
using elector::tests::make_certificate;
using elector::tests::RawServer;
using elector::tests::TempDir;
using elector::tests::TestCertificate;

namespace {

template <typename Object>
Object* read_pem(const std::string& text,
                 Object* (*read)(BIO*, Object**, pem_password_cb*, void*)) {
  BIO* in = BIO_new_mem_buf(text.data(), static_cast<int>(text.size()));
  Object* object = read(in, nullptr, nullptr, nullptr);
  BIO_free(in);
  REQUIRE(object != nullptr);
  return object;
}

// The certificate, changed and signed again with that key; it is freed.
std::string signed_anew(X509* certificate, const std::string& key_pem) {
  EVP_PKEY* key = read_pem(key_pem, PEM_read_bio_PrivateKey);
  REQUIRE(X509_sign(certificate, key, EVP_sha256()) > 0);
  BIO* out = BIO_new(BIO_s_mem());
  PEM_write_bio_X509(out, certificate);
  char* data = nullptr;
  const long size = BIO_get_mem_data(out, &data);
  std::string text(data, static_cast<std::size_t>(size));
  BIO_free(out);
  EVP_PKEY_free(key);
  X509_free(certificate);
  return text;
}

// One that may sign others.
TestCertificate make_authority(const std::string& name) {
  TestCertificate made = make_certificate(name);
  X509* certificate = read_pem(made.certificate, PEM_read_bio_X509);
  X509_EXTENSION* extension =
      X509V3_EXT_conf_nid(nullptr, nullptr, NID_basic_constraints, "critical,CA:TRUE");
  REQUIRE(extension != nullptr);
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
  made.certificate = signed_anew(certificate, made.key);
  return made;
}

// The same with a further extension, which openssl-x509v3_config(5) describes.
TestCertificate with(TestCertificate made, int kind, const std::string& value) {
  X509* certificate = read_pem(made.certificate, PEM_read_bio_X509);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, nullptr, kind, value.c_str());
  REQUIRE(extension != nullptr);
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
  made.certificate = signed_anew(certificate, made.key);
  return made;
}

// The same, no longer self-signed.
TestCertificate signed_by(const TestCertificate& authority, TestCertificate leaf) {
  X509* issuer = read_pem(authority.certificate, PEM_read_bio_X509);
  X509* certificate = read_pem(leaf.certificate, PEM_read_bio_X509);
  X509_set_issuer_name(certificate, X509_get_subject_name(issuer));
  X509_free(issuer);
  leaf.certificate = signed_anew(certificate, authority.key);
  return leaf;
}

// `openssl s_server -www`: answers every GET with 200 and a page about the connection.
class TlsServer {
 public:
  TlsServer(const TestCertificate& certificate, std::vector<std::string> options) {
    const std::string certificate_file = dir_.write("cert.pem", certificate.certificate);
    const std::string key_file = dir_.write("key.pem", certificate.key);
    std::vector<std::string> words = {"openssl", "s_server",       "-www", "-accept", "127.0.0.1:0",
                                      "-cert",   certificate_file, "-key", key_file,  "-naccept",
                                      "100"};
    words.insert(words.end(), options.begin(), options.end());
    std::vector<char*> arguments;
    arguments.reserve(words.size() + 1);
    for (std::string& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    std::array<int, 2> out{};
    REQUIRE(pipe(out.data()) == 0);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, out[1], 1);
    posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_addclose(&actions, out[0]);
    REQUIRE(posix_spawnp(&pid_, "openssl", &actions, nullptr, arguments.data(), environ) == 0);
    posix_spawn_file_actions_destroy(&actions);
    close(out[1]);
    out_ = out[0];
    read_port();
  }
  ~TlsServer() {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
    close(out_);
  }
  TlsServer(const TlsServer&) = delete;
  TlsServer& operator=(const TlsServer&) = delete;

  std::string url(const std::string& host = "127.0.0.1") const {
    return "https://" + host + ":" + port_;
  }

 private:
  // From the line "ACCEPT 127.0.0.1:PORT".
  void read_port() {
    std::string text;
    char c = 0;
    while (read(out_, &c, 1) == 1) {
      text += c;
      if (c != '\n') continue;
      if (text.starts_with("ACCEPT ")) {
        port_ = text.substr(text.rfind(':') + 1);
        port_.pop_back();
        return;
      }
      text.clear();
    }
    FAIL("openssl s_server did not start");
  }

  TempDir dir_;
  pid_t pid_ = -1;
  int out_ = -1;
  std::string port_;
};

// The answer of a server with that certificate to a client that is set up by `change`.
HttpResponse ask(const TlsServer& server, const std::function<void(Connection&)>& change,
                 const std::string& host = "127.0.0.1") {
  ClientFixture world(server.url(host), change);
  return world.get("/");
}

}  // namespace

TEST_CASE("a server whose certificate the configured authority signed is trusted") {
  const TestCertificate certificate = make_certificate("127.0.0.1");
  const TlsServer server(certificate, {});
  const HttpResponse response =
      ask(server, [&](Connection& connection) { connection.tls.ca_pem = certificate.certificate; });
  if (response.error) MESSAGE(response.error->message);
  CHECK(response.ok());
}

TEST_CASE("a self-signed server that is not configured is refused, before anything is sent") {
  const TlsServer server(make_certificate("127.0.0.1"), {});
  const HttpResponse response = ask(server, [&](Connection& connection) {
    connection.tls.ca_pem = make_certificate("another").certificate;
  });
  REQUIRE(response.error);
  CHECK_FALSE(response.maybe_done);
  CHECK(
      has(response.error->message,
          server.url() +
              ": the server's certificate is not signed by the configured certificate authority"));
  const HttpResponse system = ask(server, [](Connection&) {});
  REQUIRE(system.error);
  CHECK(has(system.error->message, "not signed by any authority that this system trusts"));
}

TEST_CASE("an authority's file that was replaced is read again when the check fails") {
  const TempDir dir;
  const TestCertificate certificate = make_certificate("127.0.0.1");
  const TlsServer server(certificate, {});
  elector::kube::Overrides flags;
  flags.server = server.url();
  flags.kubeconfig = dir.write("config", "{}");
  flags.certificate_authority = dir.write("ca.crt", make_certificate("another").certificate);
  const elector::kube::Environment nothing;
  const auto start = elector::kube::resolve(flags, nothing);
  REQUIRE(start);
  ClientFixture world(
      server.url(), [&](Connection& connection) { connection.tls = start->tls; },
      elector::kube::reload_of(flags, nothing, *start));
  dir.write("ca.crt", certificate.certificate);
  const HttpResponse response = world.get("/");
  if (response.error) MESSAGE(response.error->message);
  CHECK(response.ok());
}

TEST_CASE("an authority that is the same when it is read again does not cause a second try") {
  const TlsServer server(make_certificate("127.0.0.1"), {});
  int reads = 0;
  ClientFixture world(
      server.url(),
      [&](Connection& connection) {
        connection.tls.ca_pem = make_certificate("other").certificate;
      },
      [&]() -> elector::Expected<elector::kube::Reread> {
        ++reads;
        return elector::kube::Reread{};
      });
  CHECK(world.get("/").error);
  CHECK(world.get("/").error);
  CHECK(reads == 1);  // which is for the next ten seconds
}

TEST_CASE("a client certificate that the server refuses by an alert is read again") {
  const TempDir dir;
  const TestCertificate certificate = make_certificate("127.0.0.1");
  const TestCertificate own = make_certificate("the-candidate");
  const TestCertificate expired = make_certificate("the-candidate", -60s);
  const std::string trusted = dir.write("clients.pem", own.certificate + expired.certificate);
  for (const std::string version : {"-tls1_2", "-tls1_3"}) {
    CAPTURE(version);
    const TlsServer server(certificate,
                           {version, "-Verify", "1", "-verify_return_error", "-CAfile", trusted});
    const auto source = [](const TestCertificate& pair) {
      elector::kube::CredentialSource of;
      of.client_certificate.data = pair.certificate;
      of.client_key.data = pair.key;
      return of;
    };
    ClientFixture world(
        server.url(),
        [&](Connection& connection) {
          connection.tls.ca_pem = certificate.certificate;
          connection.credentials = source(expired);
        },
        [&]() -> elector::Expected<elector::kube::Reread> {
          return elector::kube::Reread{source(own), ""};
        });
    const HttpResponse response = world.get("/");
    if (response.error) MESSAGE(response.error->message);
    CHECK(response.ok());
  }
}

TEST_CASE("a server whose certificate another authority signed is refused") {
  const TestCertificate ours = make_authority("authority");
  const TestCertificate other = make_authority("another");
  const TestCertificate server = make_certificate("127.0.0.1");
  const auto ask_for = [&](const TestCertificate& signer) {
    return ask(TlsServer(signed_by(signer, server), {}),
               [&](Connection& connection) { connection.tls.ca_pem = ours.certificate; });
  };
  CHECK(ask_for(ours).ok());
  const HttpResponse by_other = ask_for(other);
  REQUIRE(by_other.error);
  CHECK_FALSE(by_other.maybe_done);
  CHECK_CONTAINS(by_other.error->message,
                 "the server's certificate is not signed by the configured certificate authority");
  CHECK_FALSE(has(by_other.error->message, "self-signed"));
}

// As a cluster that was set up again has one; without key identifiers only the signature differs.
TEST_CASE("an authority of the configured one's name, but with another key, is called the cause") {
  const TestCertificate server =
      signed_by(make_authority("authority"), make_certificate("127.0.0.1"));
  const HttpResponse response = ask(TlsServer(server, {}), [](Connection& connection) {
    connection.tls.ca_pem = make_authority("authority").certificate;
  });
  REQUIRE(response.error);
  CHECK_FALSE(response.maybe_done);
  CHECK_CONTAINS(response.error->message,
                 "the server's certificate is not signed by the configured certificate authority");
}

// Everything else about it is valid: the same one is trusted while it lasts.
TEST_CASE("an expired certificate is refused for that, and called expired") {
  const TestCertificate authority = make_authority("authority");
  const auto ask_for = [&](std::chrono::seconds lifetime) {
    const TestCertificate leaf = signed_by(authority, make_certificate("127.0.0.1", lifetime));
    return ask(TlsServer(leaf, {}),
               [&](Connection& connection) { connection.tls.ca_pem = authority.certificate; });
  };
  CHECK(ask_for(1h).ok());
  const HttpResponse expired = ask_for(-60s);
  REQUIRE(expired.error);
  CHECK_FALSE(expired.maybe_done);
  CHECK_CONTAINS(expired.error->message, "the server's certificate has expired");
}

TEST_CASE("a certificate of tomorrow is called not valid yet") {
  const TestCertificate certificate = make_certificate("127.0.0.1", 48h, 24h);
  const TlsServer server(certificate, {});
  const HttpResponse response =
      ask(server, [&](Connection& connection) { connection.tls.ca_pem = certificate.certificate; });
  REQUIRE(response.error);
  CHECK_FALSE(response.maybe_done);
  CHECK(has(response.error->message, "is not valid yet; is this machine's clock right?"));
}

TEST_CASE("a certificate for another name is refused, unless tls-server-name names it") {
  const TestCertificate certificate = make_certificate("api.example");
  const TlsServer server(certificate, {});
  const HttpResponse response =
      ask(server, [&](Connection& connection) { connection.tls.ca_pem = certificate.certificate; });
  REQUIRE(response.error);
  CHECK_FALSE(response.maybe_done);
  CHECK(has(response.error->message, "for another name"));
  const HttpResponse named = ask(server, [&](Connection& connection) {
    connection.tls.ca_pem = certificate.certificate;
    connection.tls.server_name = "api.example";
  });
  if (named.error) MESSAGE(named.error->message);
  CHECK(named.ok());
}

TEST_CASE("insecure-skip-tls-verify takes any certificate") {
  const TlsServer server(make_certificate("another", -60s), {});
  CHECK(ask(server, [](Connection& connection) { connection.tls.insecure = true; }).ok());
}

// That nothing below is: tests/system/e2e/tls_version_test.cpp.
TEST_CASE("TLS 1.2 and 1.3 are spoken") {
  const TestCertificate certificate = make_certificate("127.0.0.1");
  for (const std::string version : {"-tls1_2", "-tls1_3"}) {
    CAPTURE(version);
    const TlsServer server(certificate, {version});
    CHECK(ask(server, [&](Connection& connection) {
            connection.tls.ca_pem = certificate.certificate;
          }).ok());
  }
}

TEST_CASE("a client certificate is shown, from memory") {
  const TestCertificate certificate = make_certificate("127.0.0.1");
  const TestCertificate own = make_certificate("the-candidate");
  const TlsServer server(certificate, {"-Verify", "1"});
  const auto with = [&](const std::string& pem, const std::string& key) {
    return ask(server, [&](Connection& connection) {
      connection.tls.ca_pem = certificate.certificate;
      connection.credentials.client_certificate.data = pem;
      connection.credentials.client_key.data = key;
    });
  };
  const HttpResponse shown = with(own.certificate, own.key);
  if (shown.error) MESSAGE(shown.error->message);
  CHECK(shown.ok());
  CHECK(has(shown.body, "the-candidate"));
  CHECK_FALSE(with("", "").ok());
}

TEST_CASE("plain HTTP behind https:// is reported as such") {
  RawServer server([](RawServer::Peer& peer) {
    peer.send("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
    peer.wait_for_close();
  });
  ClientFixture world("https://127.0.0.1:" + std::to_string(server.port()));
  const HttpResponse response = world.put("/x", "{}");
  REQUIRE(response.error);
  CHECK_FALSE(response.maybe_done);
  CHECK(has(response.error->message, "is this an HTTPS address"));
}

TEST_CASE("a certificate whose name is a common name alone is refused, as by Go") {
  const TestCertificate plain = make_certificate("127.0.0.1", 1h, -1h, false);
  struct Row {
    const char* names;  // "" for no such extension
    bool good;
  };
  for (const Row& row : {Row{"", false}, Row{"URI:https://127.0.0.1", false},
                         Row{"email:root@127.0.0.1", false}, Row{"IP:127.0.0.1", true}}) {
    CAPTURE(row.names);
    const TestCertificate certificate =
        *row.names == '\0' ? plain : with(plain, NID_subject_alt_name, row.names);
    const TlsServer server(certificate, {});
    const HttpResponse response = ask(
        server, [&](Connection& connection) { connection.tls.ca_pem = certificate.certificate; });
    CHECK(response.ok() == row.good);
    if (row.good) continue;
    REQUIRE(response.error);
    CHECK_FALSE(response.maybe_done);
    CHECK_CONTAINS(response.error->message,
                   "the server's certificate has its name only in the legacy Common Name field");
    CHECK(ask(server, [](Connection& connection) { connection.tls.insecure = true; }).ok());
  }
}

// Go asks for an extended key usage alone; the older extensions are OpenSSL's business.
TEST_CASE("what a server's certificate must be for is what Go asks of it") {
  const TestCertificate authority = make_authority("authority");
  struct Extension {
    int kind;
    const char* value;
  };
  struct Row {
    std::vector<Extension> extensions;
    bool good;
  };
  for (const Row& row : std::vector<Row>{
           {{}, true},
           {{{NID_netscape_cert_type, "client"}}, true},
           {{{NID_netscape_cert_type, "client"}, {NID_ext_key_usage, "clientAuth,serverAuth"}},
            true},
           {{{NID_netscape_cert_type, "email"}, {NID_ext_key_usage, "serverAuth"}}, true},
           {{{NID_netscape_cert_type, "server"}}, true},
           {{{NID_key_usage, "critical,nonRepudiation,digitalSignature"}}, true},
           {{{NID_ext_key_usage, "serverAuth"}}, true},
           {{{NID_ext_key_usage, "anyExtendedKeyUsage"}}, true},
           {{{NID_ext_key_usage, "clientAuth"}}, false},
           {{{NID_netscape_cert_type, "server"}, {NID_ext_key_usage, "clientAuth"}}, false},
           {{{NID_ext_key_usage, "codeSigning,emailProtection"}}, false}}) {
    TestCertificate leaf = make_certificate("127.0.0.1");
    std::string description;
    for (const Extension& extension : row.extensions) {
      leaf = with(leaf, extension.kind, extension.value);
      description += std::string(extension.value) + "; ";
    }
    CAPTURE(description);
    const TlsServer server(signed_by(authority, leaf), {});
    const HttpResponse response =
        ask(server, [&](Connection& connection) { connection.tls.ca_pem = authority.certificate; });
    if (response.error && row.good) MESSAGE(response.error->message);
    CHECK(response.ok() == row.good);
    if (row.good) continue;
    REQUIRE(response.error);
    CHECK_FALSE(response.maybe_done);
    CHECK_CONTAINS(response.error->message, "the server's certificate is not valid for a server");
  }
}

TEST_CASE("an authority that may not sign servers' certificates vouches for none") {
  for (const char* usage : {"clientAuth", "codeSigning"}) {
    const TestCertificate authority = with(make_authority("authority"), NID_ext_key_usage, usage);
    const TlsServer server(signed_by(authority, make_certificate("127.0.0.1")), {});
    CHECK(ask(server, [&](Connection& connection) {
            connection.tls.ca_pem = authority.certificate;
          }).error);
  }
}

TEST_CASE("an https proxy is checked by the cluster's authorities, and a failure names it") {
  const TestCertificate authority = make_authority("authority");
  const auto ask_through = [&](const TestCertificate& proxy_certificate,
                               const std::function<void(Connection&)>& change, bool tunnel) {
    const TlsServer proxy(proxy_certificate, {});
    ClientFixture world("https://127.0.0.1:1", [&](Connection& connection) {
      connection.proxy_url = proxy.url();
      change(connection);
    });
    // The proxy is silent where it is asked for the tunnel.
    const HttpResponse response = tunnel ? world.get("/", std::chrono::seconds(2)) : world.get("/");
    REQUIRE(response.error);
    CHECK_FALSE(response.maybe_done);
    return std::pair(response.error->message, "proxy " + proxy.url() + "'s certificate ");
  };
  const auto by_cluster = [&](Connection& connection) {
    connection.tls.ca_pem = authority.certificate;
  };
  const TestCertificate good = make_certificate("127.0.0.1");
  struct Row {
    const char* what;
    TestCertificate certificate;
    std::function<void(Connection&)> change;
    const char* says;  // "" for none about the certificate: the tunnel is asked for
  };
  for (const Row& row : std::vector<Row>{
           {"signed", signed_by(authority, good), by_cluster, ""},
           {"unknown", good, by_cluster,
            "is not signed by the configured certificate authority, nor by one that this system "
            "trusts"},
           {"unknown to the system", good, [](Connection&) {},
            "is not signed by any authority that this system trusts"},
           {"another name", signed_by(authority, make_certificate("proxy.example")), by_cluster,
            "is for another name"},
           {"expired", signed_by(authority, make_certificate("127.0.0.1", -60s)), by_cluster,
            "has expired"},
           {"common name", signed_by(authority, make_certificate("127.0.0.1", 1h, -1h, false)),
            by_cluster, "has its name only in the legacy Common Name field"},
           {"insecure", make_certificate("another", -60s),
            [](Connection& connection) { connection.tls.insecure = true; }, ""}}) {
    CAPTURE(row.what);
    const auto [message, whose] = ask_through(row.certificate, row.change, *row.says == '\0');
    if (*row.says == '\0') {
      CHECK_FALSE(has(message, "certificate"));
    } else {
      CHECK_CONTAINS(message, whose + row.says);
    }
  }
}

TEST_CASE("SSL_CERT_FILE and SSL_CERT_DIR name what is trusted if nothing else does") {
  const TempDir dir;
  const TestCertificate ours = make_certificate("127.0.0.1");
  const TestCertificate other = make_certificate("another");
  dir.write("ours/any name", ours.certificate);
  dir.write("ours/README", "no certificate");
  dir.write("other/x.pem", other.certificate);
  const std::string ca = dir.write("ca.pem", other.certificate);
  const TlsServer server(ours, {});
  struct Row {
    std::string file;
    std::string folders;
    std::string flag;
    bool good;
  };
  for (const Row& row :
       std::vector<Row>{{"", "", "", false},
                        {dir.path("ours/any name"), "", "", true},
                        {dir.path("other/x.pem"), "", "", false},
                        {"", dir.path("ours"), "", true},
                        {"", dir.path("other") + ":" + dir.path("ours"), "", true},
                        {"", dir.path("absent") + ":" + dir.path("ours") + ":", "", true},
                        {"", dir.path("other"), "", false},
                        {"", dir.path("absent"), "", false},
                        {dir.path("absent"), "", "", false},
                        {dir.path("ours/any name"), dir.path("other"), "", true},
                        {dir.path("other/x.pem"), dir.path("ours"), "", true},
                        {dir.path("ours/any name"), dir.path("ours"), ca, false}}) {
    CAPTURE(row.file);
    CAPTURE(row.folders);
    elector::kube::Overrides flags;
    flags.server = server.url();
    flags.kubeconfig = dir.write("config", "{}");
    flags.certificate_authority = row.flag;
    elector::kube::Environment environment;
    environment.variable = [&](const std::string& name) -> std::optional<std::string> {
      if (name == "SSL_CERT_FILE") return row.file;
      if (name == "SSL_CERT_DIR") return row.folders;
      return std::nullopt;
    };
    const auto start = elector::kube::resolve(flags, environment);
    REQUIRE(start);
    const HttpResponse response =
        ask(server, [&](Connection& connection) { connection.tls = start->tls; });
    if (response.error && row.good) MESSAGE(response.error->message);
    CHECK(response.ok() == row.good);
  }
}

TEST_CASE("SSL_CERT_DIR is read only where it is needed") {
  const TempDir dir;
  const std::string ca = dir.write("authorities/ca.pem", make_certificate("any").certificate);
  struct Row {
    std::string server;
    std::string cluster;
    std::string proxy;
    bool read;
  };
  const std::string named = ", certificate-authority: " + ca;
  for (const Row& row :
       std::vector<Row>{{"https://10.0.0.1", "", "", true},
                        {"https://10.0.0.1", named, "", false},
                        {"https://10.0.0.1", ", insecure-skip-tls-verify: true", "", false},
                        {"http://10.0.0.1", "", "", false},
                        {"https://10.0.0.1", named, "http://proxy:1", false},
                        {"https://10.0.0.1", named, "socks5://proxy:1", false},
                        {"https://10.0.0.1", named, "https://proxy:1", true},
                        {"https://10.0.0.1", named, "HTTPS://proxy:1", true}}) {
    CAPTURE(row.server);
    CAPTURE(row.cluster);
    CAPTURE(row.proxy);
    elector::kube::Overrides flags;
    flags.kubeconfig =
        dir.write("config",
                  "current-context: c\ncontexts: [{name: c, context: {cluster: k}}]\n"
                  "clusters: [{name: k, cluster: {server: '" +
                      row.server + "'" + row.cluster + "}}]\n");
    elector::kube::Environment environment;
    environment.variable = [&](const std::string& name) -> std::optional<std::string> {
      if (name == "SSL_CERT_DIR") return dir.path("authorities");
      if (name == "HTTPS_PROXY") return row.proxy;
      return std::nullopt;
    };
    const auto start = elector::kube::resolve(flags, environment);
    REQUIRE(start);
    CHECK(start->tls.system_pem.empty() != row.read);
  }
}
