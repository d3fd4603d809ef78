// SPDX-License-Identifier: Apache-2.0
// One object of about the largest size that the API server takes: every "<" of it is six bytes of
// JSON in an answer.
#include <doctest/doctest.h>

#include <cstdlib>
#include <string>

#include "tests/support/candidate.h"
#include "tests/support/cluster.h"
#include "tests/support/observer.h"
#include "tests/support/proc.h"
#include "tests/support/skipped.h"

namespace elector::tests {
namespace {

using std::chrono::seconds;

constexpr std::size_t kLarge = 1'400'000;
constexpr long kMoreMemory = 32L << 10U;  // KiB

const Api& api() {
  return Cluster::get().api();
}

bool lacks_large_objects() {
  static const bool lacks = !stores_holder_of(kLarge);
  return lacks && skipped_by_server("objects of etcd's largest size");
}

Ran elector(const std::vector<std::string>& arguments) {
  return run_elector(Cluster::get().kubeconfig(), arguments);
}

// The most that the process has had resident so far, in KiB.
long peak_of(Process& process) {
  const std::string status = proc(process.pid(), "status");
  const std::size_t at = status.find("VmHWM:");
  return at == std::string::npos ? 0 : std::atol(status.c_str() + at + 6);
}

CandidateOptions candidate(const std::string& election, std::vector<std::string> more = {}) {
  return {.kubeconfig = Cluster::get().kubeconfig(),
          .election = election,
          .id = "a",
          .ttl = "4s",
          .more = std::move(more)};
}

// The peak of a candidate that comes to lead and renews once.
long peak_of_leader(const ObjectName& object, const std::string& lock) {
  Candidate one(candidate(object.name, {"--lock=" + lock}));
  REQUIRE_MESSAGE(one.says("a"), one.log());
  const std::string first = api().record(object)->renew_time;
  REQUIRE(eventually([&] { return api().record(object)->renew_time != first; }));
  const long peak = peak_of(one.process());
  CHECK(one.terminate() == 0);
  return peak;
}

}  // namespace

TEST_SUITE("elector status of large objects") {
  TEST_CASE("a lock whose holder's name is as large as an object can be is waited out and taken") {
    if (lacks_large_objects()) return;
    const ElectionName small(api(), "small");
    const ElectionName large(api(), "large");
    const std::string name(kLarge, '<');
    write(large.lease(), {.holder = name, .renewed = seconds(-60), .duration = 2});
    const Ran status = elector({"status", large.text()});
    CHECK(status.exit_code == 3);
    CHECK(status.out.size() > kLarge);
    const Ran json = elector({"status", large.text(), "-o", "json"});
    CHECK(json.exit_code == 3);
    const Ran asked = elector({"resign", large.text()});
    CHECK(asked.exit_code == 1);
    CHECK(contains(asked.err, "too long for a request to resign"));
    const long before = peak_of_leader(small.lease(), "leases");
    CHECK(peak_of_leader(large.lease(), "leases") < before + kMoreMemory);
    rewrite(large.lease(), {.holder = name, .duration = 300});
    CHECK(elector({"watch", large.text(), "--for=leader", "--timeout=20s"}).exit_code == 0);
    CHECK(elector({"resign", large.text(), "--force"}).exit_code == 0);
    CHECK(api().holder(large.lease()) == "");
  }

  TEST_CASE("data of others of that size stays as it is") {
    if (lacks_large_objects()) return;
    const ElectionName small(api(), "small-map");
    const ElectionName large(api(), "large-map");
    const std::string data(kLarge / 2, '<');
    api().create(large.configmap(), R"({"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":)" +
                                        json_quoted(large.text()) + R"(},"data":{"a":")" + data +
                                        R"(\\u003c\"&"}})");
    const long before = peak_of_leader(small.configmap(), "configmaps");
    CHECK(peak_of_leader(large.configmap(), "configmaps") < before + kMoreMemory);
    CHECK(text_at(*api().get(large.configmap()), "/data/a") == data + "\\u003c\"&");
  }

  TEST_CASE("such objects hide no other from status and watch of a namespace") {
    if (lacks_large_objects()) return;
    const ElectionName other(api(), "other");
    const ElectionName one(api(), "large-1");
    const ElectionName two(api(), "large-2");
    const ElectionName three(api(), "large-3");
    const std::string name(kLarge, '<');
    for (const ElectionName* large : {&one, &two, &three}) {
      write(large->lease(), {.holder = name, .duration = 300});
    }
    write(other.lease(), {.holder = "b", .duration = 300});
    const Ran listed = elector({"status", "--lock=leases", "-o", "name"});
    CHECK(listed.exit_code == 0);
    for (const ElectionName* each : {&one, &two, &three, &other}) {
      CHECK(contains(listed.out, each->text() + "\n"));
    }
    Command command{.arguments = {elector_binary(), "watch", "--lock=leases"},
                    .environment = clean_environment()};
    command.environment["KUBECONFIG"] = Cluster::get().kubeconfig();
    Process watch(command);
    REQUIRE(watch.wait_for_line(Process::Stream::kOut, containing(other.text() + ": b leads")));
    rewrite(one.lease(), {.holder = name + ">", .duration = 300});
    rewrite(other.lease(), {.holder = "c", .duration = 300, .transitions = 2});
    CHECK(watch.wait_for_line(Process::Stream::kOut, containing(other.text() + ": b -> c")));
  }
}

}  // namespace elector::tests
