// SPDX-License-Identifier: Apache-2.0
#include "tests/system/soak/load.h"

#include <csignal>
#include <fstream>
#include <stdexcept>

namespace elector::tests::soak {
namespace {

const std::vector<std::string> kFast = {"--retry-period=40ms"};

// The guard of an exec: the one child that it has all the time.
pid_t guard_of(pid_t pid) {
  const std::string task = std::to_string(pid);
  std::ifstream children("/proc/" + task + "/task/" + task + "/children");
  for (pid_t child = 0; children >> child;) {
    std::ifstream comm("/proc/" + std::to_string(child) + "/comm");
    std::string name;
    if (comm >> name && name == "lease-guard") return child;
  }
  throw std::runtime_error("exec has no guard");
}

}  // namespace

Load::Load(const Cluster& cluster) : cluster_(cluster), election_(cluster.api(), "soak") {
  for (const char* id : {"a", "b"}) {
    runs_.push_back(std::make_unique<Candidate>(CandidateOptions{.kubeconfig = cluster.kubeconfig(),
                                                                 .election = election_.text(),
                                                                 .id = id,
                                                                 .ttl = "2s",
                                                                 .more = kFast}));
  }
  Command command{.arguments = {elector_binary(), "exec", "--kubeconfig=" + cluster.kubeconfig(),
                                "--election=" + election_.text(), "--id=c", "--ttl=2s"},
                  .environment = clean_environment()};
  command.arguments.insert(command.arguments.end(), kFast.begin(), kFast.end());
  command.arguments.insert(command.arguments.end(), {"--", "sleep", "1000000"});
  exec_ = std::make_unique<Process>(command);
  const bool led = eventually([this] { return !runs_[0]->leader().empty(); });
  if (!led) throw std::runtime_error("nobody leads: " + logs());
}

Load::~Load() {
  ending_ = true;
  for (std::thread& thread : threads_) thread.join();
}

std::vector<Sampled> Load::processes() const {
  return {{"run a", runs_[0]->process().pid()},
          {"run b", runs_[1]->process().pid()},
          {"exec c", exec_->pid()},
          {"its guard", guard_of(exec_->pid())}};
}

void Load::begin() {
  for (const auto& run : runs_) {
    const Candidate& candidate = *run;
    threads_.emplace_back([this, &candidate] { ask(candidate); });
    threads_.emplace_back([this, &candidate] { watch(candidate, std::chrono::hours(24)); });
    threads_.emplace_back([this, &candidate] { watch(candidate, std::chrono::seconds(3)); });
  }
}

void Load::ask(const Candidate& candidate) {
  const Address address = candidate.http_address();
  const std::vector<std::string> paths = {"/", "/leader", "/metrics", "/healthz"};
  for (std::size_t i = 0; !ending_; ++i) {
    if (http_get(address, paths[i % paths.size()]).status != 0) ++answers_;
    std::this_thread::sleep_for(Milliseconds(50));
  }
}

void Load::watch(const Candidate& candidate, Milliseconds stay) {
  const Address address = candidate.http_address();
  while (!ending_) {
    OpenConnection connection(address);
    connection.send("GET /watch HTTP/1.1\r\nHost: localhost\r\n\r\n");
    const SteadyTime end = std::chrono::steady_clock::now() + stay;
    while (!ending_ && std::chrono::steady_clock::now() < end) {
      if (connection.receives("\ndata:", Milliseconds(500))) ++answers_;
    }
  }
}

bool Load::hand_over() {
  Process resign(Command{.arguments = {elector_binary(), "resign", election_.text(),
                                       "--kubeconfig=" + cluster_.kubeconfig()},
                         .environment = clean_environment()});
  return resign.wait_exit() == 0;
}

bool Load::end() {
  ending_ = true;
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
  bool good = true;
  for (const auto& run : runs_) good = run->terminate() == 0 && good;
  exec_->signal(SIGTERM);
  return exec_->wait_exit() == 128 + SIGTERM && good;
}

std::string Load::logs() const {
  std::string text;
  for (const auto& run : runs_) text += run->id() + ":\n" + run->log();
  return text + "c:\n" + exec_->text(Process::Stream::kErr);
}

}  // namespace elector::tests::soak
