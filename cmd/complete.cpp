// SPDX-License-Identifier: Apache-2.0
#include "cmd/complete.h"

#include <fcntl.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "cmd/output/log.h"
#include "cmd/output/session_lines.h"
#include "core/lock_state.h"
#include "kube/config/environment.h"
#include "kube/config/selection.h"
#include "kube/lock/lock_list.h"
#include "kube/session.h"

namespace elector::cmd {
namespace {

// A TLS connection and a list across an ocean, or on a busy machine, take about a second.
constexpr core::Duration kLimit = std::chrono::seconds(2);

// Nothing may disturb the user at the prompt, not even the messages of a credential plugin.
void silence() {
  const int null = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  if (null < 0) return;
  ::dup2(null, STDERR_FILENO);
  ::dup2(null, STDIN_FILENO);
}

void add_configured(Completion& completion) {
  const auto config = kube::load_kubeconfig(completion.connection, kube::Environment::of_process());
  if (!config) return;
  std::map<std::string, std::string> names;  // with descriptions
  switch (completion.offer) {
    case Offer::kContexts:
      for (const auto& [name, context] : config->contexts) names[name] = context.cluster;
      break;
    case Offer::kNamespaces:
      for (const auto& [name, context] : config->contexts) names[context.namespace_] = "";
      names.erase("");
      names.emplace("default", "");
      break;
    case Offer::kClusters:
      for (const auto& [name, cluster] : config->clusters) names[name] = cluster.server;
      break;
    case Offer::kUsers:
      for (const auto& [name, user] : config->users) names[name] = "";
      break;
    default:
      break;
  }
  for (const auto& [name, description] : names) completion.add(name, description);
}

// Adds the elections on every kind that can be listed in time, with their leaders.
void add_elections(Completion& completion) {
  const Log silent;
  auto session = kube::Session::open(completion.connection, {}, session_lines(silent));
  if (!session) return;
  std::map<std::string, std::string> names;
  std::vector<std::unique_ptr<kube::LockList>> lists;
  std::size_t done = 0;
  for (const kube::LockKind kind : completion.kinds) {
    lists.push_back(std::make_unique<kube::LockList>(
        (*session)->client(), kind, (*session)->connection().namespace_, kLimit,
        [&](const kube::LockList::Result& result) {
          ++done;
          const core::WallTime at = result.server_now.value_or(kube::now().wall);
          for (const kube::ListedLock& lock : result.locks) {
            std::string& leader = names[lock.name.name];
            const bool held = core::judge(lock.seen, at).state == core::LockState::kHeld;
            if (held && leader.empty()) leader = lock.seen.record.holder;
          }
        }));
  }
  (*session)->poller().run_until([&] { return done == lists.size(); }, kLimit);
  for (const auto& [name, holder] : names) completion.add(name, holder);
  // The program ends here. Cleaning up could wait for a name server that does not answer.
  lists.clear();
  (void)session->release();
}

}  // namespace

int complete(Completion completion) {
  silence();
  ::signal(SIGPIPE, SIG_IGN);
  if (completion.offer == Offer::kElections) {
    add_elections(completion);
  } else {
    add_configured(completion);
  }
  std::fputs(to_text(completion).c_str(), stdout);
  std::fflush(stdout);
  ::_exit(0);
}

}  // namespace elector::cmd
