// SPDX-License-Identifier: Apache-2.0
#include "tests/system/e2e/exec_fixture.h"

#include <algorithm>
#include <csignal>
#include <fstream>
#include <set>
#include <sstream>
#include <stdexcept>
#include <utility>

namespace elector::tests {
namespace {

std::string content(const std::string& path) {
  // Not by iterators, which throw when the process of a file in /proc ends meanwhile.
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

}  // namespace

std::string beat_binary() {
  return BEAT_BINARY;
}

Words exec_words(const ExecSetup& setup) {
  const std::string& kubeconfig =
      setup.kubeconfig.empty() ? Cluster::get().kubeconfig() : setup.kubeconfig;
  Words words{elector_binary(),
              "exec",
              "--kubeconfig=" + kubeconfig,
              "--election=" + setup.election,
              "--id=" + setup.id,
              "--ttl=" + setup.ttl};
  words.insert(words.end(), setup.more.begin(), setup.more.end());
  words.emplace_back("--");
  words.insert(words.end(), setup.command.begin(), setup.command.end());
  return words;
}

Command exec_command(const ExecSetup& setup) {
  return {.arguments = exec_words(setup), .environment = clean_environment()};
}

Ended run_to_end(const Command& command) {
  Process process(command);
  const auto code = process.wait_exit();
  return {code, process.text(Process::Stream::kOut), process.text(Process::Stream::kErr)};
}

pid_t Contender::guard() const {
  pid_t found = 0;
  const bool there = eventually([&] {
    for (const pid_t child : children_of(pid())) {
      if (process_name(child) == "lease-guard") found = child;
    }
    return found != 0;
  });
  if (!there) throw std::runtime_error("no guard: " + log());
  return found;
}

pid_t Contender::child() const {
  const pid_t parent = guard();
  pid_t found = 0;
  const bool there = eventually([&] {
    for (const pid_t child : children_of(parent)) {
      if (process_name(child) != "lease-guard") found = child;
    }
    return found != 0;
  });
  if (!there) throw std::runtime_error("no child: " + log());
  return found;
}

std::optional<int> Contender::terminate() {
  signal(SIGTERM);
  return process_.wait_exit();
}

bool Contender::logs(const std::string& text, Milliseconds limit, std::size_t from) const {
  return process_.wait_for_line(Process::Stream::kErr, containing(text), limit, from).has_value();
}

bool Contender::says(const std::string& line, Milliseconds limit) const {
  return process_.wait_for_line(Process::Stream::kOut, equal_to(line), limit).has_value();
}

Words Beats::command(const std::string& tag, const Words& words) const {
  Words line{beat_binary(), path_, tag};
  line.insert(line.end(), words.begin(), words.end());
  return line;
}

std::vector<Beat> Beats::all() const {
  std::vector<Beat> found;
  std::istringstream lines(content(path_));
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    Beat beat{};
    if (words >> beat.at >> beat.tag >> beat.pid) found.push_back(std::move(beat));
  }
  std::stable_sort(found.begin(), found.end(),
                   [](const Beat& left, const Beat& right) { return left.at < right.at; });
  return found;
}

std::vector<Beat> Beats::of(const std::string& tag) const {
  std::vector<Beat> found = all();
  std::erase_if(found, [&](const Beat& beat) { return beat.tag != tag; });
  return found;
}

bool Beats::begins(const std::string& tag, std::int64_t after, Milliseconds limit) const {
  return eventually([&] { return last(tag) > after; }, limit);
}

bool Beats::has_processes(const std::string& tag, std::size_t count) const {
  return eventually([&] {
    std::set<pid_t> pids;
    for (const Beat& beat : of(tag)) pids.insert(beat.pid);
    return pids.size() >= count;
  });
}

std::string Beats::turns() const {
  std::string turns;
  std::string before;
  for (const Beat& beat : all()) {
    if (beat.tag != before) turns += beat.tag;
    before = beat.tag;
  }
  return turns;
}

std::int64_t Beats::last(const std::string& tag) const {
  const std::vector<Beat> found = of(tag);
  return found.empty() ? 0 : found.back().at;
}

std::vector<pid_t> Beats::alive(const std::string& tag) const {
  std::set<pid_t> pids;
  for (const Beat& beat : of(tag)) {
    // The number may be another's by now; a beat names its file.
    if (proc(beat.pid, "cmdline").find(path_) != std::string::npos) pids.insert(beat.pid);
  }
  return {pids.begin(), pids.end()};
}

}  // namespace elector::tests
