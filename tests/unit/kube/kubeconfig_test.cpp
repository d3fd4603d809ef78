// SPDX-License-Identifier: Apache-2.0
#include "kube/config/kubeconfig.h"

#include <doctest/doctest.h>

#include <string>
#include <utility>
#include <vector>

#include "kube/config/yaml_json.h"
#include "tests/support/contains.h"
#include "yaml-cpp/yaml.h"

using elector::kube::Kubeconfig;
using elector::kube::parse_kubeconfig;

namespace {

constexpr const char* kPath = "/etc/kube/config";

Kubeconfig parse(const std::string& text, const std::string& path = kPath) {
  auto config = parse_kubeconfig(text, path);
  const std::string error = config ? "" : config.error().message;
  REQUIRE_MESSAGE(config, error);
  return *config;
}

std::string json_of(const std::string& yaml) {
  return elector::kube::yaml_to_json(YAML::Load(yaml)).value_or("(none)");
}

}  // namespace

TEST_CASE("a kubeconfig's fields are all read") {
  const Kubeconfig config = parse(R"(
apiVersion: v1
kind: Config
preferences: {}
current-context: dev
clusters:
- name: a
  cluster:
    server: https://a:6443/prefix
    tls-server-name: inner
    insecure-skip-tls-verify: false
    certificate-authority: /ca.pem
    certificate-authority-data: Q0E=
    proxy-url: socks5://proxy:1080
    extensions:
    - name: other
      extension: 1
    - name: client.authentication.k8s.io/exec
      extension: {audience: "06e3", level: 3, on: true}
users:
- name: u
  user:
    client-certificate-data: Q0VSVA==
    client-key: /key.pem
    token: t0k3n
    tokenFile: /token
    username: me
    password: secret
    as: you
    as-uid: "7"
    as-groups: [x, z]
    as-user-extra: {reason: [a, b]}
    exec:
      apiVersion: client.authentication.k8s.io/v1
      command: plugin
      args: [get, token]
      env: [{name: A, value: b}]
      installHint: get it
      interactiveMode: Never
      provideClusterInfo: true
contexts:
- name: dev
  context: {cluster: a, user: u, namespace: team}
)");
  CHECK(config.current_context == "dev");
  const auto& cluster = config.clusters.at("a");
  CHECK(cluster.file == kPath);
  CHECK(cluster.server == "https://a:6443/prefix");
  CHECK(cluster.tls_server_name == "inner");
  CHECK_FALSE(cluster.insecure_skip_tls_verify);
  CHECK(cluster.certificate_authority == "/ca.pem");
  CHECK(cluster.certificate_authority_data == "Q0E=");
  CHECK(cluster.proxy_url == "socks5://proxy:1080");
  CHECK(cluster.exec_config_json == R"({"audience":"06e3","level":3,"on":true})");
  const auto& user = config.users.at("u");
  CHECK(user.client_certificate_data == "Q0VSVA==");
  CHECK(user.client_key == "/key.pem");
  CHECK(user.token == "t0k3n");
  CHECK(user.token_file == "/token");
  CHECK(user.username == "me");
  CHECK(user.password == "secret");
  CHECK(user.as == "you");
  CHECK(user.as_uid == "7");
  CHECK(user.as_groups == std::vector<std::string>{"x", "z"});
  REQUIRE(user.as_user_extra.size() == 1);
  CHECK(user.as_user_extra[0].second == std::vector<std::string>{"a", "b"});
  REQUIRE(user.exec);
  CHECK(user.exec->command == "plugin");
  CHECK(user.exec->args == std::vector<std::string>{"get", "token"});
  CHECK(user.exec->env[0] == std::pair<std::string, std::string>{"A", "b"});
  CHECK(user.exec->provide_cluster_info);
  CHECK(config.contexts.at("dev").namespace_ == "team");
}

TEST_CASE("a kubeconfig may be JSON, indented with tabs") {
  const Kubeconfig config = parse(
      "{\n\t\"kind\": \"Config\",\n\t\"clusters\":[{\"name\":\"a\",\n\t\t\"cluster\":{\"server\":"
      "\"https:\\/\\/a\"}}],\"users\":null}\n");
  CHECK(config.clusters.at("a").server == "https://a");
}

