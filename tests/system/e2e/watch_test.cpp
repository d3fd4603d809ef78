// SPDX-License-Identifier: Apache-2.0
// `elector watch`: every change of leader once, with its reason; waiting for one; a command at
// each.
#include <doctest/doctest.h>

#include <algorithm>
#include <csignal>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/candidate.h"
#include "tests/support/cluster.h"
#include "tests/support/observer.h"
#include "tests/support/temp_dir.h"

namespace elector::tests {
namespace {

using std::chrono::seconds;
using Stream = Process::Stream;

const Api& api() {
  return Cluster::get().api();
}

Command watch_command(const std::string& kubeconfig, const std::vector<std::string>& arguments) {
  Command command{.arguments = {elector_binary(), "watch"}, .environment = clean_environment()};
  command.arguments.insert(command.arguments.end(), arguments.begin(), arguments.end());
  command.environment["KUBECONFIG"] = kubeconfig;
  return command;
}

// `elector watch` as a process.
class Watching {
 public:
  explicit Watching(const std::vector<std::string>& arguments,
                    const std::string& kubeconfig = Cluster::get().kubeconfig())
      : process_(watch_command(kubeconfig, arguments)) {}

  Process& process() { return process_; }
  // Whether a line comes that ends like this, behind the one that was waited for before.
  bool says(const std::string& end, Milliseconds limit = kLimit) {
    const auto accepts = [&](const std::string& line) { return line.ends_with(end); };
    if (!process_.wait_for_line(Stream::kOut, accepts, limit, next_)) return false;
    const auto lines = process_.lines(Stream::kOut);
    while (!accepts(lines.at(next_++).text)) {
    }
    return true;
  }
  std::size_t printed() const { return process_.lines(Stream::kOut).size(); }
  std::string all() const { return process_.text(Stream::kOut) + process_.text(Stream::kErr); }

