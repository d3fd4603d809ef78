// SPDX-License-Identifier: Apache-2.0
#include "kube/auth/credentials.h"

#include <doctest/doctest.h>
#include <signal.h>
#include <sys/stat.h>

#include <chrono>
#include <fstream>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "kube/base/json_text.h"
#include "kube/base/time_format.h"
#include "kube/config/resolve.h"
#include "tests/support/contains.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/kube/client_fixture.h"
#include "tests/unit/kube/test_certificate.h"

using namespace std::chrono_literals;
using elector::Error;
using elector::Expected;
using elector::kube::Auth;
using elector::kube::Credentials;
using elector::kube::CredentialSource;
using elector::kube::ExecPlugin;
using elector::kube::Poller;
using elector::kube::Reread;
using elector::tests::make_certificate;
using elector::tests::run_until;
using elector::tests::TempDir;

namespace {

std::unique_ptr<Poller> make_poller() {
  auto poller = Poller::create();
  REQUIRE(poller);
  return std::move(*poller);
}

// Everything is read again each time; there is no pause between two runs.
constexpr Credentials::Limits kEager{
    .plugin_run = 60s, .plugin_pause = 0ms, .token_file_age = 0ms, .certificate_age = 0ms};

Expected<Auth> ask(Poller& poller, Credentials& credentials) {
  std::optional<Expected<Auth>> result;
  credentials.get([&](const Expected<Auth>& auth) { result = auth; });
  REQUIRE(run_until(poller, [&] { return result.has_value(); }));
  return *result;
}

Auth must(Poller& poller, Credentials& credentials) {
  const auto auth = ask(poller, credentials);
  const std::string error = auth ? "" : auth.error().message;
  REQUIRE_MESSAGE(auth, error);
  return *auth;
}

// A plugin that counts its runs in the file "runs" and answers with token-N; `status` adds to its
// status.
struct CountingPlugin {
  TempDir dir;

  CredentialSource source(const std::string& status = "", const std::string& first = "") const {
    CredentialSource source;
    source.origin = "config: user \"u\"";
    ExecPlugin plugin;
    plugin.origin = source.origin;
    plugin.command = dir.script(
        "plugin", "cd " + dir.path() + "\necho run >> runs\nn=$(grep -c run runs)\n" + first +
                      "\nprintf '{\"kind\":\"ExecCredential\",\"apiVersion\":"
                      "\"client.authentication.k8s.io/v1\",\"status\":{\"token\":\"token-%d\"" +
                      status + "}}' $n");
    plugin.api_version = "client.authentication.k8s.io/v1";
    source.exec = plugin;
    return source;
  }
  std::size_t runs() const { return dir.read("runs").size() / 4; }
};

std::string expiring_in(std::chrono::seconds from_now) {
  const auto when = std::chrono::time_point_cast<std::chrono::microseconds>(
      std::chrono::system_clock::now() + from_now);
  return ",\"expirationTimestamp\":\"" +
         elector::kube::format_time(when, elector::kube::TimePrecision::kMicroseconds) + "\"";
}

}  // namespace

