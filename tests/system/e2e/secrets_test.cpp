// SPDX-License-Identifier: Apache-2.0
// What elector must keep secret: credentials in logs, in messages, in what it starts, and in what
// it leaves behind.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>

#include "tests/support/observer.h"
#include "tests/system/e2e/exec_fixture.h"
#include "tests/system/e2e/lone_server.h"

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

// What a text is in base64, as a password is in the header of basic authentication, wherever it
// begins there: without the letters that its neighbours have a part in.
std::vector<std::string> base64_forms(const std::string& text) {
  static const std::string letters =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::vector<std::string> forms;
  for (std::size_t before = 0; before < 3; ++before) {
    std::string form;
    std::uint32_t bits = 0;
    int count = 0;
    for (const char c : std::string(before, '\0') + text) {
      bits = bits << 8U | static_cast<unsigned char>(c);
      for (count += 8; count >= 6;) form += letters[bits >> (count -= 6) & 63U];
    }
    forms.push_back(form.substr((before * 8 + 5) / 6));
  }
  return forms;
}

void check_unseen(const std::string& seen, const std::string& secret) {
  CHECK(seen.find(secret) == std::string::npos);
  for (const std::string& form : base64_forms(secret)) {
    CAPTURE(form);
    CHECK(seen.find(form) == std::string::npos);
  }
}

// The same of a command that comes to an end.
void look_for_in(const Words& words, const Secret& secret) {
  Command command{.arguments = words, .environment = clean_environment()};
  command.arguments.insert(command.arguments.begin(), elector_binary());
  for (const auto& [name, value] : secret.environment) command.environment[name] = value;
  const Ended ended = run_to_end(command);
  CAPTURE(words);
  CAPTURE(ended.out);
  CAPTURE(ended.err);
  CHECK(ended.code.has_value());
  CHECK_FALSE((ended.out + ended.err).empty());
  check_unseen(ended.out + ended.err, secret.secret);
  check_unseen(ended.out + ended.err, "admin-token");
}

void look_for(const ApiServer& server, const TempDir& dir, const Secret& secret,
              const std::string& format, int number) {
  CAPTURE(secret.what);
  const std::string file = dir.write("kubeconfig-" + std::to_string(number) + format,
                                     kubeconfig_of(server, dir, secret));
  const std::string election = "example-" + std::to_string(number) + format;
  Words common{"-vvv", "--log-format=" + format, "--request-timeout=1s"};
  common.insert(common.end(), secret.flags.begin(), secret.flags.end());
  const auto with = [&](Words words, const Words& after = {}) {
    words.push_back("--kubeconfig=" + file);
    words.insert(words.end(), common.begin(), common.end());
    words.insert(words.end(), after.begin(), after.end());
    return words;
  };
  Candidate candidate({.kubeconfig = file,
                       .election = election,
                       .id = "a",
                       .more = common,
                       .environment = secret.environment});
  Process& process = candidate.process();
  // Until it is clear what comes of it.
  CHECK(eventually(
      [&] { return candidate.printed() > 0 || candidate.logged() > 4 || !process.running(); }));
  look_for_in(with({"status", election}), secret);
  look_for_in(with({"resign", election}), secret);
  if (process.running()) {
    http_get(candidate.http_address(), "/metrics");
    candidate.terminate();
  }
  const std::string seen = candidate.output() + candidate.log();
  CAPTURE(seen);
  CHECK_FALSE(seen.empty());
  check_unseen(seen, secret.secret);
  check_unseen(seen, "admin-token");
  look_for_in(with({"exec", "--election=" + election, "--id=b", "--wait=2s"}, {"--", "true"}),
              secret);
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

std::vector<std::string> lines_with(const Process& process, const std::string& text) {
  std::vector<std::string> found;
  for (const auto stream : {Process::Stream::kOut, Process::Stream::kErr}) {
    for (const Line& line : process.lines(stream)) {
      if (line.text.find(text) != std::string::npos) found.push_back(line.text);
    }
  }
  return found;
}

// The lines "fd N TARGET"; a command line has "fd " in it too.
std::vector<std::string> descriptors_of(const Process& process) {
  std::vector<std::string> lines = lines_with(process, "fd ");
  std::erase_if(lines, [](const std::string& line) { return !line.starts_with("fd "); });
  return lines;
}

// How many times it came to its end, which a command line does not count for.
std::size_t times_done(const Process& process) {
  const std::vector<std::string> lines = lines_with(process, "done");
  return static_cast<std::size_t>(std::count(lines.begin(), lines.end(), "done"));
}

// Of a process that wrote the lines "fd N TARGET", `times` times or more: whether it sees what any
// other process that the test starts sees, and nothing more.
void check_descriptors(const Process& process, std::size_t times) {
  Process plain(Command{.arguments = {"sh", "-c", kDescriptors}});
  REQUIRE(plain.wait_exit() == 0);
  const std::vector<std::string> expected = descriptors_of(plain);
  const std::vector<std::string> found = descriptors_of(process);
  // The standard streams belong to the other program there.
  const auto standard = [](const std::string& line) {
    return line.starts_with("fd 0 ") || line.starts_with("fd 1 ") || line.starts_with("fd 2 ");
  };
  for (const std::string& line : found) {
    CAPTURE(line);
    CHECK((standard(line) || std::count(expected.begin(), expected.end(), line) == 1));
    CHECK(line.find("socket:") == std::string::npos);
    CHECK(line.find("anon_inode:") == std::string::npos);
  }
  for (const std::string& line : expected) {
    CAPTURE(line);
    const std::string number = line.substr(0, line.find(' ', 3) + 1);
    CHECK(std::count_if(found.begin(), found.end(), [&](const std::string& one) {
            return one.starts_with(number);
          }) >= static_cast<std::ptrdiff_t>(times));
  }
  const std::string inherited = "fd " + std::to_string(Inherited::kNumber) + " ";
  CHECK(std::any_of(expected.begin(), expected.end(),
                    [&](const std::string& line) { return line.starts_with(inherited); }));
}

}  // namespace

