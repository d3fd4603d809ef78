// SPDX-License-Identifier: Apache-2.0
// `elector exec --wait` where the obstacle is not simply another holder: an election of the same
// name on another kind of lock, requests that failed meanwhile, and an earlier term of this
// process.
#include <doctest/doctest.h>

#include <chrono>
#include <string>

#include "tests/support/observer.h"
#include "tests/system/e2e/exec_fixture.h"

namespace elector::tests {
namespace {

using std::chrono::seconds;

const Api& api() {
  return Cluster::get().api();
}

Ended echo(const ElectionName& election, const Words& flags) {
  return run_to_end({.election = election.text(), .more = flags, .command = {"echo", "ran"}});
}

void check_other_kind() {
  const ElectionName election(api(), "wait-kind");
  write(election.endpoints(), {.holder = "old", .duration = 60});
  for (const std::string wait : {"--wait=0", "--wait=500ms"}) {
    CAPTURE(wait);
    const Ended ended = echo(election, {wait, "-E", "0"});
    CHECK_MESSAGE(ended.code == 125, ended.err);
    CHECK(ended.out.empty());
    CHECK(contains(ended.err, "an election of the same name is live on endpoints"));
  }
  CHECK_FALSE(api().get(election.lease()));
}

void check_dead_on_other_kind() {
  const ElectionName election(api(), "wait-dead");
  write(election.endpoints(), {.holder = "old", .renewed = seconds(-60), .duration = 2});
  const Ended ended = echo(election, {"--wait=0"});
  CHECK_MESSAGE(ended.code == 0, ended.err);
  CHECK(ended.out == "ran\n");
}

// The lock of a dead holder was "freed" by hand: with the holder's name the --wait ends, not the
// lease.
void check_cleared_by_hand() {
  const ElectionName election(api(), "wait-clear");
  Contender dead({.election = election.text(),
                  .ttl = "2s",
                  .command = {"sh", "-c", "echo up; exec sleep 1000"}});
  REQUIRE_MESSAGE(dead.says("up"), dead.log());
  dead.signal(SIGKILL);
  dead.process().wait_exit();
  api().patch(election.lease(), R"({"spec":{"holderIdentity":""}})");
  const Ended ended = run_to_end(
      {.election = election.text(), .ttl = "2s", .more = {"--wait=0"}, .command = {"echo", "ran"}});
  CHECK_MESSAGE(ended.code == 0, ended.err);
  CHECK(ended.out == "ran\n");
}

void check_after_a_term(const std::string& wait) {
  const ElectionName election(api(), "wait-led");
  Contender one({.election = election.text(),
                 .more = {wait, "-E", "0"},
                 .command = {"sh", "-c", "echo up; exec sleep 1000"}});
  REQUIRE_MESSAGE(one.says("up"), one.log());
  rewrite(election.lease(), {.holder = "robber", .duration = 60});
  CHECK_MESSAGE(one.process().wait_exit() == 125, one.log());
  CHECK(one.logs("not elected again in time"));
  CHECK(one.output() == "up\n");
}

// What failed was a write that is not tried again, because another candidate holds the lock.
void check_failed_write() {
  const ApiServer server;
  const ElectionName election(server.api(), "wait-write");
  server.api().create(election.lease(), lock_body(election.lease(), {.holder = ""}));
  server.fault(R"("verbs":["PUT"],"action":"status","code":503,"count":-1)");
  Contender one({.election = election.text(),
                 .more = {"--wait=4s"},
                 .command = {"echo", "never"},
                 .kubeconfig = server.kubeconfig()});
  REQUIRE_MESSAGE(one.logs("503"), one.log());
  server.api().patch(election.lease(),
                     lock_body(election.lease(), {.holder = "other", .duration = 60}));
  CHECK_MESSAGE(one.logs("the API server answers again"), one.log());
  CHECK_MESSAGE(one.process().wait_exit() == 124, one.log());
}

}  // namespace

TEST_SUITE("elector exec: giving up") {
  TEST_CASE(
      "--wait distinguishes another holder from another election, a failure, and its own earlier "
      "term") {
    together({check_other_kind, check_dead_on_other_kind, check_cleared_by_hand,
              [] { check_after_a_term("--wait=0"); }, [] { check_after_a_term("--wait=1s"); },
              check_failed_write});
  }
}

}  // namespace elector::tests
