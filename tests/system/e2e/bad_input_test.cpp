// SPDX-License-Identifier: Apache-2.0
// Bad input, one row each: one clear line on stderr that names the flag or file, the right exit
// code, and a lock that was not touched.
#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/candidate.h"
#include "tests/support/cluster.h"

namespace elector::tests {
namespace {

struct BadInput {
  std::string what;
  std::vector<std::string> arguments;
  int exit_code;
  std::vector<std::string> names;  // what the line must have in it
  std::map<std::string, std::optional<std::string>> environment{};
};

// $LOCK in an argument stands for the election's name, $GOOD for a good kubeconfig, $DIR for a
// directory with the bad ones.
std::string filled(std::string text, const std::map<std::string, std::string>& values) {
  for (const auto& [name, value] : values) {
    for (std::size_t at = 0; (at = text.find(name, at)) != std::string::npos; at += value.size()) {
      text.replace(at, name.size(), value);
    }
  }
  return text;
}

void check(const BadInput& input, const std::map<std::string, std::string>& values) {
  CAPTURE(input.what);
  Command command{.arguments = {elector_binary()}, .environment = clean_environment()};
  for (const std::string& argument : input.arguments) {
    command.arguments.push_back(filled(argument, values));
  }
  for (const auto& [name, value] : input.environment) {
    command.environment[name] = value ? std::optional(filled(*value, values)) : value;
  }
  Process process(command);
  CHECK(process.wait_exit() == input.exit_code);
  const auto lines = process.lines(Process::Stream::kErr);
  const std::string text = process.text(Process::Stream::kErr);
  CAPTURE(text);
  CHECK(lines.size() == 1);
  CHECK(text.find("elector") == 0);
  for (const std::string& name : input.names) {
    CAPTURE(name);
    CHECK(text.find(filled(name, values)) != std::string::npos);
  }
  CHECK(process.lines(Process::Stream::kOut).empty());
}

std::string kubeconfig_text(const std::string& cluster, const std::string& user,
                            const std::string& rest = "") {
  return "apiVersion: v1\nkind: Config\ncurrent-context: c\n"
         "contexts: [{name: c, context: {cluster: k, user: u}}]\n"
         "clusters: [{name: k, cluster: {" +
         cluster + "}}]\n" + user + "\n" + rest;
}

// The files that the rows below speak of.
void write_files(const TempDir& dir) {
  const std::string user = "users: [{name: u, user: {token: t}}]";
  const std::string server = "server: 'https://127.0.0.1:1'";
  dir.write("empty", "");
  dir.write("no-yaml", "{ this: is, no: [yaml\n");
  dir.write("a-list", "- one\n- two\n");
  dir.write("dangling-user", kubeconfig_text(server, "users: []"));
  dir.write("dangling-cluster",
            "apiVersion: v1\nkind: Config\ncurrent-context: c\n"
            "contexts: [{name: c, context: {cluster: k, user: u}}]\n" +
                user);
  dir.write("no-certificate", "this is no certificate\n");
  dir.write("bad-ca", kubeconfig_text(server + ", certificate-authority: no-certificate", user));
  dir.write("missing-ca",
            kubeconfig_text(server + ", certificate-authority: /nowhere/ca.crt", user));
  dir.write("bad-ca-data",
            kubeconfig_text(server + ", certificate-authority-data: bm8gY2VydGlmaWNhdGU=", user));
  dir.write("bad-scheme", kubeconfig_text("server: 'ftp://k8s.example.com'", user));
  dir.write("no-context", kubeconfig_text(server, user));
  ::mkdir(dir.path("directory").c_str(), 0700);
}

}  // namespace

TEST_SUITE("bad input") {
  TEST_CASE("each mistake on the command line is one clear line, exit 2") {
    const ElectionName election(Cluster::get().api(), "bad");
    const std::map<std::string, std::string> values = {{"$LOCK", election.text()},
                                                       {"$GOOD", Cluster::get().kubeconfig()}};
    const auto run = [](std::vector<std::string> more) {
      std::vector<std::string> all = {"run", "--kubeconfig=$GOOD", "--election=$LOCK", "--id=a"};
      all.insert(all.end(), more.begin(), more.end());
      return all;
    };
    const std::vector<BadInput> rows = {
        {"a missing --election", {"run", "--kubeconfig=$GOOD"}, 2, {"--election"}},
        {"an empty --election", {"run", "--kubeconfig=$GOOD", "--election="}, 2, {"--election"}},
        {"an empty --id", {"run", "--kubeconfig=$GOOD", "--election=$LOCK", "--id="}, 2, {"--id"}},
        {"a ttl of 0", run({"--ttl=0"}), 2, {"--ttl", "2s"}},
        {"a ttl of 1s", run({"--ttl=1s"}), 2, {"--ttl", "2s"}},
        {"a ttl of 2500ms", run({"--ttl=2500ms"}), 2, {"--ttl", "2500ms", "whole"}},
        {"a ttl of -3s", run({"--ttl=-3s"}), 2, {"--ttl"}},
        {"a ttl of abc", run({"--ttl=abc"}), 2, {"--ttl", "abc"}},
        {"a ttl beyond the record's 32 bits", run({"--ttl=600000h"}), 2, {"--ttl"}},
        {"a ttl beyond any number", run({"--ttl=99999999999999999999h"}), 2, {"--ttl"}},
        {"a renew deadline above the ttl",
         run({"--ttl=5s", "--renew-deadline=6s"}),
         2,
         {"--renew-deadline", "6s", "5s"}},
        {"a renew deadline of the ttl", run({"--renew-deadline=10s"}), 2, {"--renew-deadline"}},
        {"a renew deadline below the retry period",
         run({"--renew-deadline=3s", "--retry-period=4s"}),
         2,
         {"--renew-deadline"}},
        {"a retry period of 0", run({"--retry-period=0"}), 2, {"--retry-period"}},
        {"a negative release delay", run({"--release-delay=-1s"}), 2, {"--release-delay"}},
        {"two spellings that differ",
         run({"--ttl=5s", "--lease-duration=6s"}),
         2,
         {"--ttl", "--lease-duration"}},
        {"a word and --election that differ", run({"other"}), 2, {"--election", "other"}},
        {"an unknown lock kind", run({"--lock=secrets"}), 2, {"--lock", "secrets", "leases"}},
        {"a name that is no DNS subdomain",
         {"run", "--kubeconfig=$GOOD", "--election=No_Name"},
         2,
         {"--election", "No_Name"}},
        {"a namespace that is none", run({"--namespace=a.b"}), 2, {"--namespace"}},
        {"an --http that is no address", run({"--http=nonsense"}), 2, {"--http", "nonsense"}},
        {"an --http port that is none", run({"--http=localhost:65536"}), 2, {"--http", "65536"}},
        {"an unknown flag", run({"--elction=x"}), 2, {"--elction"}},
        {"a flag without its value", {"run", "--election"}, 2, {"--election"}},
        {"an unknown command", {"rnu", "--election=$LOCK"}, 2, {"rnu", "run"}},
        {"a bad value in the environment",
         run({}),
         2,
         {"ELECTOR_TTL", "1s"},
         {{"ELECTOR_TTL", "1s"}}},
        {"a server URL of another scheme on the command line",
         {"run", "--election=$LOCK", "--server=ftp://k8s.example.com:6443"},
         2,
         {"--server"}},
    };
    for (const BadInput& row : rows) check(row, values);
    CHECK_FALSE(Cluster::get().api().get(election.lease()));
  }

  TEST_CASE("each mistake in a kubeconfig is one clear line that names the file, exit 1") {
    const ElectionName election(Cluster::get().api(), "badfile");
    const TempDir dir;
    write_files(dir);
    const std::map<std::string, std::string> values = {
        {"$LOCK", election.text()}, {"$GOOD", Cluster::get().kubeconfig()}, {"$DIR", dir.path()}};
    const auto with = [](const std::string& file, std::vector<std::string> more = {}) {
      std::vector<std::string> all = {"run", "--election=$LOCK", "--id=a",
                                      "--kubeconfig=$DIR/" + file};
      all.insert(all.end(), more.begin(), more.end());
      return all;
    };
    const std::vector<BadInput> rows = {
        {"missing", with("nowhere"), 1, {"$DIR/nowhere"}},
        {"a directory", with("directory"), 1, {"$DIR/directory"}},
        {"empty", with("empty"), 1, {"$DIR/empty"}},
        {"no YAML", with("no-yaml"), 1, {"$DIR/no-yaml"}},
        {"YAML of another shape", with("a-list"), 1, {"$DIR/a-list"}},
        {"without the context", with("no-context", {"--context=other"}), 1, {"other"}},
        {"with a dangling user", with("dangling-user"), 1, {"\"u\""}},
        {"with a dangling cluster", with("dangling-cluster"), 1, {"\"k\""}},
        {"with a CA file that is no certificate", with("bad-ca"), 1, {"$DIR/no-certificate"}},
        {"with a CA file that is missing", with("missing-ca"), 1, {"/nowhere/ca.crt"}},
        {"with CA data that is no certificate",
         with("bad-ca-data"),
         1,
         {"certificate-authority-data"}},
        {"with a server URL of another scheme", with("bad-scheme"), 1, {"ftp"}},
        {"$KUBECONFIG that is missing",
         {"run", "--election=$LOCK"},
         1,
         {"$DIR/nowhere"},
         {{"KUBECONFIG", "$DIR/nowhere"}}},
        {"no configuration at all", {"run", "--election=$LOCK"}, 1, {"kubeconfig"}},
    };
    for (const BadInput& row : rows) check(row, values);
    CHECK_FALSE(Cluster::get().api().get(election.lease()));
  }

  TEST_CASE("a kubeconfig that may not be read is one clear line that names it, exit 1") {
    const TempDir dir;
    dir.write("closed", "apiVersion: v1\n");
    ::chmod(dir.path("closed").c_str(), 0);
    Command command{.arguments = {elector_binary(), "run", "--election=x",
                                  "--kubeconfig=" + dir.path("closed")},
                    .environment = clean_environment()};
    if (::geteuid() == 0) {  // root reads everything, unless restricted
      command.arguments.insert(command.arguments.begin(),
                               {"setpriv", "--bounding-set=-dac_override,-dac_read_search"});
    }
    Process process(command);
    CHECK(process.wait_exit() == 1);
    const auto lines = process.lines(Process::Stream::kErr);
    REQUIRE(lines.size() == 1);
    CHECK(lines[0].text.find(dir.path("closed")) != std::string::npos);
    CHECK(lines[0].text.find("denied") != std::string::npos);
  }

  TEST_CASE("help and version go to stdout, exit 0") {
    for (const std::string word : {"--help", "--version", "help"}) {
      CAPTURE(word);
      Process process(
          Command{.arguments = {elector_binary(), word}, .environment = clean_environment()});
      CHECK(process.wait_exit() == 0);
      CHECK_FALSE(process.lines(Process::Stream::kOut).empty());
      CHECK(process.lines(Process::Stream::kErr).empty());
    }
  }
}

}  // namespace elector::tests