TEST_CASE("fixed credentials are delivered at once") {
  auto poller = make_poller();
  CredentialSource source;
  SUBCASE("nobody's") {
    Credentials credentials(*poller, source);
    const Auth auth = must(*poller, credentials);
    CHECK(auth.authorization.empty());
    CHECK(auth.client_certificate.empty());
    CHECK(auth.serial != 0);
  }
  SUBCASE("a token") {
    source.token = "t";
    Credentials credentials(*poller, source);
    CHECK(credentials.ready());
    std::string inside_the_call;
    CHECK(credentials.get(
              [&](const Expected<Auth>& auth) { inside_the_call = auth->authorization; }) == 0);
    CHECK(inside_the_call == "Bearer t");
  }
  SUBCASE("a user and a password (RFC 7617)") {
    source.username = "Aladdin";
    source.password = "open sesame";
    Credentials credentials(*poller, source);
    CHECK(must(*poller, credentials).authorization == "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
  }
  SUBCASE("a certificate beside a token") {
    const auto pair = make_certificate("me");
    source.token = "t";
    source.client_certificate.data = pair.certificate;
    source.client_key.data = pair.key;
    Credentials credentials(*poller, source);
    const Auth auth = must(*poller, credentials);
    CHECK(auth.authorization == "Bearer t");
    CHECK(auth.client_certificate == pair.certificate);
    CHECK(auth.client_key == pair.key);
  }
}

TEST_CASE(
    "a token file is read again when it changes, and the last token is used while it cannot be") {
  auto poller = make_poller();
  TempDir dir;
  CredentialSource source;
  source.token_file = dir.write("token", "one\n");
  Credentials credentials(*poller, source, {}, kEager);
  const Auth first = must(*poller, credentials);
  CHECK(first.authorization == "Bearer one");
  CHECK(must(*poller, credentials).serial == first.serial);
  dir.write("token", "two");
  const Auth second = must(*poller, credentials);
  CHECK(second.authorization == "Bearer two");
  CHECK(second.serial != first.serial);
  CHECK(second.generation == first.generation);
  dir.remove("token");
  CHECK(must(*poller, credentials).authorization == "Bearer two");
  dir.write("token", " \n");
  CHECK(must(*poller, credentials).authorization == "Bearer two");
  dir.write("token", "a\nb");
  CHECK(must(*poller, credentials).authorization == "Bearer two");
  dir.write("token", "three");
  CHECK(must(*poller, credentials).authorization == "Bearer three");
}

TEST_CASE("a refused token's file is read at once, not at its next turn") {
  auto poller = make_poller();
  TempDir dir;
  CredentialSource source;
  source.token_file = dir.write("token", "one");
  Credentials::Limits patient;
  patient.token_file_age = 1h;
  Credentials credentials(*poller, source, {}, patient);
  const Auth first = must(*poller, credentials);
  dir.write("token", "two");
  CHECK(must(*poller, credentials).authorization == "Bearer one");
  credentials.invalidate(first.serial + 1);  // some other set's
  CHECK(must(*poller, credentials).authorization == "Bearer one");
  credentials.invalidate(first.serial);
  CHECK(must(*poller, credentials).authorization == "Bearer two");
}

TEST_CASE(
    "a token file that never had a token is an error that names it, until it has "
    "one") {
  auto poller = make_poller();
  TempDir dir;
  CredentialSource source;
  source.origin = "the pod's service account";
  source.token_file = dir.path("token");
  Credentials credentials(*poller, source, {}, kEager);
  auto auth = ask(*poller, credentials);
  REQUIRE_FALSE(auth);
  CHECK(auth.error().kind == Error::Kind::kCredentials);
  CHECK(auth.error().message == dir.path("token") + ": no such file (the pod's service account)");
  dir.write("token", "sec\x01ret");
  auth = ask(*poller, credentials);
  REQUIRE_FALSE(auth);
  CHECK_CONTAINS(auth.error().message, "contains no valid token");
  CHECK(auth.error().message.find("ret") == std::string::npos);
  dir.write("token", "good");
  CHECK(must(*poller, credentials).authorization == "Bearer good");
}

TEST_CASE("a renewed client certificate is found, and counts as another generation") {
  auto poller = make_poller();
  TempDir dir;
  const auto one = make_certificate("one");
  const auto two = make_certificate("two");
  CredentialSource source;
  source.client_certificate.file = dir.write("me.pem", one.certificate);
  source.client_key.file = dir.write("me.key", one.key);
  Credentials credentials(*poller, source, {}, kEager);
  const Auth first = must(*poller, credentials);
  CHECK(first.client_certificate == one.certificate);
  CHECK(credentials.generation() == first.generation);
  // Half renewed, half written, gone: the pair that worked stays.
  dir.write("me.pem", two.certificate);
  CHECK(must(*poller, credentials).client_certificate == one.certificate);
  dir.write("me.key", two.key.substr(0, 60));
  CHECK(must(*poller, credentials).client_key == one.key);
  dir.remove("me.key");
  CHECK(must(*poller, credentials).serial == first.serial);
  dir.write("me.key", two.key);
  const Auth second = must(*poller, credentials);
  CHECK(second.client_certificate == two.certificate);
  CHECK(second.client_key == two.key);
  CHECK(second.generation != first.generation);
  CHECK(credentials.generation() == second.generation);
}

TEST_CASE(
    "client certificate files that are unusable from the start are an error that "
    "names the file") {
  auto poller = make_poller();
  TempDir dir;
  const auto pair = make_certificate("me");
  CredentialSource source;
  source.client_certificate.file = dir.write("me.pem", "nothing");
  source.client_key.file = dir.write("me.key", pair.key);
  Credentials credentials(*poller, source, {}, kEager);
  const auto auth = ask(*poller, credentials);
  REQUIRE_FALSE(auth);
  CHECK_CONTAINS(auth.error().message, dir.path("me.pem") + ": holds no PEM certificate");
  dir.write("me.pem", pair.certificate);
  CHECK(must(*poller, credentials).client_certificate == pair.certificate);
}

TEST_CASE("after a refusal the kubeconfig is read again") {
  auto poller = make_poller();
  CredentialSource source;
  source.token = "old";
  CredentialSource rewritten;
  rewritten.token = "old";
  int reads = 0;
  const Credentials::Reload reload = [&]() -> Expected<Reread> {
    ++reads;
    if (rewritten.token.empty()) return Error{Error::Kind::kConfig, "half written"};
    return Reread{rewritten, ""};
  };
  Credentials credentials(*poller, source, reload, kEager);
  const Auth first = must(*poller, credentials);
  CHECK(reads == 0);
  credentials.invalidate(first.serial);
  CHECK(must(*poller, credentials).authorization == "Bearer old");  // there is no other yet
  rewritten.token = "";
  CHECK(must(*poller, credentials).authorization == "Bearer old");
  rewritten.token = "new";
  CHECK(must(*poller, credentials).authorization == "Bearer new");
  CHECK(reads == 3);
  must(*poller, credentials);
  CHECK(reads == 3);

  // A server that had a bad moment takes the same token again: that is the end of the reading.
  const Auth again = must(*poller, credentials);
  credentials.invalidate(again.serial);
  must(*poller, credentials);
  CHECK(reads == 4);
  credentials.accepted(again.serial);
  must(*poller, credentials);
  CHECK(reads == 4);
}

TEST_CASE(
    "a kubeconfig that has come to name another server gives it no chance to see "
    "credentials") {
  TempDir dir;
  const auto config = [&](const std::string& server, const std::string& token) {
    return dir.write("config",
                     "current-context: x\ncontexts: [{name: x, context: {cluster: c, user: "
                     "u}}]\nclusters: [{name: c, "
                     "cluster: {server: \"" +
                         server + "\"}}]\nusers: [{name: u, user: {token: " + token + "}}]\n");
  };
  elector::kube::Overrides flags;
  flags.kubeconfig = config("https://one", "a");
  const elector::kube::Environment nothing;
  const auto connection = elector::kube::resolve(flags, nothing);
  REQUIRE(connection);
  const auto reload = elector::kube::reload_of(flags, nothing, *connection);
  config("https://one", "b");
  auto again = reload();
  REQUIRE(again);
  CHECK(again->credentials.token == "b");
  config("https://two", "c");
  again = reload();
  REQUIRE_FALSE(again);
  CHECK_CONTAINS(again.error().message, "continues with https://one");
}

TEST_CASE("an authority that is read again never makes the check of the server weaker") {
  const TempDir dir;
  const auto config = [&](const std::string& name, const std::string& cluster) {
    return dir.write(name,
                     "current-context: x\ncontexts: [{name: x, context: {cluster: c}}]\n"
                     "clusters: [{name: c, cluster: {server: \"https://one\"" +
                         cluster + "}}]\n");
  };
  const std::string first = make_certificate("first").certificate;
  const std::string second = make_certificate("second").certificate;
  dir.write("ca.crt", first);
  std::string files = config("config", ", certificate-authority: ca.crt");
  elector::kube::Environment environment;
  environment.variable = [&](const std::string& name) -> std::optional<std::string> {
    if (name == "KUBECONFIG") return files;
    return std::nullopt;
  };
  const auto connection = elector::kube::resolve({}, environment);
  REQUIRE(connection);
  const auto reload = elector::kube::reload_of({}, environment, *connection);
  const auto authority = [&] {
    const auto again = reload();
    REQUIRE(again);
    return again->authority;
  };
  CHECK(authority() == "");  // there is no change
  dir.write("ca.crt", second);
  CHECK(authority() == second);
  CHECK(authority() == "");
  dir.write("ca.crt", first);
  CHECK(authority() == first);
  config("config", "");
  CHECK(authority() == "");
  config("config", ", insecure-skip-tls-verify: true");
  CHECK(authority() == "");
  // Another file has come to name one.
  dir.write("ca.crt", second);
  files = config("other", ", certificate-authority: ca.crt");
  CHECK(authority() == "");
}

TEST_CASE("a pipe in a file's place is not read again, and delays no request") {
  const TempDir dir;
  elector::kube::Overrides flags;
  flags.kubeconfig = dir.path("config");
  REQUIRE(::mkfifo(flags.kubeconfig.c_str(), 0600) == 0);
  const elector::kube::Environment nothing;
  const auto again = elector::kube::reload_of(flags, nothing, {})();
  REQUIRE_FALSE(again);
  CHECK_CONTAINS(again.error().message, "is not a regular file, so it cannot be read again");
}

TEST_CASE("a plugin is run once for as long as its answer is good") {
  auto poller = make_poller();
  CountingPlugin plugin;
  Credentials credentials(*poller, plugin.source(expiring_in(1h)), {}, kEager);
  CHECK_FALSE(credentials.ready());
  CHECK(must(*poller, credentials).authorization == "Bearer token-1");
  CHECK(credentials.ready());
  CHECK(must(*poller, credentials).authorization == "Bearer token-1");
  CHECK(plugin.runs() == 1);
}

TEST_CASE(
    "several requests share one run of the plugin, and one that is forgotten is "
    "not called") {
  auto poller = make_poller();
  CountingPlugin plugin;
  Credentials credentials(*poller, plugin.source(), {}, kEager);
  int calls = 0;
  bool forgotten_called = false;
  credentials.get([&](const Expected<Auth>&) { ++calls; });
  const auto ticket = credentials.get([&](const Expected<Auth>&) { forgotten_called = true; });
  CHECK(ticket != 0);
  credentials.get([&](const Expected<Auth>&) { ++calls; });
  credentials.forget(ticket);
  REQUIRE(run_until(*poller, [&] { return calls >= 2; }));
  CHECK_FALSE(forgotten_called);
  CHECK(plugin.runs() == 1);
}

TEST_CASE("a plugin is run again when its answer has expired") {
  auto poller = make_poller();
  CountingPlugin plugin;
  Credentials credentials(*poller, plugin.source(expiring_in(-1s)), {}, kEager);
  CHECK(must(*poller, credentials).authorization ==
        "Bearer token-1");  // what it contains is tried at least once
  CHECK_FALSE(credentials.ready());
  CHECK(must(*poller, credentials).authorization == "Bearer token-2");
}

TEST_CASE("an answer that is about to expire is renewed before anyone has to wait") {
  auto poller = make_poller();
  CountingPlugin plugin;
  Credentials credentials(*poller, plugin.source(expiring_in(5s), "[ $n = 1 ] || sleep 0.1"), {},
                          kEager);
  must(*poller, credentials);
  // After four fifths of its life a run begins by itself; the answers are all due
  // to it.
  for (int i = 0; i < 600 && plugin.runs() < 2; ++i) poller->wait(100ms);
  CHECK(plugin.runs() >= 2);
}

TEST_CASE("an expiry in the year 9999 starts no timer") {
  auto poller = make_poller();
  CountingPlugin plugin;
  Credentials credentials(
      *poller, plugin.source(",\"expirationTimestamp\":\"9999-12-31T23:59:59Z\""), {}, kEager);
  must(*poller, credentials);
  must(*poller, credentials);
  poller->wait(0ms);
  CHECK(plugin.runs() == 1);
}

TEST_CASE(
    "refused credentials are fetched again, once for all the requests that were refused with "
    "them") {
  auto poller = make_poller();
  CountingPlugin plugin;
  Credentials credentials(*poller, plugin.source(), {}, kEager);
  const Auth first = must(*poller, credentials);
  credentials.invalidate(first.serial);
  CHECK_FALSE(credentials.ready());
  const Auth second = must(*poller, credentials);
  CHECK(second.authorization == "Bearer token-2");
  credentials.invalidate(first.serial);  // a late 401 to the old one
  CHECK(must(*poller, credentials).serial == second.serial);
  CHECK(plugin.runs() == 2);
}

TEST_CASE(
    "a plugin that fails is an error for waiting requests, and is tried again for the next one") {
  auto poller = make_poller();
  CountingPlugin plugin;
  Credentials credentials(*poller, plugin.source("", "[ $n != 1 ] || { echo sorry >&2; exit 7; }"),
                          {}, kEager);
  const auto auth = ask(*poller, credentials);
  REQUIRE_FALSE(auth);
  CHECK(auth.error().kind == Error::Kind::kCredentials);
  CHECK_CONTAINS(auth.error().message, "failed with exit code 7: sorry");
  CHECK(must(*poller, credentials).authorization == "Bearer token-2");
}

TEST_CASE("a plugin is not run more often than twice in a pause") {
  auto poller = make_poller();
  CountingPlugin plugin;
  Credentials::Limits limits = kEager;
  limits.plugin_pause = 300ms;
  Credentials credentials(*poller, plugin.source("", "exit 1"), {}, limits);
  const auto start = elector::kube::boot_now();
  for (int i = 0; i < 5; ++i) CHECK_FALSE(ask(*poller, credentials));
  CHECK(elector::kube::boot_now() - start >= 600ms);
  CHECK(plugin.runs() == 5);
}

TEST_CASE("a plugin's certificate counts as a generation only when it changes") {
  auto poller = make_poller();
  TempDir dir;
  const auto answer_with = [&](const elector::tests::TestCertificate& pair) {
    namespace json = elector::kube::json;
    dir.write(
        "answer",
        R"({"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1","status":{"clientCertificateData":)" +
            json::quote(pair.certificate) + R"(,"clientKeyData":)" + json::quote(pair.key) + "}}");
  };
  const auto one = make_certificate("one");
  const auto two = make_certificate("two");
  answer_with(one);
  CredentialSource source;
  source.exec = ExecPlugin();
  source.exec->command = dir.script("plugin", "cat " + dir.path("answer"));
  source.exec->api_version = "client.authentication.k8s.io/v1";
  Credentials credentials(*poller, source, {}, kEager);
  const Auth first = must(*poller, credentials);
  CHECK(first.authorization.empty());
  CHECK(first.client_certificate == one.certificate);
  credentials.invalidate(first.serial);
  const Auth same = must(*poller, credentials);
  CHECK(same.serial != first.serial);
  CHECK(same.generation == first.generation);
  credentials.invalidate(same.serial);
  answer_with(two);
  const Auth second = must(*poller, credentials);
  CHECK(second.client_certificate == two.certificate);
  CHECK(second.generation != first.generation);
}

TEST_CASE("callbacks may ask again, and end the credentials") {
  auto poller = make_poller();
  CountingPlugin plugin;
  auto credentials = std::make_unique<Credentials>(
      *poller, plugin.source("", "[ $n != 1 ] || exit 1"), Credentials::Reload(), kEager);
  int calls = 0;
  const Credentials::Callback retry = [&](const Expected<Auth>& auth) {
    ++calls;
    if (auth) {
      credentials.reset();
    } else {
      credentials->get(retry);
    }
  };
  credentials->get(retry);
  credentials->get([&](const Expected<Auth>&) { ++calls; });
  REQUIRE(run_until(*poller, [&] { return !credentials; }));
  CHECK(calls == 3);
  CHECK(plugin.runs() == 2);
}

TEST_CASE("credentials that end take a running plugin with them") {
  auto poller = make_poller();
  CountingPlugin plugin;
  const TempDir dir;
  const std::string file = dir.path("pid");
  pid_t pid = 0;
  {
    Credentials credentials(*poller, plugin.source("", "echo $$ > " + file + "; exec sleep 1000"),
                            {}, kEager);
    credentials.get([](const Expected<Auth>&) { CHECK(false); });
    REQUIRE(run_until(*poller, [&] {
      std::ifstream in(file);
      return static_cast<bool>(in >> pid);
    }));
  }
  CHECK(run_until(*poller, [&] { return ::kill(pid, 0) != 0; }));
}
