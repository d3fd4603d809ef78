// SPDX-License-Identifier: Apache-2.0
#include "tests/support/candidate.h"

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <stdexcept>

#include "tests/support/json.h"

namespace elector::tests {

std::string elector_binary() {
  const char* path = std::getenv("ELECTOR_BINARY");
  if (path == nullptr) throw std::runtime_error("ELECTOR_BINARY must name the program under test");
  return path;
}

std::map<std::string, std::optional<std::string>> clean_environment() {
  std::map<std::string, std::optional<std::string>> changes;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string name = std::string(*entry).substr(0, std::string(*entry).find('='));
    if (name.starts_with("ELECTOR_") || name.starts_with("KUBERNETES_") ||
        name.starts_with("SSL_CERT_") || name.ends_with("_PROXY") || name.ends_with("_proxy") ||
        name == "POD_NAMESPACE") {
      changes[name] = std::nullopt;
    }
  }
  changes["KUBECONFIG"] = std::nullopt;
  changes["HOME"] = "/nonexistent";
  return changes;
}

namespace {

Command command_of(const CandidateOptions& options) {
  Command command{.arguments = {elector_binary(), "run", "--kubeconfig=" + options.kubeconfig,
                                "--election=" + options.election, "--id=" + options.id,
                                "--ttl=" + options.ttl, "--http=127.0.0.1:0"},
                  .environment = clean_environment()};
  command.arguments.insert(command.arguments.end(), options.more.begin(), options.more.end());
  for (const auto& [name, value] : options.environment) command.environment[name] = value;
  return command;
}

}  // namespace

Candidate::Candidate(const CandidateOptions& options)
    : id_(options.id), process_(command_of(options)) {}

Address Candidate::http_address() const {
  const auto line = process_.wait_for_line(Process::Stream::kErr, containing("serving http"));
  if (!line) throw std::runtime_error(id_ + " does not serve HTTP: " + log());
  return {.port =
              static_cast<std::uint16_t>(std::stoi(line->text.substr(line->text.rfind(':') + 1)))};
}

std::string Candidate::body() const {
  const HttpAnswer answer = http_get(http_address(), "/");
  return answer.status == 200 ? answer.body : "";
}

std::string Candidate::leader() const {
  const std::string text = body();
  return text.empty() ? "" : text_at(parse_json(text), "/name");
}

bool Candidate::says(const std::string& leader, Milliseconds limit) const {
  const std::string wanted = "{\"name\":" + json_quoted(leader) + "}";
  return eventually([&] { return body() == wanted; }, limit);
}

std::optional<Line> Candidate::prints(const std::string& leader, std::size_t from,
                                      Milliseconds limit) const {
  return process_.wait_for_line(Process::Stream::kOut, equal_to(leader + " is the leader"), limit,
                                from);
}

bool Candidate::logs(const std::string& text, Milliseconds limit, std::size_t from) const {
  return process_.wait_for_line(Process::Stream::kErr, containing(text), limit, from).has_value();
}

std::size_t Candidate::count_logged(const std::string& text) const {
  const auto lines = process_.lines(Process::Stream::kErr);
  return static_cast<std::size_t>(std::count_if(lines.begin(), lines.end(), [&](const Line& line) {
    return line.text.find(text) != std::string::npos;
  }));
}

std::optional<int> Candidate::terminate() {
  process_.signal(SIGTERM);
  return process_.wait_exit();
}

Candidates::Candidates(std::size_t count, const CandidateOptions& options) {
  for (std::size_t i = 0; i < count; ++i) {
    CandidateOptions one = options;
    one.id = options.id + std::string(1, static_cast<char>('a' + i));
    all_.push_back(std::make_unique<Candidate>(one));
    running_.push_back(all_.back().get());
  }
}

Candidate* Candidates::leader(Milliseconds limit) {
  Candidate* found = nullptr;
  const auto agreed = [&] {
    const std::string name = running_.front()->leader();
    const auto it = std::find_if(running_.begin(), running_.end(),
                                 [&](const Candidate* one) { return one->id() == name; });
    if (it == running_.end()) return false;
    found = *it;
    return std::all_of(running_.begin(), running_.end(),
                       [&](const Candidate* one) { return one->leader() == name; });
  };
  return eventually(agreed, limit) ? found : nullptr;
}

Candidate& Candidates::other_than(const Candidate& one) {
  return **std::find_if(running_.begin(), running_.end(),
                        [&](const Candidate* candidate) { return candidate != &one; });
}

void Candidates::gone(const Candidate& one) {
  std::erase_if(running_, [&](const Candidate* candidate) { return candidate == &one; });
}

std::string Candidates::logs() const {
  std::string text;
  for (const auto& one : all_) {
    text += "--- " + one->id() + "\n" + one->output() + one->log();
  }
  return text;
}

}  // namespace elector::tests
