// SPDX-License-Identifier: Apache-2.0
// `elector status`: its output for locks in every state, its exit status, and its requests to the
// API server.
#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/candidate.h"
#include "tests/support/cluster.h"
#include "tests/support/observer.h"

namespace elector::tests {
namespace {

using std::chrono::seconds;

const Api& api() {
  return Cluster::get().api();
}

Ran status(const std::vector<std::string>& arguments) {
  std::vector<std::string> line{"status"};
  line.insert(line.end(), arguments.begin(), arguments.end());
  return run_elector(Cluster::get().kubeconfig(), line);
}

// The item of `status -o json` for the object, as text; "" without it.
std::string item_of(const Ran& ran, const ObjectName& name) {
  const Json list = parse_json(ran.out);
  REQUIRE(list.HasMember("items"));
  for (const auto& item : list["items"].GetArray()) {
    if (text_at(item, "/election") == name.name && text_at(item, "/lock") == name.resource) {
      return to_text(item);
    }
  }
  return "";
}

}  // namespace

TEST_SUITE("elector status") {
  TEST_CASE("of one election it shows the leader and for how long it leads, and ends with 0") {
    const ElectionName election(api(), "one");
    for (const ObjectName& name : {election.lease(), election.endpoints(), election.configmap()}) {
      CAPTURE(name.resource);
      write(name, {.holder = "a b", .renewed = seconds(0), .transitions = 4});
      const Ran text = status({election.text()});
      CHECK_MESSAGE(text.exit_code == 0, text.err);
      CHECK(contains(text.out, "Election:    " + election.text() + "\n"));
      CHECK(contains(text.out, "Lock:        " + name.resource + "\n"));
      CHECK(contains(text.out, "Leader:      a b\n"));
      CHECK(contains(text.out, "State:       held\n"));
      CHECK(contains(text.out, "Transitions: 4\n"));
      const Ran json = status({election.text(), "-o", "json", "--id=a b"});
      const Json state = parse_json(json.out);
      CHECK(text_at(state, "/leader") == "a b");
      CHECK(text_at(state, "/lock") == name.resource);
      CHECK(state["isLeader"].GetBool());
      CHECK(number_at(state, "/expiresInMs") <= 30000);
      CHECK(number_at(state, "/expiresInMs") > 0);
      CHECK(contains(status({election.text(), "-oyaml"}).out, "\nleader: \"a b\"\n"));
      CHECK(api().remove(name));
    }
  }

  TEST_CASE("it is not held: status ends with 3, and shows why") {
    const ElectionName election(api(), "free");
    const Ran absent = status({election.text()});
    CHECK(absent.exit_code == 3);
    CHECK(contains(absent.out, "absent: there is no such election"));
    write(election.lease(), {.holder = "", .duration = 1});
    const Ran released = status({election.text()});
    CHECK(released.exit_code == 3);
    CHECK(contains(released.out, "State:       released\n"));
    api().remove(election.lease());
    write(election.lease(), {.holder = "gone", .renewed = seconds(-300)});
    const Ran expired = status({election.text()});
    CHECK(expired.exit_code == 3);
    CHECK(contains(expired.out, "State:       expired"));
    CHECK(contains(expired.out, "Leader:      nobody (last held by gone)\n"));
    CHECK(text_at(parse_json(status({election.text(), "-ojson"}).out), "/leader").empty());
  }

  TEST_CASE("an unreadable record ends with 1: the state is not known") {
    const ElectionName election(api(), "garbled");
    const ObjectName name = election.configmap();
    std::string body = lock_body(name, {.holder = "x"});
    body.replace(body.find("{\\\"holder"), 1, "[");
    api().create(name, body);
    const Ran ran = status({election.text()});
    CHECK(ran.exit_code == 1);
    CHECK(contains(ran.out, "State:       unreadable"));
    CHECK(contains(ran.out, "Leader:      unknown"));
    const Ran asked = status({election.text(), "--is-leader", "--id=me"});
    CHECK(asked.exit_code == 1);
    CHECK(asked.out == ran.out);  // and not that there is no leader
    const Ran waited = run_elector(Cluster::get().kubeconfig(),
                                   {"watch", election.text(), "--for=leader", "--timeout=0"});
    CHECK(waited.exit_code == 124);
    CHECK(contains(waited.err, "its record is unreadable"));
    CHECK(contains(item_of(status({"-ojson"}), name), R"("state":"unreadable")"));
  }

  TEST_CASE("--is-leader ends with 0 for the holder alone, and is silent with -q") {
    const ElectionName election(api(), "probe");
    write(election.lease(), {.holder = "me", .renewed = seconds(0)});
    const Ran yes = status({election.text(), "--is-leader", "--id=me"});
    CHECK(yes.exit_code == 0);
    CHECK(yes.out == "me is the leader of " + election.text() + "\n");
    const Ran no = status({election.text(), "--is-leader", "--id=you"});
    CHECK(no.exit_code == 3);
    CHECK(no.out == "you is not the leader of " + election.text() + ": me is\n");
    for (const std::string id : {"me", "you"}) {
      const Ran quiet = status({election.text(), "--is-leader", "-q", "--id=" + id});
      CHECK(quiet.exit_code == (id == "me" ? 0 : 3));
      CHECK(quiet.out + quiet.err == "");
    }
    CHECK(status({election.text(), "--is-leader"}).exit_code == 3);  // the host's name
    api().remove(election.lease());
    write(election.lease(), {.holder = "me", .renewed = seconds(-300)});
    CHECK(status({election.text(), "--is-leader", "--id=me", "-q"}).exit_code == 3);
  }

  TEST_CASE(
      "a Lease with a record takes precedence over the other kinds, unless --lock says otherwise") {
    const ElectionName election(api(), "two");
    write(election.endpoints(), {.holder = "old", .renewed = seconds(0)});
    CHECK(contains(status({election.text()}).out, "Leader:      old\n"));
    write(election.lease(), {.holder = "new", .renewed = seconds(0)});
    CHECK(contains(status({election.text()}).out, "Leader:      new\n"));
    CHECK(contains(status({election.text(), "--lock=endpoints"}).out, "Leader:      old\n"));
    CHECK(contains(status({election.text(), "--lock=endpointsleases"}).out, "Leader:      old\n"));
    CHECK(status({election.text(), "--lock=configmaps"}).exit_code == 3);
  }

  TEST_CASE("a list has every election of every kind, and no other object") {
    const ElectionName election(api(), "list");
    const ElectionName other(api(), "plain");
    write(election.lease(), {.holder = "Zoë 漢字", .renewed = seconds(0)});
    write(election.endpoints(), {.holder = "gone", .renewed = seconds(-300)});
    write(election.configmap(), {.holder = "", .duration = 1});
    api().create(other.configmap(),
                 R"({"metadata":{"name":")" + other.text() + R"("},"data":{"a":"b"}})");
    const Ran json = status({"-ojson"});
    CHECK_MESSAGE(json.exit_code == 0, json.err);
    CHECK(contains(item_of(json, election.lease()), R"("leader":"Zoë 漢字")"));
    CHECK(contains(item_of(json, election.endpoints()), R"("state":"expired")"));
    CHECK(contains(item_of(json, election.configmap()), R"("state":"released")"));
    CHECK(item_of(json, other.configmap()).empty());
    CHECK(item_of(status({"-ojson", "--lock=leases"}), election.endpoints()).empty());
    const std::string name = election.text();
    const Ran table = status({});
    CHECK(table.out.starts_with("ELECTION\tLOCK\tLEADER\tSTATE\tTRANSITIONS\tHELD\tEXPIRES\n"));
    CHECK(contains(table.out, "\n" + name + "\tleases\tZoë 漢字\theld\t1\t10m\t"));
    CHECK(contains(table.out, "\n" + name + "\tendpoints\t-\texpired\t1\t-\t"));
    CHECK(contains(table.out, "\n" + name + "\tconfigmaps\t-\treleased\t1\t-\t-\n"));
    CHECK(
        contains(status({"-A", "--no-headers", "-owide"}).out, "default\t" + name + "\tleases\t"));
    const Ran names = status({"-o", "name"});
    CHECK(contains(names.out, "lease.coordination.k8s.io/" + name + "\nendpoints/" + name +
                                  "\nconfigmap/" + name + "\n"));
    CHECK(contains(status({"--color=always"}).out, "\x1b[33mexpired\x1b[0m"));
    CHECK_FALSE(contains(table.out, "\x1b"));
  }

  TEST_CASE("an empty list ends with 0, and kinds that are forbidden are named, one line each") {
    const Ran empty = status({"-n", "kube-public", "--lock=leases"});
    CHECK(empty.exit_code == 0);
    CHECK(empty.out.empty());
    CHECK(empty.err == "No elections found in namespace kube-public.\n");
    CHECK(status({"-n", "kube-public", "--lock=leases", "-ojson"}).out == "{\"items\":[]}\n");
    CHECK(status({"-n", "kube-public", "--lock=leases", "-oyaml"}).out == "items: []\n");
    if (!Cluster::get().has_context("nobody")) return;
    const Ran none = status({"--context=nobody"});
    CHECK(none.exit_code == 1);
    CHECK(std::count(none.err.begin(), none.err.end(), '\n') == 3);
    CHECK(contains(none.err, "elector status: leases.coordination.k8s.io is forbidden"));
    CHECK(contains(none.err,
                   "elector status: skipped because a permission is missing: endpoints and "
                   "configmaps\n"));
    CHECK(contains(none.err,
                   "an administrator can grant all permissions that it uses: elector status "
                   "--namespace=default --print-rbac=user:nobody | kubectl apply -f -\n"));
  }

  TEST_CASE("a Role that allows the one Lease suffices for its status, also when it is absent") {
    if (!Cluster::get().has_context("member")) return;
    const ElectionName election(api(), "role");
    const Ran absent = status({election.text(), "--context=member"});
    CHECK(absent.exit_code == 3);
    CHECK(contains(absent.out, "endpoints and configmaps of that name: no permission to read"));
    CHECK(absent.err.empty());
    const std::string unseen =
        "elector status: skipped because a permission is missing: endpoints and configmaps\n";
    CHECK(status({election.text(), "--context=member", "-ojson"}).err == unseen);
    CHECK(status({election.text(), "--context=member", "-ojson", "-q"}).err.empty());
    write(election.lease(), {.holder = "a", .renewed = seconds(0)});
    const Ran held = status({election.text(), "--context=member"});
    CHECK(held.exit_code == 0);
    CHECK(held.err.empty());
    const Ran denied = status({election.text(), "--context=nobody"});
    CHECK(denied.exit_code == 1);
    CHECK(contains(denied.err, "forbidden"));
    CHECK(contains(denied.err,
                   "elector status --election=" + election.text() +
                       " --namespace=default --print-rbac=user:nobody | kubectl apply -f -\n"));
  }

  TEST_CASE("an unreachable API server ends with 1, and a wrong flag with 2") {
    const Ran away = status({"example", "--server=https://127.0.0.1:1", "-q"});
    CHECK(away.exit_code == 1);
    CHECK(contains(away.err, "elector status: cannot reach https://127.0.0.1:1"));
    CHECK(status({"--server=https://127.0.0.1:1"}).exit_code == 1);
    CHECK(status({"--is-leader"}).exit_code == 2);
    CHECK(status({"Example"}).exit_code == 2);
  }

  TEST_CASE(
      "--confirm reports a record that is renewed as held, whatever its leader's clock shows") {
    const ElectionName alive(api(), "late");
    const ElectionName dead(api(), "dead");
    write(alive.lease(), {.holder = "late", .renewed = seconds(-3000), .duration = 2});
    write(dead.lease(), {.holder = "dead", .renewed = seconds(-3000), .duration = 2});
    CHECK(status({alive.text()}).exit_code == 3);
    std::atomic<bool> over{false};
    together({[&] {
                const Ran ran = status({alive.text(), "--confirm"});
                over = true;
                CHECK(ran.exit_code == 0);
                CHECK(contains(ran.out, "State:       held\n"));
                CHECK(contains(ran.out, "Clock:       its holder's clock is "));
                CHECK(contains(ran.out, " behind the API server's\n"));
              },
              [&] {
                CHECK(status({dead.text(), "--confirm"}).exit_code == 3);
              },
              [&] {
                // Every renewal is one more second of that clock, so whenever it looks it sees one.
                for (int i = 1; !over; ++i) {
                  rewrite(alive.lease(),
                          {.holder = "late", .renewed = seconds(i - 3000), .duration = 2});
                  std::this_thread::sleep_for(Milliseconds(100));
                }
              }});
  }

  TEST_CASE("it goes by the API server's clock, not by this machine's") {
    const ApiServer server;
    const auto says = [&](const std::string& election) {
      return text_at(
          parse_json(run_elector(server.kubeconfig(), {"status", election, "-ojson"}).out),
          "/state");
    };
    const ObjectName live{.resource = "leases", .name = "live"};
    const ObjectName dead{.resource = "leases", .name = "dead"};
    server.api().create(live, lock_body(live, {.holder = "a", .renewed = seconds(0)}));
    server.api().create(dead, lock_body(dead, {.holder = "a", .renewed = seconds(-3600)}));
    CHECK(says("live") == "held");
    CHECK(says("dead") == "expired");
    server.fault(R"("action":"clock","offset":3600,"count":-1)");
    CHECK(says("live") == "expired");
    server.clear_faults();
    server.fault(R"("action":"clock","offset":-3600,"count":-1)");
    CHECK(says("live") == "held");
    CHECK(says("dead") == "held");
    const Ran list = run_elector(server.kubeconfig(), {"status", "-owide"});
    CHECK(contains(list.out, "\ndead\tleases\ta\theld\t"));
  }

  TEST_CASE("a thousand elections are listed page by page") {
    const ApiServer server;
    for (int i = 0; i < 1001; ++i) {
      const ObjectName name{.resource = "configmaps", .name = "x" + std::to_string(i)};
      server.api().create(name, lock_body(name, {.holder = "a", .renewed = seconds(0)}));
    }
    const Ran ran = run_elector(server.kubeconfig(), {"status", "-o", "json"});
    REQUIRE_MESSAGE(ran.exit_code == 0, ran.err);
    CHECK(parse_json(ran.out)["items"].Size() == 1001);
    CHECK(server.requests("configmaps", "LIST") == 3);
  }

  TEST_CASE("the heartbeats of nodes are not elections, unless their namespace is named") {
    const ElectionName node(api(), "node");
    ObjectName lease = node.lease();
    lease.name_space = "kube-node-lease";
    try {
      api().create(lease, lock_body(lease, {.holder = "n", .renewed = seconds(0)}));
    } catch (const std::exception& error) {
      MESSAGE("no namespace for them here: ", error.what());
      return;
    }
    CHECK_FALSE(contains(status({"-A"}).out, node.text()));
    CHECK(contains(status({"-n", "kube-node-lease"}).out, node.text()));
    api().remove(lease);
  }

  TEST_CASE("a busy API server is asked again when it says so, within the time limit") {
    const ApiServer server;
    const ObjectName lease{.resource = "leases", .name = "example"};
    server.api().create(lease, lock_body(lease, {.holder = "a", .duration = 600}));
    for (const std::string code : {"429", "503"}) {
      for (const std::vector<std::string>& words :
           {std::vector<std::string>{"status", "example"}, {"status"}}) {
        CAPTURE(code);
        CAPTURE(words);
        const long before = server.requests("leases", "");
        server.fault(R"("resource":"leases","action":"status","retryAfter":1,"count":2,"code":)" +
                     code);
        const Ran ran = run_elector(server.kubeconfig(), words);
        CHECK_MESSAGE(ran.exit_code == 0, ran.err);
        CHECK(ran.err.empty());
        CHECK(contains(ran.out, "a"));
        CHECK(server.requests("leases", "") == before + 3);
      }
    }
    server.fault(R"("resource":"leases","action":"status","retryAfter":1,"count":-1,"code":429)");
    const Ran never =
        run_elector(server.kubeconfig(), {"status", "example", "--request-timeout=1500ms"});
    CHECK(never.exit_code == 1);
    CHECK_FALSE(never.err.empty());
  }
}

}  // namespace elector::tests
