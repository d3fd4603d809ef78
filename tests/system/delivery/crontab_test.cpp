// SPDX-License-Identifier: Apache-2.0
// The crontab line in deploy/.
#include <doctest/doctest.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <sstream>

#include "tests/support/candidate.h"
#include "tests/system/delivery/cage.h"
#include "tests/system/delivery/manifest.h"
#include "tests/system/delivery/pod_api.h"

namespace elector::tests {
namespace {

namespace fs = std::filesystem;

// The command line of a crontab, and its variables.
std::string crontab_command(const std::string& crontab) {
  std::istringstream lines(crontab);
  for (std::string line; std::getline(lines, line);) {
    const std::size_t command = line.find("elector ");
    if (!line.empty() && line[0] != '#' && command != std::string::npos)
      return line.substr(command);
  }
  throw std::runtime_error("no line with a command");
}

TEST_CASE("crontab: of three hosts that reach the same minute, one runs the job, once") {
  PodApi api;
  if (!api.gives_tokens()) return;
  const TempDir folder;
  write_account(folder, api.authority(), api.name_space(), api.candidate_token());
  fs::create_directory_symlink(fs::path(elector_binary()).parent_path(), folder.path("bin"));
  const std::string ran = folder.path("ran");
  const std::string job =
      folder.write("report", "#!/bin/sh\necho $LEADER_IDENTITY >> " + ran + "\n");
  fs::permissions(job, fs::perms(0755));
  std::string line = crontab_command(project_file("deploy/crontab"));
  const std::string their_job = "/usr/local/bin/report";
  REQUIRE(line.find(their_job) != std::string::npos);
  line.replace(line.find(their_job), their_job.size(), job);
  std::vector<std::unique_ptr<Process>> hosts;
  for (const char* host : {"a", "b", "c"}) {
    // The content of the crontab's kubeconfig, as variables.
    auto environment = outside_variables(api, folder);
    environment["PATH"] = folder.path("bin") + ":/usr/bin:/bin";
    environment["ELECTOR_ID"] = host;
    hosts.push_back(std::make_unique<Process>(
        Command{.arguments = {"/bin/sh", "-c", "exec " + line}, .environment = environment}));
  }
  // The one that was elected keeps the lock for --hold; the others leave at once, and content.
  CHECK(eventually([&] {
    return std::count_if(hosts.begin(), hosts.end(),
                         [](const auto& host) { return !host->running(); }) == 2;
  }));
  std::string log;
  for (const auto& host : hosts) log += host->text(Process::Stream::kErr);
  const std::string winner = api.api().holder(api.lease("report"));
  CHECK_MESSAGE(winner != "", log);
  CHECK_MESSAGE(eventually([&] { return folder.read("ran") == winner + "\n"; }), log);
  for (const auto& host : hosts) {
    if (host->running()) {
      host->signal(SIGTERM);
      CHECK(host->wait_exit().has_value());
    } else {
      CHECK_MESSAGE(host->wait_exit() == 0, log);
    }
  }
  CHECK(folder.read("ran") == winner + "\n");
}

}  // namespace
}  // namespace elector::tests
