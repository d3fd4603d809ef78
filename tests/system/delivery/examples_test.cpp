// SPDX-License-Identifier: Apache-2.0
// The clients in examples/, which docs/sidecar.md shows, against a pair of sidecars.
#include <doctest/doctest.h>

#include <csignal>
#include <memory>
#include <sstream>

#include "tests/support/candidate.h"
#include "tests/support/cluster.h"
#include "tests/support/temp_dir.h"
#include "tests/system/delivery/manifest.h"
#include "tests/system/delivery/ports.h"

namespace elector::tests {
namespace {

// As the documents show code: each line indented.
std::string indented(const std::string& text) {
  std::istringstream lines(text);
  std::string result;
  for (std::string line; std::getline(lines, line);) {
    result += (line.empty() ? "" : "    " + line) + "\n";
  }
  return result;
}

// Whether there is a Node.js with fetch, which came with version 18.
bool have_node() {
  if (!have_command("node")) return false;
  Process probe(Command{.arguments = {"node", "-e", "fetch"}});
  return probe.wait_exit() == 0;
}

std::string replaced(std::string text, const std::string& old, const std::string& now) {
  const std::size_t found = text.find(old);
  REQUIRE(found != std::string::npos);
  return text.replace(found, old.size(), now);
}

// A client of examples/, with the ports of this test.
class Client {
 public:
  Client(const std::string& file, const Candidate& sidecar) : page_{.port = free_port()} {
    std::string code = project_file("examples/" + file);
    code = replaced(code, "4040", std::to_string(sidecar.http_address().port));
    code = replaced(code, "8080", std::to_string(page_.port));
    process_ = std::make_unique<Process>(
        Command{.arguments = {"node", folder_.write(file, code)},
                .environment = {{"POD_NAME", sidecar.id()}, {"NODE_OPTIONS", std::nullopt}}});
  }
  bool says(const std::string& text) const {
    return eventually([&] { return http_get(page_, "/").body == text + "\n"; });
  }
  bool says_now(const std::string& text) const { return http_get(page_, "/").body == text + "\n"; }
  std::string log() const { return process_->text(Process::Stream::kErr); }

 private:
  TempDir folder_;
  Address page_;
  std::unique_ptr<Process> process_;
};

TEST_CASE("docs/sidecar.md shows the clients as they are in examples/") {
  const std::string page = project_file("docs/sidecar.md");
  CHECK(page.find(indented(project_file("examples/ask.js"))) != std::string::npos);
  const std::string watch = project_file("examples/watch.js");
  const std::size_t begin = watch.find("const watch =");
  const std::string five_lines = watch.substr(begin, watch.find("watch();") - begin);
  CHECK(page.find(indented(five_lines)) != std::string::npos);
}

TEST_CASE("of two clients one leads; without its sidecar it forgets that, and the other leads" *
          doctest::skip(!have_node())) {
  Cluster& cluster = Cluster::get();
  const ElectionName election(cluster.api(), "node");
  Candidates sidecars(2,
                      {.kubeconfig = cluster.kubeconfig(), .election = election.text(), .id = ""});
  Candidate* leader = sidecars.leader();
  REQUIRE(leader != nullptr);
  Candidate& follower = sidecars.other_than(*leader);
  const Client asking_here("ask.js", *leader);
  const Client asking_there("ask.js", follower);
  const Client watching_here("watch.js", *leader);
  const Client watching_there("watch.js", follower);
  for (const Client* client : {&asking_here, &watching_here}) CHECK(client->says("I lead"));
  for (const Client* client : {&asking_there, &watching_there}) {
    CHECK(client->says("I do not lead"));
  }
  leader->signal(SIGKILL);
  for (const Client* client : {&asking_here, &watching_here}) {
    CHECK(client->says("I do not lead"));
  }
  for (const Client* client : {&asking_there, &watching_there}) {
    CHECK_MESSAGE(client->says("I lead"), client->log());
  }
  for (const Client* client : {&asking_here, &watching_here}) {
    CHECK(client->says_now("I do not lead"));
  }
}

}  // namespace
}  // namespace elector::tests