TEST_CASE("relative paths are resolved against the file that names them") {
  const std::string text = R"(
clusters: [{name: c, cluster: {certificate-authority: ca.pem}}]
users:
- {name: a, user: {client-certificate: ../pki/a.pem, client-key: /abs/a.key, tokenFile: ./token}}
- {name: b, user: {exec: {command: bin/plugin}}}
- {name: c, user: {exec: {command: plugin}}}
- {name: d, user: {exec: {command: ./plugin}}}
)";
  const Kubeconfig config = parse(text, "/home/me/.kube/config");
  CHECK(config.clusters.at("c").certificate_authority == "/home/me/.kube/ca.pem");
  CHECK(config.users.at("a").client_certificate == "/home/me/pki/a.pem");
  CHECK(config.users.at("a").client_key == "/abs/a.key");
  CHECK(config.users.at("a").token_file == "/home/me/.kube/token");
  CHECK(config.users.at("b").exec->command == "/home/me/.kube/bin/plugin");
  CHECK(config.users.at("c").exec->command == "plugin");  // for PATH
  const Kubeconfig here = parse(text, "config");
  CHECK(here.clusters.at("c").certificate_authority == "ca.pem");
  CHECK(here.users.at("d").exec->command ==
        "./plugin");  // not for PATH, though beside a relative path
}

TEST_CASE("an empty value is not text, and quotes make text of everything") {
  const Kubeconfig config = parse(
      "users: [{name: u, user: {username: \"0123\", password: 'yes', token: ~}},\n"
      "        {name: !!str 7, user: {}}]\n"
      "contexts: [{name: x, context: }]\n");
  CHECK(config.users.at("u").username == "0123");
  CHECK(config.users.at("u").password == "yes");
  CHECK(config.users.at("u").token.empty());
  CHECK(config.users.count("7") == 1);
  CHECK(config.contexts.at("x").cluster.empty());
}

TEST_CASE("what a mapping merges replaces what it does not set itself") {
  const Kubeconfig config = parse(R"(
x-far: &far {proxy-url: "http://far", server: "https://far", tls-server-name: far}
x-near: &near {<<: *far, tls-server-name: near}
x-exec: &exec {apiVersion: v1, args: [a]}
x-extra: &extra {team: [one], reason: [base]}
clusters:
- name: one
  cluster: {server: "https://own", <<: *near}
- name: list
  cluster:
    <<: [{server: "https://first"}, *far]
    tls-server-name:
- name: quoted
  cluster: {"<<": *far, server: "https://own"}
- &entry
  name: whole
  cluster: *far
- <<: *entry
  name: renamed
users:
- name: u
  user:
    exec: {<<: *exec, command: plugin}
    as: x
    as-user-extra: {reason: [own], <<: *extra}
)");
  const auto& one = config.clusters.at("one");
  CHECK(one.server == "https://own");
  CHECK(one.tls_server_name == "near");
  CHECK(one.proxy_url == "http://far");
  const auto& list = config.clusters.at("list");
  CHECK(list.server == "https://first");
  CHECK(list.tls_server_name == "");  // which it does set
  CHECK(list.proxy_url == "http://far");
  CHECK(config.clusters.at("quoted").proxy_url == "");
  CHECK(config.clusters.at("renamed").server == "https://far");
  const auto& user = config.users.at("u");
  REQUIRE(user.exec);
  CHECK(user.exec->api_version == "v1");
  CHECK(user.exec->args == std::vector<std::string>{"a"});
  const std::vector<std::pair<std::string, std::vector<std::string>>> extra{{"reason", {"own"}},
                                                                            {"team", {"one"}}};
  CHECK(user.as_user_extra == extra);
  CHECK(json_of("a: &a {x: 1, y: 2}\nb: {y: 3, <<: *a}\n") ==
        R"({"a":{"x":1,"y":2},"b":{"y":3,"x":1}})");
}

TEST_CASE("blank text is an empty kubeconfig") {
  for (const char* text : {"", "\n", "# nothing\n", "---\n", "{}", "null"}) {
    CHECK(parse(text).empty());
  }
}

