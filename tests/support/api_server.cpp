// SPDX-License-Identifier: Apache-2.0
#include "tests/support/api_server.h"

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <random>
#include <sstream>
#include <stdexcept>

namespace elector::tests {
namespace {

std::string program() {
  const char* path = std::getenv("ELECTOR_APISERVER");
  if (path == nullptr) throw std::runtime_error("ELECTOR_APISERVER must name the test API server");
  return path;
}

// The port at the end of "listening on https://127.0.0.1:PORT".
std::uint16_t port_in(const std::string& line) {
  return static_cast<std::uint16_t>(std::stoi(line.substr(line.rfind(':') + 1)));
}

// A port below those that the kernel assigns by itself (ip(7), ip_local_port_range): a server that
// is away for a moment finds it free when it comes back.
std::uint16_t any_kept_port() {
  constexpr unsigned kFirst = 10'000;
  constexpr unsigned kLast = 32'000;
  std::random_device random;
  return static_cast<std::uint16_t>(kFirst + random() % (kLast - kFirst));
}

}  // namespace

ApiServer::ApiServer() {
  for (int tries_left = 10;; --tries_left) {
    port_ = any_kept_port();
    try {
      start();
      return;
    } catch (const std::runtime_error&) {  // the port may be in use
      if (tries_left == 0) throw;
    }
  }
}

void ApiServer::start() {
  process_ = std::make_unique<Process>(
      Command{.arguments = {program(), "--dir=" + dir_.path(), "--state=" + dir_.path("state"),
                            "--port=" + std::to_string(port_), "--side-door"}});
  const auto side_door = process_->wait_for_line(Process::Stream::kOut, containing("side door at"));
  const auto ready = process_->wait_for_line(Process::Stream::kOut, containing("listening on"));
  if (!side_door || !ready) {
    throw std::runtime_error("the test API server did not come up: " +
                             process_->text(Process::Stream::kErr));
  }
  port_ = port_in(ready->text);
  side_port_ = port_in(side_door->text);
  api_ = Api(Address{.port = port_in(side_door->text)}, "admin-token");
}

void ApiServer::stop(int signal) {
  process_->signal(signal);
  process_->wait_exit();
}

void ApiServer::back_up() const {
  std::filesystem::copy_file(dir_.path("state"), dir_.path("backup"),
                             std::filesystem::copy_options::overwrite_existing);
}

void ApiServer::restore() {
  stop();
  std::filesystem::copy_file(dir_.path("backup"), dir_.path("state"),
                             std::filesystem::copy_options::overwrite_existing);
  start();
}

void ApiServer::order(const std::string& method, const std::string& path,
                      const std::string& body) const {
  const HttpAnswer answer = api_.call(method, path, body);
  if (answer.status != 200) throw std::runtime_error(path + ": " + answer.body);
}

void ApiServer::fault(const std::string& rule) const {
  order("POST", "/_control/faults", "[{" + rule + "}]");
}

void ApiServer::clear_faults() const {
  order("DELETE", "/_control/faults", "");
}

void ApiServer::compact() const {
  order("POST", "/_control/compact", "");
}

void ApiServer::watches(const std::string& action, const std::string& resource) const {
  order("POST", "/_control/watches?action=" + action + "&resource=" + resource, "");
}

void ApiServer::tokens(const std::string& orders) const {
  order("POST", "/_control/tokens", orders);
}

long ApiServer::requests(const std::string& resource, const std::string& verb) const {
  std::istringstream lines(api_.call("GET", "/_control/requests").body);
  std::string of;
  std::string with;
  int code = 0;
  long count = 0;
  long sum = 0;
  while (lines >> of >> with >> code >> count) {
    if ((resource.empty() || of == resource) && (verb.empty() || with == verb)) sum += count;
  }
  return sum;
}

std::vector<Json> ApiServer::writes(const ObjectName& name) const {
  std::istringstream lines(api_.call("GET", "/_control/log?object=" + name.resource + "/" +
                                                name.name_space + "/" + name.name)
                               .body);
  std::vector<Json> writes;
  for (std::string line; std::getline(lines, line);) writes.push_back(parse_json(line));
  return writes;
}

}  // namespace elector::tests
