// SPDX-License-Identifier: Apache-2.0
// How long a peer that sends endless data can keep the program from everything else: the turns of
// an event loop with the client that ships, and what the program's users see of them.
#include <poll.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <ctime>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "kube/config/resolve.h"
#include "kube/config/selection.h"
#include "kube/http/client.h"
#include "tests/support/http.h"
#include "tests/system/bench/bench.h"
#include "tests/system/hostile/way.h"

namespace elector::tests::bench {
namespace {

using std::chrono::steady_clock;
using Seconds = std::chrono::duration<double>;

// One of each layer that can hold libcurl in one call.
constexpr std::array<std::string_view, 4> kPeers{"the body of a refused CONNECT",
                                                 "a chunk extension", "TLS key updates",
                                                 "HTTP/2 frames of an unknown type"};

EndlessPeer peer_that_sends(std::string_view what) {
  for (EndlessPeer& peer : endless_peers()) {
    if (peer.what == what) return peer;
  }
  throw std::runtime_error("no peer sends " + std::string(what));
}

// What this thread has computed so far.
Seconds computed() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return Seconds(static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9);
}

// The most that one turn of a loop computes while a client asks for one thing after the other.
double longest_turn(std::string_view what, std::chrono::milliseconds span) {
  const Way way(peer_that_sends(what));
  const auto poller = std::move(*kube::Poller::create());
  kube::Overrides overrides;
  overrides.kubeconfig = way.kubeconfig();
  const kube::Connection connection = *kube::resolve(overrides, kube::Environment::of_process());
  kube::Credentials credentials(*poller, connection.credentials);
  const auto client = std::move(*kube::Client::create(*poller, connection, credentials));
  const std::function<void()> ask = [&] {
    client->send({.path = "/", .timeout = std::chrono::seconds(1)},
                 [&](const kube::HttpResponse&) { ask(); });
  };
  ask();
  double longest = 0;
  const auto end = steady_clock::now() + span;
  while (steady_clock::now() < end) {
    constexpr int kLookAfter = 50;  // ms
    pollfd one{poller->fd(), POLLIN, 0};
    if (poll(&one, 1, kLookAfter) <= 0) continue;
    const Seconds begin = computed();
    poller->process();
    longest = std::max(longest, (computed() - begin).count());
  }
  return longest;
}

// The longest wait for /livez, in seconds.
double longest_wait(std::string_view what, std::chrono::milliseconds span) {
  const Way way(peer_that_sends(what));
  const Candidate candidate(
      {.kubeconfig = way.kubeconfig(), .election = "turn", .id = "a", .ttl = "2s"});
  const Address address = candidate.http_address();
  double longest = 0;
  const auto end = steady_clock::now() + span;
  while (steady_clock::now() < end) {
    const auto begin = steady_clock::now();
    if (http_get(address, "/livez").status != 200) throw std::runtime_error("no /livez");
    longest = std::max(longest, Seconds(steady_clock::now() - begin).count());
    std::this_thread::sleep_for(Milliseconds(5));
  }
  return longest;
}

}  // namespace

void measure_longest_turn(int seconds, Table& table) {
  say("beside peers that send without end, for " + std::to_string(seconds) + " seconds");
  const auto span = std::chrono::milliseconds(std::chrono::seconds(seconds)) / (2 * kPeers.size());
  std::signal(SIGPIPE, SIG_IGN);
  std::vector<double> turns;
  std::vector<double> waits;
  for (const std::string_view what : kPeers) {
    turns.push_back(longest_turn(what, span));
    waits.push_back(longest_wait(what, span));
  }
  table.add({.what = "4 peers that send without end: the longest turn of the loop, computing",
             .unit = "s",
             .values = turns,
             .bar = "<= 0.3 (limit 250 ms)",
             .max_limit = 0.3});
  // A probe may take several turns, and how long they last depends on the machine's load.
  table.add({.what = "  a probe's longest wait for /livez beside them",
             .unit = "s",
             .values = waits,
             .bar = "<= 5",
             .max_limit = 5});
}

}  // namespace elector::tests::bench
