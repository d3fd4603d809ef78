// What elector holds and nobody else is to see: credentials in logs, in messages, in what it
// starts, and in what it leaves behind.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>

#include "tests/e2e/exec_fixture.h"
#include "tests/e2e/lone_server.h"

namespace elector::tests {
namespace {

// A user of a kubeconfig, and what of it must never be seen.
struct Secret {
  std::string what;
  std::string user;  // YAML, in flow style
  std::string secret;
  std::string cluster = "";  // more of the cluster
  std::vector<std::string> flags{};
  std::map<std::string, std::optional<std::string>> environment{};
};

std::string kubeconfig_of(const ApiServer& server, const TempDir& dir, const Secret& secret) {
  return "apiVersion: v1\nkind: Config\ncurrent-context: c\n"
         "contexts: [{name: c, context: {cluster: k, user: u}}]\n"
         "users: [{name: u, user: {" +
         secret.user + "}}]\nclusters: [{name: k, cluster: {server: 'https://127.0.0.1:" +
         std::to_string(server.port()) + "', certificate-authority: " + dir.path("ca.crt") +
         secret.cluster + "}}]\n";
}

std::string plugin(const std::string& script) {
  return "exec: {apiVersion: client.authentication.k8s.io/v1, interactiveMode: Never, command: sh, "
         "args: ['-c', '" +
         script + "']}";
}

std::string credential(const std::string& status) {
  return R"(echo "{\"apiVersion\":\"client.authentication.k8s.io/v1\",)"
         R"(\"kind\":\"ExecCredential\",\"status\":)" +
         status + "}\"";
}

// A line out of the middle of a PEM file.
std::string line_of(const std::string& pem) {
  const std::size_t first = pem.find('\n') + 1;
  return pem.substr(first, pem.find('\n', first) - first);
}

std::vector<Secret> secrets(const TempDir& dir, const std::string& key) {
  const std::string certificate = "client-certificate: " + dir.path("client.crt");
  dir.write("client.key", key);
  dir.write("token", "token-of-a-file");
  dir.write("broken.key", "-----BEGIN PRIVATE KEY-----\nbm8ga2V5\n-----END PRIVATE KEY-----\n");
  return {
      {"a token", "token: admin-token", "admin-token"},
      {"a wrong token", "token: wrong-token", "wrong-token"},
      {"a wrong token of a file", "tokenFile: " + dir.path("token"), "token-of-a-file"},
      {"a token that is no header", "token: \"two\\nlines-token\"", "lines-token"},
      {"a password", "username: admin, password: admin-password", "admin-password"},
      {"a wrong password", "username: admin, password: wrong-password", "wrong-password"},
      {"a client key", certificate + ", client-key: " + dir.path("client.key"), line_of(key)},
      {"a broken client key", certificate + ", client-key: " + dir.path("broken.key"), "bm8ga2V5"},
      {"a key that is no base64", certificate + ", client-key-data: 'secret key data'",
       "secret key"},
      {"a plugin's token", plugin(credential(R"({\"token\":\"admin-token\"})")), "admin-token"},
      {"a plugin's broken answer", plugin(credential(R"({\"token\":[\"odd-token\"]})")),
       "odd-token"},
      {"what a failing plugin prints", plugin("echo printed-token; exit 3"), "printed-token"},
      {"the token on the command line", "", "flag-token", "", {"--token=flag-token"}},
      {"the token in the environment",
       "",
       "variable-token",
       "",
       {},
       {{"ELECTOR_TOKEN", "variable-token"}}},
      {"a proxy's password", "token: admin-token", "proxy-password",
       ", proxy-url: 'http://user:proxy-password@127.0.0.1:1'"},
      {"a broken proxy's password", "token: admin-token", "proxy-password",
       ", proxy-url: 'http://user:proxy-password@:x'"},
      {"a password in the server's URL",
       "token: admin-token",
       "server-password",
       "",
       {"--server=https://user:server-password@127.0.0.1:1"}},
  };
}

void look_for(const ApiServer& server, const TempDir& dir, const Secret& secret,
              const std::string& format, int number) {
  CAPTURE(secret.what);
  const std::string file = dir.write("kubeconfig-" + std::to_string(number) + format,
                                     kubeconfig_of(server, dir, secret));
  Candidate candidate({.kubeconfig = file,
                       .election = "example-" + std::to_string(number) + format,
                       .id = "a",
                       .more = {"-vvv", "--log-format=" + format, "--request-timeout=1s"},
                       .environment = secret.environment});
  Process& process = candidate.process();
  // Until it is clear what comes of it.
  CHECK(eventually(
      [&] { return candidate.printed() > 0 || candidate.logged() > 4 || !process.running(); }));
  if (process.running()) {
    http_get(candidate.http_address(), "/metrics");
    candidate.terminate();
  }
  const std::string seen = candidate.output() + candidate.log();
  CAPTURE(seen);
  CHECK_FALSE(seen.empty());
  CHECK(seen.find(secret.secret) == std::string::npos);
  CHECK(seen.find("admin-token") == std::string::npos);
}

// What there is of descriptors above the standard ones, as `ls -l` shows it.
const std::string kDescriptors =
    "for f in /proc/self/fd/*; do echo fd ${f##*/} $(readlink $f); done";

// A descriptor of the test's own that everything it starts inherits.
class Inherited {
 public:
  Inherited() : fd_(::fcntl(STDIN_FILENO, F_DUPFD, kNumber)) { REQUIRE(fd_ == kNumber); }
  ~Inherited() { ::close(fd_); }
  Inherited(const Inherited&) = delete;
  Inherited& operator=(const Inherited&) = delete;

  static constexpr int kNumber = 177;

 private:
  int fd_;
};

// Of the lines "fd N TARGET", whether they show what was inherited and nothing of elector's.
void check_descriptors(const std::vector<std::string>& lines) {
  bool inherited = false;
  for (const std::string& line : lines) {
    CAPTURE(line);
    inherited = inherited || line.starts_with("fd " + std::to_string(Inherited::kNumber) + " ");
    CHECK(line.find("socket:") == std::string::npos);
    CHECK(line.find("anon_inode:") == std::string::npos);
  }
  CHECK(inherited);
}

std::vector<std::string> lines_with(const Process& process, const std::string& text) {
  std::vector<std::string> found;
  for (const auto stream : {Process::Stream::kOut, Process::Stream::kErr}) {
    for (const Line& line : process.lines(stream)) {
      if (line.text.find(text) != std::string::npos) found.push_back(line.text);
    }
  }
  return found;
}

}  // namespace

TEST_SUITE("secrets") {
  TEST_CASE("no credential is in any line of output or log, at any verbosity, in any format") {
    const ApiServer server;
    const TempDir dir;
    dir.write("ca.crt", server.file("ca.crt"));
    dir.write("client.crt", server.file("client.crt"));
    std::vector<std::function<void()>> scenarios;
    int number = 0;
    for (const Secret& secret : secrets(dir, server.file("client.key"))) {
      ++number;
      for (const char* format : {"text", "json"}) {
        scenarios.push_back([&server, &dir, secret, format, number] {
          look_for(server, dir, secret, format, number);
        });
      }
    }
    together(scenarios);
  }

  TEST_CASE("what exec runs sees no token and no descriptor of elector's, in a later term too") {
    const ElectionName election(Cluster::get().api(), "secrets");
    const Inherited descriptor;
    Command command = exec_command(
        {.election = election.text(),
         .command = {
             "sh", "-c",
             kDescriptors + "; env; cat /proc/$$/cmdline; echo; echo done; exec sleep 600"}});
    if (!Cluster::get().is_real()) command.environment["ELECTOR_TOKEN"] = "admin-token";
    Contender contender(command);
    REQUIRE(contender.says("done"));
    Process resign(Command{.arguments = {elector_binary(), "resign", election.text(),
                                         "--kubeconfig=" + Cluster::get().kubeconfig()},
                           .environment = clean_environment()});
    CHECK(resign.wait_exit() == 0);
    REQUIRE(eventually([&] { return lines_with(contender.process(), "done").size() == 2; }));
    check_descriptors(lines_with(contender.process(), "fd "));
    CHECK(lines_with(contender.process(), "admin-token").empty());
    contender.signal(SIGTERM);
    CHECK(contender.process().wait_exit() == 128 + SIGTERM);
  }

  TEST_CASE("what watch runs sees no token and no descriptor of elector's") {
    const ElectionName election(Cluster::get().api(), "secrets");
    const Inherited descriptor;
    Command command{.arguments = {elector_binary(), "watch", election.text(),
                                  "--kubeconfig=" + Cluster::get().kubeconfig(),
                                  "--exec=" + kDescriptors +
                                      "; env; tr '\\0' ' ' < /proc/$$/cmdline; echo; echo done"},
                    .environment = clean_environment()};
    if (!Cluster::get().is_real()) command.environment["ELECTOR_TOKEN"] = "admin-token";
    Process watch(command);
    REQUIRE(watch.wait_for_line(Process::Stream::kOut, equal_to("done")));
    Candidate candidate(
        {.kubeconfig = Cluster::get().kubeconfig(), .election = election.text(), .id = "a"});
    REQUIRE(eventually([&] { return lines_with(watch, "done").size() >= 2; }));
    check_descriptors(lines_with(watch, "fd "));
    CHECK(lines_with(watch, "admin-token").empty());
    candidate.terminate();
  }

  TEST_CASE("the command line of elector and of its guard does not go on showing the token") {
    if (Cluster::get().is_real()) return;  // of a real server there is no token to give
    const ElectionName election(Cluster::get().api(), "secrets");
    for (const bool joined : {true, false}) {
      Words words = exec_words(
          {.election = election.text(),
           .more = joined ? Words{"--token=admin-token"} : Words{"--token", "admin-token"},
           .command = {"sh", "-c", "echo $0; sleep 600", "--token=its-own"}});
      Contender contender(Command{.arguments = words, .environment = clean_environment()});
      REQUIRE(
          eventually([&] { return !lines_with(contender.process(), "--token=its-own").empty(); }));
      for (const pid_t pid : {contender.pid(), contender.guard()}) {
        std::ifstream file("/proc/" + std::to_string(pid) + "/cmdline");
        const std::string line{std::istreambuf_iterator<char>(file), {}};
        CHECK(line.find("--token") != std::string::npos);
        CHECK(line.find("admin-token") == std::string::npos);
      }
      contender.terminate();
    }
  }

  TEST_CASE("nobody but root reads the memory of elector or its guard, and no core dump has it") {
    // The kernel shows it by who owns the files of /proc/PID: root, for what is not dumpable.
    const ElectionName election(Cluster::get().api(), "secrets");
    const TempDir dir;
    Words words = exec_words({.election = election.text(), .command = {"sleep", "600"}});
    if (::geteuid() == 0) {  // and so is everything of root's
      for (const std::string name : {"elector", "kubeconfig"}) {
        std::filesystem::copy_file(
            name == "elector" ? elector_binary() : Cluster::get().kubeconfig(), dir.path(name));
      }
      for (const std::string& name : {std::string(), std::string("elector")}) {
        ::chmod(dir.path(name).c_str(), 0755);
      }
      ::chmod(dir.path("kubeconfig").c_str(), 0644);
      words[0] = dir.path("elector");
      for (std::string& word : words) {
        if (word.starts_with("--kubeconfig=")) word = "--kubeconfig=" + dir.path("kubeconfig");
      }
      words.insert(words.begin(), {"setpriv", "--reuid=65534", "--clear-groups"});
    }
    Contender contender(Command{.arguments = words, .environment = clean_environment()});
    const auto owner = [](pid_t pid) {
      struct stat status {};
      return ::stat(("/proc/" + std::to_string(pid) + "/environ").c_str(), &status) == 0
                 ? static_cast<long>(status.st_uid)
                 : -1;
    };
    const pid_t child = contender.child();
    REQUIRE(eventually([&] { return process_name(child) == "sleep"; }));
    CHECK(owner(contender.pid()) == 0);
    CHECK(owner(contender.guard()) == 0);
    CHECK(owner(child) != 0);
    contender.terminate();
  }
}

}  // namespace elector::tests