TEST_CASE("an error in a kubeconfig is reported with its line and field") {
  const std::vector<std::pair<std::string, std::string>> cases{
      {"clusters: [", "/etc/kube/config: line 1: is not valid YAML"},
      {"a: b\n\tc: d\n", "/etc/kube/config: line 2: is not valid YAML: illegal tab"},
      {"just text", "/etc/kube/config: is not a kubeconfig: no mapping"},
      {"- a\n- b\n", "/etc/kube/config: is not a kubeconfig: no mapping"},
      {std::string("a\0b", 3), "/etc/kube/config: is not a kubeconfig but binary data"},
      {"clusters: [{name: \"\xff\"}]\n",
       "/etc/kube/config: is not a kubeconfig: its text is not UTF-8"},
      {"users: [{name: \"a\\nb\", user: 7}]\n", "line 1: user \"a b\" must be a mapping"},
      {"kind: Pod\napiVersion: v1\n", "/etc/kube/config: is v1 Pod, not a kubeconfig (v1 Config)"},
      {"apiVersion: v2\n", "/etc/kube/config: is v2, not a kubeconfig"},
      {"clusters: foo\n", "/etc/kube/config: line 1: clusters must be a list"},
      {"\nusers: [7]\n", "/etc/kube/config: line 2: users must be a mapping"},
      {"users:\n- name: u\n  user: 3\n", "/etc/kube/config: line 3: user \"u\" must be a mapping"},
      {"users: [{name: u, user: {token: [a]}}]\n", "user \"u\": token must be a string"},
      {"users: [{name: u, user: {as-groups: a}}]\n", "user \"u\": as-groups must be a list"},
      {"users: [{name: u, user: {as-groups: [[a]]}}]\n", "as-groups must be a list of strings"},
      {"users: [{name: u, user: {exec: x}}]\n", "user \"u\": exec must be a mapping"},
      {"clusters: [{name: c, cluster: {insecure-skip-tls-verify: \"true\"}}]\n",
       "cluster \"c\": insecure-skip-tls-verify must be true or false, without quotes"},
      {"users: [{name: u}, {name: u}]\n", "two users are named \"u\""},
      {"a: *nowhere\n", "is not valid YAML: the referenced anchor"},
      {"users: [{name: u, user: {<<: 7}}]\n",
       "line 1: user \"u\": \"<<\" must be a mapping or a list of mappings"},
      {"users: [{name: u, user: &u {<<: *u}}]\n", "at most 100 in all"},
      {"a: &a {}\nb: &b {<<: [*a, *a, *a, *a]}\nc: &c {<<: [*b, *b, *b, *b]}\n"
       "d: &d {<<: [*c, *c, *c, *c]}\nusers: [{name: u, user: {<<: [*d, *d, *d, *d]}}]\n",
       "at most 100 in all"},
      {std::string(20000, '['), "is not valid YAML"},
  };
  for (const auto& row : cases) {
    const std::string& text = row.first;
    const std::string& expected = row.second;
    CAPTURE(expected);
    const auto config = parse_kubeconfig(text, kPath);
    REQUIRE_FALSE(config);
    CHECK_MESSAGE(config.error().message.find(expected) != std::string::npos,
                  config.error().message);
    CHECK(config.error().message.find('\n') == std::string::npos);
  }
}

TEST_CASE(
    "in a merge the first file's entry is taken whole, and the first current-context is used") {
  Kubeconfig merged =
      parse("users: [{name: red, user: {token: first}}]\ncontexts: [{name: x}]\n", "one");
  elector::kube::merge_kubeconfig(
      merged, parse("current-context: x\nusers: [{name: red, user: {token: second, as: someone}}, "
                    "{name: blue, user: {token: third}}]\n",
                    "two"));
  elector::kube::merge_kubeconfig(merged, parse("current-context: z\n", "three"));
  CHECK(merged.users.at("red").token == "first");
  CHECK(merged.users.at("red").as.empty());
  CHECK(merged.users.at("red").file == "one");
  CHECK(merged.users.at("blue").file == "two");
  CHECK(merged.current_context == "x");
  CHECK(merged.file_list() == "one, two, three");
}