TEST_SUITE("secrets") {
  TEST_CASE("the password is recognised in what basic authentication makes of it") {
    for (const std::string header : {"YTphZG1pbi1wYXNzd29yZA==", "YWI6YWRtaW4tcGFzc3dvcmQ=",
                                     "YWRtaW46YWRtaW4tcGFzc3dvcmQ="}) {  // a:, ab:, admin:
      CAPTURE(header);
      const auto forms = base64_forms("admin-password");
      CHECK(std::any_of(forms.begin(), forms.end(), [&](const std::string& form) {
        return form.size() > 16 && header.find(form) != std::string::npos;
      }));
    }
  }

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
    REQUIRE(eventually([&] { return times_done(contender.process()) == 2; }));
    check_descriptors(contender.process(), 2);
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
    REQUIRE(eventually([&] { return times_done(watch) >= 2; }));
    check_descriptors(watch, 2);
    CHECK(lines_with(watch, "admin-token").empty());
    candidate.terminate();
  }

  TEST_CASE(
      "the command line of 2016 takes a user and a password, and does not go on showing them") {
    if (Cluster::get().is_real()) return;  // of a real server there is no password to give
    const TempDir dir;
    const std::string server =
        "https://127.0.0.1:" + std::to_string(Cluster::get().server()->port());
    dir.write("ca.crt", Cluster::get().server()->file("ca.crt"));
    for (const std::string dashes : {"-", "--"}) {
      const ElectionName election(Cluster::get().api(), "basic");
      Process run(Command{
          .arguments = {elector_binary(), "--election=" + election.text(), "--id=a",
                        "--server=" + server, "--certificate-authority=" + dir.path("ca.crt"),
                        dashes + "username=admin", dashes + "password", "admin-password"},
          .environment = clean_environment()});
      CHECK_MESSAGE(run.wait_for_line(Process::Stream::kOut, equal_to("a is the leader")),
                    run.text(Process::Stream::kErr));
      CHECK_FALSE(contains(run.text(Process::Stream::kErr), "has no effect"));
      std::ifstream file("/proc/" + std::to_string(run.pid()) + "/cmdline");
      const std::string line{std::istreambuf_iterator<char>(file), {}};
      CHECK(contains(line, "username=admin"));
      CHECK_FALSE(contains(line, "admin-password"));
      run.signal(SIGTERM);
      CHECK(run.wait_exit() == 0);
    }
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

  TEST_CASE("only root can read the memory of elector or its guard, and no core dump has it") {
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
