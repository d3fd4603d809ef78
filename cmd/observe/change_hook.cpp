#include "cmd/observe/change_hook.h"

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstring>
#include <string_view>

#include "kube/auth/children.h"
#include "kube/auth/descriptors.h"
#include "kube/base/signal_name.h"

namespace elector::cmd {
namespace {

// Returns this process's environment without its secret, and with the facts replacing variables of
// the same names.
std::vector<std::string> environment_with(const ChangeHook::Facts& facts) {
  std::vector<std::string> variables;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view variable(*entry);
    const std::string_view name = variable.substr(0, variable.find('='));
    const bool replaced = std::any_of(facts.begin(), facts.end(),
                                      [&](const auto& fact) { return fact.first == name; });
    if (!replaced && name != "ELECTOR_TOKEN") variables.emplace_back(variable);
  }
  for (const auto& [name, value] : facts) {
    variables.push_back(name);
    variables.back().append("=").append(value);
  }
  return variables;
}

// posix_spawn(3) with signals as a new process expects them: none blocked, and none ignored because
// elector ignores it.
int spawn(pid_t& pid, const std::string& command, const ChangeHook::Facts& facts) {
  std::vector<std::string> variables = environment_with(facts);
  std::vector<char*> environment;
  environment.reserve(variables.size() + 1);
  for (std::string& variable : variables) environment.push_back(variable.data());
  environment.push_back(nullptr);
  std::string shell = "sh";
  std::string option = "-c";
  std::string text = command;
  const std::array<char*, 4> arguments{shell.data(), option.data(), text.data(), nullptr};
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t none;
  sigemptyset(&none);
  sigset_t to_default;
  sigemptyset(&to_default);
  for (const int signal : {SIGPIPE, SIGXFSZ}) sigaddset(&to_default, signal);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &to_default);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  kube::keep_own_descriptors();
  const int error =
      ::posix_spawn(&pid, "/bin/sh", nullptr, &attributes, arguments.data(), environment.data());
  posix_spawnattr_destroy(&attributes);
  return error;
}

}  // namespace

void ChangeHook::run(const std::string& subject, Facts facts) {
  const auto waits = std::find_if(waiting_.begin(), waiting_.end(),
                                  [&](const auto& one) { return one.first == subject; });
  if (waits != waiting_.end()) {
    waits->second = std::move(facts);
  } else {
    waiting_.emplace_back(subject, std::move(facts));
  }
  if (pid_ <= 0) start_next();
}

void ChangeHook::stop(int signal) {
  waiting_.clear();
  if (pid_ > 0) ::kill(pid_, signal);
}

void ChangeHook::start_next() {
  while (pid_ <= 0 && !waiting_.empty()) {
    const Facts facts = std::move(waiting_.front().second);
    waiting_.pop_front();
    start(facts);
  }
}

void ChangeHook::start(const Facts& facts) {
  const int error = spawn(pid_, command_, facts);
  if (error != 0) {
    pid_ = -1;
    log_.error(std::string("cannot run /bin/sh: ") + std::strerror(error));
    return;
  }
  child_.emplace(poller_, pid_, [this] { on_exit(); });
}

void ChangeHook::on_exit() {
  const int status = child_->reap().value_or(0);
  child_.reset();
  pid_ = -1;
  if (WIFEXITED(status) && WEXITSTATUS(status) != 0) {
    log_.warn("the --exec command failed with exit code " + std::to_string(WEXITSTATUS(status)));
  } else if (WIFSIGNALED(status)) {
    log_.warn("the --exec command was killed by " + kube::signal_name(WTERMSIG(status)));
  }
  start_next();
}

}  // namespace elector::cmd