TEST_CASE("YAML becomes JSON with the types that kubectl's YAML reader gives it") {
  CHECK(json_of("{a: 1, b: -2.5e3, c: \"1\", d: yes, e: ~, f: [x, {}], g: 01, h: 0x10}") ==
        R"({"a":1,"b":-2.5e3,"c":"1","d":true,"e":null,"f":["x",{}],"g":"01","h":"0x10"})");
  CHECK(json_of("? [a]\n: b\n") == "(none)");
  // Fifty doublings by alias: small to write, endless to write out.
  std::string bomb = "a0: &a0 [x, x]\n";
  for (int i = 1; i < 50; ++i) {
    bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [*a" + std::to_string(i - 1) +
            ", *a" + std::to_string(i - 1) + "]\n";
  }
  CHECK(json_of(bomb) == "(none)");
}

TEST_CASE("a key that is in one mapping twice is refused, with both lines") {
  struct Row {
    const char* text;
    const char* expected;
  };
  for (const Row& row : std::vector<Row>{
           {"users:\n- name: u\n  user:\n    token: a\n    token: b\n",
            "line 5: the key \"token\" is in this mapping twice (first on line 4)"},
           {"users: [{name: u, user: {token: a, token: b}}]", "line 1: the key \"token\""},
           {"users: [{name: u, user: {token: a, \"token\": b}}]", "the key \"token\""},
           {"users: [{name: u, user: {'token': a, \"token\": b}}]", "the key \"token\""},
           {"users: [{name: u, user: {\"tok\\u0065n\": a, token: b}}]", "the key \"token\""},
           {"users: [{name: u, user: {token: a, token: a}}]", "the key \"token\""},
           {"users: [{name: u, user: {token: a, token: }}]", "the key \"token\""},
           {"users: [{name: u, user: {token: a, ? token : b}}]", "the key \"token\""},
           {"users: [{name: u, user: {&k token: a, *k : b}}]", "the key \"token\""},
           {"users: []\nclusters: []\nusers: []\n", "line 3: the key \"users\""},
           {"current-context: a\ncurrent-context: b\n", "line 2: the key \"current-context\""},
           {"a: &a {x: 1}\nb: &b {y: 1}\nc:\n  <<: *a\n  <<: *b\n", "line 5: the key \"<<\""},
           {"c:\n  <<: {x: 1, x: 2}\n", "line 2: the key \"x\""},
           {"users: [{name: u, user: {as-user-extra: {k: [a], k: [b]}}}]", "the key \"k\""},
           {"extensions: [[[{deep: {a: 1, b: 2, a: 3}}]]]", "the key \"a\""},
           {"preferences: {1: a, \"1\": b}", "the key \"1\""},
           {"{\"users\": [\n {\"name\": \"u\",\n  \"name\": \"v\"}]}", "line 3: the key \"name\""},
           {"{\"users\": [], \"users\": []}", "line 1: the key \"users\""},
           {"users: [{name: u, user: {exec: {env: [{name: A, name: B}]}}}]", "the key \"name\""}}) {
    CAPTURE(row.text);
    const auto config = parse_kubeconfig(row.text, kPath);
    REQUIRE_FALSE(config);
    CHECK_CONTAINS(config.error().message, std::string(kPath) + ": line ");
    CHECK_CONTAINS(config.error().message, row.expected);
    CHECK(config.error().message.find('\n') == std::string::npos);
  }
}

TEST_CASE("a key that is in several mappings, or that replaces a merged one, is not a repetition") {
  const Kubeconfig config = parse(R"(
base: &base {token: t, username: ""}
users:
- {name: u, user: {<<: *base, token: own}}
- {name: v, user: {<<: [*base, {token: other}]}}
- {name: token, user: {token: token}}
---
users: []
users: []
)");
  CHECK(config.users.at("u").token == "own");
  CHECK(config.users.at("v").token == "t");
  CHECK(config.users.at("token").token == "token");
}

TEST_CASE("what kubectl takes for a number or a boolean is not a string, in every field of text") {
  struct Row {
    const char* value;
    const char* kind;  // "" for a string
  };
  // As `kubectl config view` has it (1.32).
  for (const Row& row : std::vector<Row>{{"y", "a boolean"},
                                         {"yes", "a boolean"},
                                         {"true", "a boolean"},
                                         {"n", "a boolean"},
                                         {"5", "a number"},
                                         {"12345", "a number"},
                                         {"0x1f", "a number"},
                                         {"1_000", "a number"},
                                         {"12_", "a number"},
                                         {"08", "a number"},
                                         {"0b101", "a number"},
                                         {"-0b11", "a number"},
                                         {"0o17", "a number"},
                                         {"+12", "a number"},
                                         {"1e5", "a number"},
                                         {"1.", "a number"},
                                         {".5", "a number"},
                                         {".inf", "a number"},
                                         {"99999999999999999999999", "a number"},
                                         {"0x1ffffffffffffffffffffff", ""},
                                         {"123e4567", ""},
                                         {".e3", ""},
                                         {"1:30", ""},
                                         {"2001-01-01", ""},
                                         {"1.2.3", ""},
                                         {"12ab", ""},
                                         {"!!str 5", ""},
                                         {"\"5\"", ""},
                                         {"'true'", ""}}) {
    for (const char* where :
         {"users: [{name: u, user: {token: %}}]", "users: [{name: %, user: {}}]",
          "users: [{name: u, user: {as-groups: [%]}}]",
          "clusters: [{name: c, cluster: {server: %}}]",
          "users: [{name: u, user: {exec: {args: [%]}}}]",
          "users: [{name: u, user: {exec: {env: [{name: A, value: %}]}}}]"}) {
      std::string text = where;
      text.replace(text.find('%'), 1, row.value);
      CAPTURE(text);
      const auto config = parse_kubeconfig(text, kPath);
      CHECK(config.has_value() == std::string(row.kind).empty());
      if (config) continue;
      CHECK_CONTAINS(config.error().message, std::string(kPath) + ": line 1: ");
      CHECK_CONTAINS(config.error().message,
                     std::string(row.value) + " is " + row.kind + "; put it in quotes");
    }
  }
}