 private:
  Process process_;
  std::size_t next_ = 0;
};

Ran watch(const std::vector<std::string>& arguments) {
  std::vector<std::string> line{"watch"};
  line.insert(line.end(), arguments.begin(), arguments.end());
  return run_elector(Cluster::get().kubeconfig(), line);
}

}  // namespace

TEST_SUITE("elector watch") {
  TEST_CASE("each change of leader is a line with its reason, on every kind of lock") {
    const auto scenario = [](const ElectionName& election, const ObjectName& name) {
      const std::string subject =
          (name.resource == "leases" ? "" : name.resource + "/") + election.text() + ": ";
      Watching watching({election.text()});
      const auto on_resource = [&](const std::string& text) { return subject + text; };
      REQUIRE_MESSAGE(watching.says(election.text() + ": nobody leads"), watching.all());
      HandRecord term{.holder = "a", .transitions = 0};
      write(name, term);
      CHECK_MESSAGE(watching.says(on_resource("nobody -> a (elected)")), watching.all());
      term.renewed = seconds(1);
      rewrite(name, term);
      rewrite(name, {.holder = "", .duration = 1, .transitions = 0});
      CHECK_MESSAGE(watching.says(on_resource("a -> nobody (released)")), watching.all());
      rewrite(name, {.holder = "b c", .renewed = seconds(0), .transitions = 1});
      CHECK_MESSAGE(watching.says(on_resource("nobody -> b c (elected)")), watching.all());
      rewrite(name, {.holder = "d", .renewed = seconds(0), .transitions = 2});
      CHECK_MESSAGE(watching.says(on_resource("b c -> d (handed over)")), watching.all());
      rewrite(name, {.holder = "e", .renewed = seconds(0), .transitions = 5});
      CHECK_MESSAGE(watching.says(on_resource("d -> e (handed over) [2 terms unseen]")),
                    watching.all());
      api().remove(name);
      CHECK_MESSAGE(watching.says("e -> nobody (deleted)"), watching.all());
      CHECK_MESSAGE(watching.printed() == 7, watching.all());
    };
    const ElectionName a(api(), "a");
    const ElectionName b(api(), "b");
    const ElectionName c(api(), "c");
    together({[&] { scenario(a, a.lease()); }, [&] { scenario(b, b.endpoints()); },
              [&] { scenario(c, c.configmap()); }});
  }

  TEST_CASE("a record that expires is a change without an event") {
    const ElectionName election(api(), "dead");
    HandRecord term{.holder = "a", .duration = 3};
    write(election.lease(), term);
    Watching watching({election.text()});
    REQUIRE_MESSAGE(watching.says(": a leads"), watching.all());
    CHECK_MESSAGE(watching.says(": a -> nobody (expired)"), watching.all());
    term.duration = 30;
    rewrite(election.lease(), term);
    CHECK_MESSAGE(watching.says(": nobody -> a (renewed)"), watching.all());
    CHECK(watching.printed() == 3);
  }

  TEST_CASE("it follows candidates through an end, a handover and a death") {
    const ElectionName election(api(), "real");
    Candidates three(3, {.kubeconfig = Cluster::get().kubeconfig(),
                         .election = election.text(),
                         .id = "",
                         .more = {"--lock=leases"}});
    Candidate* first = three.leader();
    REQUIRE_MESSAGE(first != nullptr, three.logs());
    Watching watching({election.text()});
    REQUIRE_MESSAGE(watching.says(": " + first->id() + " leads"), watching.all());
    CHECK(first->terminate() == 0);
    three.gone(*first);
    CHECK(watching.says(": " + first->id() + " -> nobody (released)"));
    Candidate* second = three.leader();
    REQUIRE(second != nullptr);
    CHECK(watching.says(": nobody -> " + second->id() + " (elected)"));
    Candidate& third = three.other_than(*second);
    const Ran asked = run_elector(Cluster::get().kubeconfig(),
                                  {"resign", election.text(), "--to=" + third.id(), "--wait=30s"});
    CHECK_MESSAGE(asked.exit_code == 0, asked.err);
    CHECK_MESSAGE(watching.says(": " + second->id() + " -> nobody (released)"), watching.all());
    CHECK_MESSAGE(watching.says(": nobody -> " + third.id() + " (handed over)"), watching.all());
    third.signal(SIGKILL);
    CHECK_MESSAGE(watching.says(" (expired)"), watching.all());
  }

  TEST_CASE("a thousand changes at full speed are reported once each, and in order") {
    const ElectionName election(api(), "speed");
    write(election.lease(), {.holder = "h0", .renewed = seconds(0), .transitions = 0});
    Watching watching({election.text(), "-ojson"});
    REQUIRE_MESSAGE(watching.says("}"), watching.all());
    constexpr int kChanges = 1000;
    for (int i = 1; i <= kChanges; ++i) {
      rewrite(election.lease(),
              {.holder = "h" + std::to_string(i), .renewed = seconds(0), .transitions = i});
    }
    REQUIRE_MESSAGE(eventually([&] { return watching.printed() >= kChanges + 1; }),
                    watching.printed());
    const auto lines = watching.process().lines(Stream::kOut);
    REQUIRE(lines.size() == kChanges + 1);
    for (int i = 1; i <= kChanges; ++i) {
      const Json line = parse_json(lines[static_cast<std::size_t>(i)].text);
      REQUIRE(text_at(line, "/leader") == "h" + std::to_string(i));
      REQUIRE(text_at(line, "/from") == "h" + std::to_string(i - 1));
      REQUIRE(text_at(line, "/why") == "handed over");
      REQUIRE(number_at(line, "/missed") == 0);
      REQUIRE(number_at(line, "/transitions") == i);
    }
  }

  TEST_CASE("without a name it follows all, those too that are yet to come") {
    const ElectionName old(api(), "old");
    const ElectionName young(api(), "young");
    write(old.endpoints(), {.holder = "a", .renewed = seconds(0)});
    Watching watching({"-A"});
    REQUIRE_MESSAGE(watching.says("default/endpoints/" + old.text() + ": a leads"), watching.all());
    write(young.lease(), {.holder = "b", .renewed = seconds(0), .transitions = 0});
    CHECK_MESSAGE(watching.says("default/" + young.text() + ": nobody -> b (elected)"),
                  watching.all());
    rewrite(old.endpoints(), {.holder = "", .duration = 1});
    CHECK_MESSAGE(watching.says("default/endpoints/" + old.text() + ": a -> nobody (released)"),
                  watching.all());
    api().remove(young.lease());
    CHECK_MESSAGE(watching.says("default/" + young.text() + ": b -> nobody (deleted)"),
                  watching.all());
  }

  TEST_CASE("JSON has the election as status has it, and what changed") {
    const ElectionName election(api(), "json");
    write(election.lease(), {.holder = "a", .renewed = seconds(0), .transitions = 1});
    Watching watching({election.text(), "-o", "json"});
    REQUIRE_MESSAGE(watching.says("\"from\":null,\"why\":null,\"missed\":0}"), watching.all());
    const Json first = parse_json(watching.process().lines(Stream::kOut)[0].text);
    CHECK(text_at(first, "/leader") == "a");
    CHECK(text_at(first, "/state") == "held");
    CHECK(text_at(first, "/lock") == "leases");
    CHECK(number_at(first, "/expiresInMs") > 0);
    CHECK_FALSE(text_at(first, "/time").empty());
    rewrite(election.lease(), {.holder = "", .duration = 1});
    CHECK_MESSAGE(watching.says("\"from\":\"a\",\"why\":\"released\",\"missed\":0}"),
                  watching.all());
  }

  TEST_CASE(
      "--for ends with 0 when its condition holds, at once if it holds already, otherwise 124 in "
      "time") {
    const ElectionName held(api(), "held");
    const ElectionName free(api(), "free");
    write(held.lease(), {.holder = "a", .renewed = seconds(0), .duration = 600});
    const auto ends = [](const std::vector<std::string>& arguments, int code,
                         const std::string& out) {
      const Ran ran = watch(arguments);
      CAPTURE(arguments);
      CHECK_MESSAGE(ran.exit_code == code, ran.err);
      CHECK(ran.out.substr(std::min<std::size_t>(ran.out.find(": "), ran.out.size())) == out);
      return ran.err;
    };
    ends({held.text(), "--for=leader"}, 0, ": a leads\n");
    ends({held.text(), "--for=id=a", "--timeout=0"}, 0, ": a leads\n");
    ends({free.text(), "--for=vacancy"}, 0, ": nobody leads\n");
    together({[&] {
                const auto said = ends({held.text(), "--for=vacancy", "--timeout=1s"}, 124, "");
                CHECK(
                    said.ends_with("elector watch: timed out after 1s, waiting for a vacancy of " +
                                   held.text() + ": a leads\n"));
              },
              [&] {
                ends({held.text(), "--for=id=b", "--timeout=300ms"}, 124, "");
              },
              [&] {
                ends({held.text(), "--for=change", "--timeout=0"}, 124, "");
              },
              [&] {
                const auto said = ends({free.text(), "--for=leader", "--timeout=0"}, 124, "");
                CHECK(contains(said, ": there is no such election yet"));
              }});
  }

  TEST_CASE("--for logs what it waits for, and that there is no such election yet") {
    const ElectionName election(api(), "unborn");
    Watching watching({election.text(), "--for=leader"});
    const std::string waits = "info waiting for a leader of " + election.text();
    const auto ends = [](const std::string& end) {
      return [end](const std::string& line) { return line.ends_with(end); };
    };
    CHECK(watching.process().wait_for_line(Stream::kErr, ends(waits)));
    CHECK(watching.process().wait_for_line(Stream::kErr,
                                           ends(waits + " (there is no such election yet)")));
    write(election.lease(), {.holder = "a", .renewed = seconds(0), .duration = 600});
    CHECK(watching.process().wait_exit() == 0);
  }

  TEST_CASE("--timeout=0 reports why it ends when there is no answer to decide by") {
    const ApiServer silent;
    silent.fault(R"("action":"hang","count":-1)");
    const Ran ran = run_elector(
        silent.kubeconfig(), {"watch", "x", "--for=leader", "--timeout=0", "--request-timeout=1s"});
    CHECK(ran.exit_code == 124);
    CHECK(contains(ran.err, "waiting for a leader of x: the lock could not be read"));
  }

  TEST_CASE("--for waits until its condition holds, and prints just that") {
    const ElectionName election(api(), "until");
    Watching leader({election.text(), "--for=leader"});
    Watching named({election.text(), "--for=id=b", "--timeout=60s"});
    Watching change({election.text(), "--for=change"});
    Watching all({election.text()});
    REQUIRE(all.says("nobody leads"));
    CHECK(leader.process().running());
    // The others have seen the vacancy too, or will find what comes next as the first state.
    write(election.lease(), {.holder = "a", .renewed = seconds(0)});
    CHECK(leader.process().wait_exit() == 0);
    REQUIRE(all.says("-> a (elected)"));
    CHECK(named.process().running());
    rewrite(election.lease(), {.holder = "b", .renewed = seconds(0), .transitions = 2});
    CHECK(named.process().wait_exit() == 0);
    CHECK(change.process().wait_exit() == 0);
    CHECK(named.printed() == 1);
    CHECK(leader.printed() == 1);
    CHECK(change.printed() == 1);
    // Only that it waits.
    for (const Line& line : named.process().lines(Stream::kErr)) {
      CHECK_MESSAGE(contains(line.text, " info waiting until b leads "), line.text);
    }
  }

  TEST_CASE("--exec runs one at a time, with the facts, and ends up with the latest state") {
    const ElectionName election(api(), "exec");
    const TempDir dir;
    write(election.lease(), {.holder = "h0", .renewed = seconds(0), .transitions = 0});
    // Two at a time would find the directory in their way.
    Watching watching(
        {election.text(), "--exec=mkdir " + dir.path("lock") + " || echo overlap >> " +
                              dir.path("log") +
                              "; echo \"$LEADER_PREVIOUS>$LEADER_IDENTITY "
                              "$LEADER_REASON $LEADER_ELECTION $LEADER_NAMESPACE $LEADER_LOCK "
                              "$LEADER_STATE $LEADER_TRANSITIONS\" >> " +
                              dir.path("log") + "; sleep 0.05; rmdir " + dir.path("lock")});
    REQUIRE_MESSAGE(watching.says("h0 leads"), watching.all());
    constexpr int kChanges = 40;
    for (int i = 1; i <= kChanges; ++i) {
      rewrite(election.lease(),
              {.holder = "h" + std::to_string(i), .renewed = seconds(0), .transitions = i});
    }
    const std::string tail = ">h40 handed over " + election.text() + " default leases held 40\n";
    CHECK_MESSAGE(eventually([&] { return dir.read("log").ends_with(tail); }), dir.read("log"));
    const std::string log = dir.read("log");
    CHECK(log.starts_with(">h0  " + election.text() + " default leases held 0\n"));
    CHECK_FALSE(contains(log, "overlap"));
    CHECK(std::count(log.begin(), log.end(), '\n') <= kChanges + 1);
    CHECK(watching.printed() == kChanges + 1);
  }

  TEST_CASE(
      "an --exec command that a signal ended is reported with the signal's name, and watch "
      "continues") {
    const ElectionName election(api(), "killed");
    write(election.lease(), {.holder = "h9", .renewed = seconds(0), .transitions = 0});
    Watching watching({election.text(), "--exec=kill -${LEADER_IDENTITY#h} $$"});
    const auto logs = [&](const std::string& name) {
      return watching.process().wait_for_line(
          Stream::kErr, containing("the --exec command was killed by " + name));
    };
    CHECK_MESSAGE(logs("SIGKILL"), watching.all());
    const std::vector<std::pair<int, std::string>> table{
        {SIGRTMIN, "SIGRTMIN"}, {SIGRTMIN + 3, "SIGRTMIN+3"}, {SIGRTMAX, "SIGRTMAX"}};
    int changes = 0;
    for (const auto& [signal, name] : table) {
      rewrite(election.lease(), {.holder = "h" + std::to_string(signal), .transitions = ++changes});
      CHECK_MESSAGE(logs(name), watching.all());
    }
  }

  TEST_CASE("a signal ends it, after the command of --exec") {
    const ElectionName election(api(), "signal");
    const TempDir dir;
    Watching plain({election.text()});
    Watching busy({election.text(), "--exec=trap 'sleep 0.2; echo done > " + dir.path("log") +
                                        "; exit 0' TERM; echo up > " + dir.path("up") +
                                        "; while :; do sleep 0.05; done"});
    REQUIRE(plain.says("nobody leads"));
    plain.process().signal(SIGTERM);
    CHECK(plain.process().wait_exit() == 128 + SIGTERM);
    REQUIRE(eventually([&] { return dir.read("up") == "up\n"; }));
    busy.process().signal(SIGTERM);
    CHECK(busy.process().wait_exit() == 128 + SIGTERM);
    CHECK(dir.read("log") == "done\n");
  }

  TEST_CASE("a signal that ends it also reaches what the command of --exec runs") {
    const ElectionName election(api(), "group");
    const TempDir dir;
    Watching watching({election.text(), "--exec=sh -c 'trap \"echo done > " + dir.path("log") +
                                            "; exit\" TERM; echo up > " + dir.path("up") +
                                            "; while :; do sleep 0.05; done'; true"});
    REQUIRE(eventually([&] { return dir.read("up") == "up\n"; }));
    watching.process().signal(SIGTERM);
    CHECK(watching.process().wait_exit() == 128 + SIGTERM);
    CHECK(eventually([&] { return dir.read("log") == "done\n"; }));
  }

  TEST_CASE("without permission to watch it polls, and reports this") {
    if (!Cluster::get().has_context("polling")) return;
    const ElectionName election(api(), "polling");
    Watching watching({election.text(), "--context=polling"});
    REQUIRE_MESSAGE(watching.says("nobody leads"), watching.all());
    write(election.lease(), {.holder = "a", .renewed = seconds(0)});
    CHECK_MESSAGE(watching.says("nobody -> a (elected)"), watching.all());
    CHECK(contains(watching.process().text(Stream::kErr), "polling instead"));
    const auto remedy_for = [&](const std::string& user) {
      return "elector watch --election=" + election.text() +
             " --namespace=default --print-rbac=user:" + user + " | kubectl apply -f -\n";
    };
    CHECK(contains(watching.process().text(Stream::kErr), remedy_for("polling")));
    const Ran denied = watch({election.text(), "--context=nobody"});
    CHECK(denied.exit_code == 1);
    CHECK(contains(denied.err, "forbidden"));
    CHECK(contains(denied.err, remedy_for("nobody")));
    const Ran none = watch({"--context=nobody"});
    CHECK(none.exit_code == 1);
    CHECK(std::count(none.err.begin(), none.err.end(), '\n') == 4);  // each kind, and the remedy
  }

  TEST_CASE("it ends when its output is no longer read") {
    const ElectionName election(api(), "pipe");
    write(election.lease(), {.holder = "a", .renewed = seconds(0)});
    Process process(
        {.arguments = {"sh", "-c", "\"$0\" watch \"$1\" --kubeconfig=\"$2\" | head -n 1",
                       elector_binary(), election.text(), Cluster::get().kubeconfig()},
         .environment = clean_environment()});
    REQUIRE(process.wait_for_line(Stream::kOut, containing(": a leads")));
    // At once, not at the next line, which may never come.
    CHECK(process.wait_exit() == 0);
  }
}

TEST_SUITE("elector watch and an API server in trouble") {
  TEST_CASE("it survives a restart of the API server, and reports what happened meanwhile") {
    const auto scenario = [](const std::vector<std::string>& arguments) {
      ApiServer server;
      const ObjectName lease{.resource = "leases", .name = "example"};
      server.api().create(lease, lock_body(lease, {.holder = "a", .duration = 600}));
      Watching watching(arguments, server.kubeconfig());
      REQUIRE_MESSAGE(watching.says("example: a leads"), watching.all());
      server.stop();
      server.start();
      server.api().patch(lease,
                         lock_body(lease, {.holder = "b", .duration = 600, .transitions = 2}));
      CHECK_MESSAGE(watching.says("example: a -> b (handed over)"), watching.all());
      // The recovery is information, and reported once for all kinds of lock.
      CHECK_MESSAGE(eventually([&] { return contains(watching.all(), " info watching again"); }),
                    watching.all());
      CHECK_FALSE(contains(watching.all(), "warn watching again"));
      // Gone while no watch could show it.
      server.compact();
      server.stop();
      server.start();
      server.api().remove(lease);
      CHECK_MESSAGE(watching.says("example: b -> nobody (deleted)"), watching.all());
      CHECK_MESSAGE(watching.printed() == 3, watching.all());
    };
    together({[&] { scenario({"example"}); }, [&] { scenario({}); }});
  }

  TEST_CASE("watches that the server ends, cuts or forgets lose nothing") {
    const auto scenario = [](const std::vector<std::string>& arguments) {
      const ApiServer server;
      const ObjectName lease{.resource = "leases", .name = "example"};
      server.api().create(lease, lock_body(lease, {.holder = "h0", .duration = 600}));
      Watching watching(arguments, server.kubeconfig());
      REQUIRE_MESSAGE(watching.says("example: h0 leads"), watching.all());
      int term = 1;
      for (const std::string action : {"end", "gone", "end", "gone"}) {
        CAPTURE(action);
        server.watches(action);
        for (int i = 0; i < 3; ++i, ++term) {
          const std::string from = "h" + std::to_string(term - 1);
          const std::string to = "h" + std::to_string(term);
          server.api().patch(
              lease, lock_body(lease, {.holder = to, .duration = 600, .transitions = term + 1}));
          if (action == "end") {
            CHECK_MESSAGE(watching.says("example: " + from + " -> " + to + " (handed over)"),
                          watching.all());
          }
        }
        const std::string last = " -> h" + std::to_string(term - 1) + " (handed over)";
        if (action == "gone") {
          CHECK_MESSAGE(eventually([&] { return contains(watching.all(), last); }), watching.all());
        }
      }
    };
    together({[&] { scenario({"example"}); }, [&] { scenario({}); }});
  }

  TEST_CASE("where no watch gets through, or shows nothing, it polls: a new leader is reported") {
    const auto scenario = [](const std::string& rule, const std::vector<std::string>& arguments) {
      const ApiServer server;
      const ObjectName lease{.resource = "leases", .name = "example"};
      HandRecord term{.holder = "a", .duration = 2};
      server.api().create(lease, lock_body(lease, term));
      if (!rule.empty()) server.fault(rule);
      Watching watching(arguments, server.kubeconfig());
      REQUIRE_MESSAGE(watching.says("example: a leads"), watching.all());
      if (rule.empty()) server.watches("stall");
      CHECK_MESSAGE(watching.says("example: a -> nobody (expired)"), watching.all());
      term = {.holder = "b", .duration = 600, .transitions = 2};
      server.api().patch(lease, lock_body(lease, term));
      CHECK_MESSAGE(watching.says("example: nobody -> b (elected)"), watching.all());
    };
    const std::string refused = R"("verbs":["WATCH"],"action":"status","code":502,"count":-1)";
    together({[&] { scenario(refused, {"example"}); }, [&] { scenario(refused, {}); },
              [&] { scenario("", {"example"}); }});
  }

  TEST_CASE("an API server that comes later is waited for, within --timeout") {
    ApiServer server;
    const ObjectName lease{.resource = "leases", .name = "example"};
    server.api().create(lease, lock_body(lease, {.holder = "a", .duration = 600}));
    server.stop();
    const Ran away =
        run_elector(server.kubeconfig(), {"watch", "example", "--for=leader", "--timeout=500ms"});
    CHECK(away.exit_code == 124);
    CHECK(contains(away.err, "the lock could not be read"));
    Watching watching({"example", "--for=leader"}, server.kubeconfig());
    CHECK(watching.process().wait_for_line(Stream::kErr, containing("cannot reach")));
    server.start();
    CHECK(watching.process().wait_exit() == 0);
  }

  TEST_CASE("a leader that stops renewing has expired, and leads again when it renews") {
    ApiServer server;
    const ObjectName lease{.resource = "leases", .name = "example"};
    HandRecord term{.holder = "a", .duration = 4};
    server.api().create(lease, lock_body(lease, term));
    Watching watching({"example"}, server.kubeconfig());
    REQUIRE_MESSAGE(watching.says("example: a leads"), watching.all());
    server.stop();
    CHECK_MESSAGE(watching.says("example: a -> nobody (expired)"), watching.all());
    server.start();
    term.duration = 600;
    server.api().patch(lease, lock_body(lease, term));
    CHECK_MESSAGE(watching.says("example: nobody -> a (renewed)"), watching.all());
  }
}

}  // namespace elector::tests
