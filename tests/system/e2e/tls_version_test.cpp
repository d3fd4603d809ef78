// SPDX-License-Identifier: Apache-2.0
// That elector speaks no TLS below 1.2 even where the machine's OpenSSL would: with the library's
// own settings as they are distributed, an older version fails whatever elector asks for.
#include <doctest/doctest.h>

#include <csignal>
#include <string>

#include "tests/support/contains.h"
#include "tests/support/temp_dir.h"
#include "tests/system/e2e/exec_fixture.h"

namespace elector::tests {
namespace {

// OpenSSL's configuration that allows what was given up in 2021 (RFC 8996).
const std::string kPermissive =
    "openssl_conf = init\n[init]\nssl_conf = ssl\n[ssl]\nsystem_default = all\n"
    "[all]\nMinProtocol = TLSv1\nCipherString = DEFAULT@SECLEVEL=0\n";

Command with_configuration(const TempDir& dir, Words words) {
  Command command{.arguments = std::move(words), .environment = clean_environment()};
  command.environment["OPENSSL_CONF"] = dir.path("openssl.cnf");
  return command;
}

// `openssl s_server` that speaks one version of TLS only.
class OneVersion {
 public:
  OneVersion(const TempDir& dir, const std::string& flag)
      : server_(with_configuration(
            dir, {"openssl", "s_server", "-www", "-accept", "127.0.0.1:0", "-cert",
                  dir.path("cert.pem"), "-key", dir.path("key.pem"), flag})) {
    const auto line = server_.wait_for_line(Process::Stream::kOut, containing("ACCEPT 127."));
    REQUIRE_MESSAGE(line, server_.text(Process::Stream::kErr));
    address_ = "127.0.0.1" + line->text.substr(line->text.rfind(':'));
  }

  const std::string& address() const { return address_; }

 private:
  Process server_;
  std::string address_;
};

// A folder with the configuration and a certificate of 127.0.0.1.
void prepare(const TempDir& dir) {
  dir.write("openssl.cnf", kPermissive);
  dir.write("req.cnf", "[req]\ndistinguished_name = name\n[name]\n");
  const Ended made = run_to_end(
      Command{.arguments = {"openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-config",
                            dir.path("req.cnf"), "-subj", "/CN=127.0.0.1", "-addext",
                            "subjectAltName=IP:127.0.0.1", "-days", "2", "-keyout",
                            dir.path("key.pem"), "-out", dir.path("cert.pem")}});
  REQUIRE_MESSAGE(made.code == 0, made.err);
}

// What elector reports about that server when it trusts its certificate.
Ended ask(const TempDir& dir, const OneVersion& server) {
  return run_to_end(with_configuration(
      dir, {elector_binary(), "status", "example", "--server=https://" + server.address(),
            "--certificate-authority=" + dir.path("cert.pem"), "--token=some-token"}));
}

// Whether a client with that configuration and no other settings gets through to it.
bool others_get_through(const TempDir& dir, const OneVersion& server) {
  const Ended client = run_to_end(with_configuration(
      dir, {"sh", "-c", "exec openssl s_client -connect $0 -CAfile $1 </dev/null", server.address(),
            dir.path("cert.pem")}));
  INFO(client.out, client.err);
  CHECK(client.code == 0);
  return has(client.out, "Verify return code: 0 (ok)") && has(client.out, ", Cipher is ") &&
         !has(client.out, "Cipher is (NONE)");
}

}  // namespace

TEST_SUITE("TLS versions" * doctest::skip(!have_command("openssl"))) {
  TEST_CASE("TLS below 1.2 is refused where OpenSSL itself would speak it, and 1.2 is not") {
    const TempDir dir;
    prepare(dir);
    for (const std::string flag : {"-tls1", "-tls1_1"}) {
      CAPTURE(flag);
      const OneVersion server(dir, flag);
      CHECK(others_get_through(dir, server));
      const Ended refused = ask(dir, server);
      CAPTURE(refused.err);
      CHECK(refused.code == 1);
      CHECK(has(refused.err, "https://" + server.address() + ": TLS handshake failed"));
      CHECK(has(refused.err, "protocol version"));
      CHECK(has(refused.err, "does it speak TLS 1.2?"));
    }
    const OneVersion server(dir, "-tls1_2");
    const Ended spoken = ask(dir, server);
    CAPTURE(spoken.err);
    CHECK(spoken.code == 1);  // a page about the connection is not an answer of the API
    CHECK_FALSE(has(spoken.err, "TLS"));
  }
}

}  // namespace elector::tests
