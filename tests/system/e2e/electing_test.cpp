// SPDX-License-Identifier: Apache-2.0
// The main job: several processes compete, exactly one leads, all name it, and when it goes another
// leads. On the cluster that the tests were pointed at.
#include <doctest/doctest.h>

#include <csignal>
#include <set>

#include "tests/support/candidate.h"
#include "tests/support/cluster.h"
#include "tests/support/json.h"
#include "tests/support/skipped.h"

namespace elector::tests {
namespace {

CandidateOptions options_for(const ElectionName& election, const std::string& lock = "leases") {
  return {.kubeconfig = Cluster::get().kubeconfig(),
          .election = election.text(),
          .id = "",
          .more = {"--lock=" + lock}};
}

}  // namespace

TEST_SUITE("elector run") {
  TEST_CASE("three candidates elect exactly one, and each names it over HTTP, to the byte") {
    const ElectionName election(Cluster::get().api(), "three");
    Candidates three(3, options_for(election));
    Candidate* leader = three.leader();
    REQUIRE_MESSAGE(leader != nullptr, three.logs());
    for (std::size_t i = 0; i < three.size(); ++i) {
      const HttpAnswer answer = http_get(three[i].http_address(), "/");
      CHECK(answer.status == 200);
      CHECK(answer.body == "{\"name\":\"" + leader->id() + "\"}");
      CHECK(answer.headers.at("content-type") == "application/json");
      CHECK(http_get(three[i].http_address(), "/healthz").status == 200);
      CHECK(http_get(three[i].http_address(), "/nowhere").status == 404);
      CHECK(three[i].prints(leader->id()));
      CHECK(three[i].output() == leader->id() + " is the leader\n");
    }
    CHECK(Cluster::get().api().holder(election.lease()) == leader->id());
  }

  TEST_CASE("a leader that gets SIGTERM hands over at once, and exits with 0") {
    const ElectionName election(Cluster::get().api(), "sigterm");
    CandidateOptions options = options_for(election);
    options.ttl = "60s";  // waiting for the lease would be noticed
    Candidates three(3, options);
    for (int round = 0; round < 2; ++round) {
      Candidate* leader = three.leader();
      REQUIRE_MESSAGE(leader != nullptr, three.logs());
      CHECK(leader->terminate() == 0);
      three.gone(*leader);
      REQUIRE_MESSAGE(three.leader() != nullptr, three.logs());
      CHECK(three.leader()->prints(three.leader()->id()));
      CHECK(Cluster::get().api().holder(election.lease()) == three.leader()->id());
    }
    Candidate* last = three.leader();
    CHECK(last->terminate() == 0);
    CHECK(Cluster::get().api().holder(election.lease()) == "");
    CHECK(Cluster::get().api().record(election.lease())->lease_duration == 1);
  }

  TEST_CASE(
      "when the leader is killed its name is served until its record has expired; then another "
      "leads") {
    const ElectionName election(Cluster::get().api(), "sigkill");
    Candidates three(3, options_for(election));
    Candidate* leader = three.leader();
    REQUIRE_MESSAGE(leader != nullptr, three.logs());
    const auto before = *Cluster::get().api().record(election.lease());
    leader->signal(SIGKILL);
    leader->process().wait_exit();
    three.gone(*leader);
    Candidate* next = three.leader();
    REQUIRE_MESSAGE(next != nullptr, three.logs());
    CHECK(next != leader);
    const auto after = *Cluster::get().api().record(election.lease());
    CHECK(after.transitions == before.transitions + 1);
    CHECK(after.acquire_time > before.renew_time);  // RFC 3339 in UTC sorts as text
  }

  TEST_CASE("a leader that was stopped for longer than its lease no longer names itself") {
    const ElectionName election(Cluster::get().api(), "sigstop");
    Candidates two(2, options_for(election));
    Candidate* leader = two.leader();
    REQUIRE_MESSAGE(leader != nullptr, two.logs());
    const Address address = leader->http_address();
    leader->signal(SIGSTOP);
    Candidate& other = two.other_than(*leader);
    REQUIRE_MESSAGE(other.says(other.id()), two.logs());
    leader->signal(SIGCONT);
    // Its very first answer: the loop has had no answer from the API server yet.
    CHECK(http_get(address, "/").body != "{\"name\":\"" + leader->id() + "\"}");
    CHECK_MESSAGE(leader->says(other.id()), two.logs());
    CHECK(leader->prints(other.id()));
    CHECK_MESSAGE(leader->logs("this process did not run for a while"), leader->log());
    CHECK(other.leader() == other.id());
  }

  TEST_CASE("with --log-format=json, standard output and the log are one stream of objects") {
    using Stream = Process::Stream;
    const ElectionName election(Cluster::get().api(), "objects");
    CandidateOptions options = options_for(election);
    options.id = "a";
    options.more.emplace_back("--log-format=json");
    Candidate one(options);
    REQUIRE_MESSAGE(one.says("a"), one.log());
    options.more.emplace_back("-otext");
    options.id = "b";
    Candidate plain(options);
    CHECK_MESSAGE(plain.prints("a"), plain.log());
    CHECK(one.terminate() == 0);
    std::size_t changes = 0;
    for (const Stream stream : {Stream::kOut, Stream::kErr}) {
      for (const Line& line : one.process().lines(stream)) {
        CAPTURE(line.text);
        const Json object = parse_json(line.text);
        CHECK(text_at(object, "/time") != "");
        CHECK(text_at(object, "/level") == "info");
        if (text_at(object, "/msg") != "leader changed") continue;
        ++changes;
        CHECK(text_at(object, "/election") == election.text());
        CHECK(text_at(object, "/namespace") == "default");
        CHECK(text_at(object, "/id") == "a");
        CHECK(text_at(object, "/leader") == (changes == 1 ? "a" : ""));
      }
    }
    CHECK(changes == 2);
  }

  TEST_CASE("a signal that comes twice ends it in order, too") {
    const auto scenario = [] {
      const ElectionName election(Cluster::get().api(), "twice");
      CandidateOptions options = options_for(election);
      options.ttl = "60s";
      Candidates one(1, options);
      REQUIRE_MESSAGE(one.leader() != nullptr, one.logs());
      one[0].signal(SIGTERM);
      one[0].signal(SIGTERM);
      CHECK(one[0].process().wait_exit() == 0);
      CHECK_MESSAGE(Cluster::get().api().holder(election.lease()) == "", one.logs());
    };
    together({scenario, scenario, scenario, scenario, scenario, scenario});
  }

  TEST_CASE("with --release-delay nothing served names the leaver, while it still holds the lock") {
    const ElectionName election(Cluster::get().api(), "delay");
    CandidateOptions options = options_for(election);
    options.more.emplace_back("--release-delay=4s");
    Candidates two(2, options);
    Candidate* leader = two.leader();
    REQUIRE_MESSAGE(leader != nullptr, two.logs());
    Candidate& other = two.other_than(*leader);
    const auto before = *Cluster::get().api().record(election.lease());
    const SteadyTime asked = std::chrono::steady_clock::now();
    leader->signal(SIGTERM);
    REQUIRE_MESSAGE(leader->logs("SIGTERM"), leader->log());
    CHECK(leader->body() == "{\"name\":\"\"}");
    CHECK(leader->prints("nobody"));
    // It holds and renews the lock meanwhile, for longer than the 3s of one record.
    CHECK(eventually([&] {
      const auto now = Cluster::get().api().record(election.lease());
      return now->holder == leader->id() && now->renew_time > before.renew_time;
    }));
    CHECK_MESSAGE(other.says(other.id()), two.logs());
    const auto waited = other.prints(other.id())->at - asked;
    CHECK(waited >= std::chrono::milliseconds(3900));
    CHECK(leader->process().wait_exit() == 0);
  }

  TEST_CASE(
      "a second signal hurries a leaver through its release delay, and it still gives the lock "
      "back") {
    const ElectionName election(Cluster::get().api(), "twice");
    CandidateOptions options = options_for(election);
    options.ttl = "60s";
    options.more.emplace_back("--release-delay=10m");
    Candidates two(2, options);
    Candidate* leader = two.leader();
    REQUIRE_MESSAGE(leader != nullptr, two.logs());
    leader->signal(SIGINT);
    REQUIRE_MESSAGE(leader->logs("SIGINT"), leader->log());
    CHECK(leader->process().running());
    leader->signal(SIGINT);
    CHECK(leader->process().wait_exit() == 0);
    two.gone(*leader);
    CHECK_MESSAGE(two.leader() != nullptr, two.logs());
  }

  TEST_CASE("a follower leaves at once, and leaves the lock alone") {
    const ElectionName election(Cluster::get().api(), "follower");
    Candidates two(2, options_for(election));
    Candidate* leader = two.leader();
    REQUIRE_MESSAGE(leader != nullptr, two.logs());
    Candidate& other = two.other_than(*leader);
    CHECK(other.terminate() == 0);
    CHECK(Cluster::get().api().holder(election.lease()) == leader->id());
    CHECK(leader->leader() == leader->id());
    CHECK(leader->output() == leader->id() + " is the leader\n");
  }

  TEST_CASE("a candidate without a standard output leads") {
    const ElectionName election(Cluster::get().api(), "stdout");
    Process process(Command{.arguments = {elector_binary(), "run", "--election", election.text(),
                                          "--kubeconfig=" + Cluster::get().kubeconfig(),
                                          "--lock=leases", "--id=mute", "--ttl=2s"},
                            .environment = clean_environment(),
                            .close_stdout = true});
    const auto renewed = [&] {
      const auto record = Cluster::get().api().record(election.lease());
      return record && record->holder == "mute" && record->renew_time > record->acquire_time;
    };
    CHECK_MESSAGE(eventually(renewed), process.text(Process::Stream::kErr));
    process.signal(SIGTERM);
    CHECK(process.wait_exit() == 0);
  }

  TEST_CASE("every kind of lock elects one, hands over on SIGTERM and fails over after SIGKILL") {
    const auto scenario = [](const std::string& lock) {
      const ElectionName election(Cluster::get().api(), lock);
      Candidates three(3, options_for(election, lock));
      Candidate* first = three.leader();
      REQUIRE_MESSAGE(first != nullptr, three.logs());
      CHECK(first->terminate() == 0);
      three.gone(*first);
      Candidate* second = three.leader();
      REQUIRE_MESSAGE(second != nullptr, three.logs());
      second->signal(SIGKILL);
      second->process().wait_exit();
      three.gone(*second);
      Candidate* third = three.leader();
      REQUIRE_MESSAGE(third != nullptr, three.logs());
      for (const ObjectName& object : objects_of(lock, election.text())) {
        CAPTURE(object.resource);
        const auto record = Cluster::get().api().record(object);
        REQUIRE(record);
        CHECK(record->holder == third->id());
        CHECK_MESSAGE(record->transitions == 2, three.logs());
        CHECK(record->lease_duration == 3);
      }
      CHECK(third->terminate() == 0);
      for (const ObjectName& object : objects_of(lock, election.text())) {
        CHECK(Cluster::get().api().holder(object) == "");
      }
    };
    together({[&] { scenario("leases"); }, [&] { scenario("endpoints"); },
              [&] { scenario("configmaps"); }, [&] { scenario("endpointsleases"); },
              [&] { scenario("configmapsleases"); }});
  }

  TEST_CASE("the rights of a candidate suffice, with watch or without") {
    for (const std::string context : {"member", "polling"}) {
      CAPTURE(context);
      if (!Cluster::get().has_context(context)) {
        MESSAGE("the kubeconfig has no context ", context);
        continue;
      }
      const ElectionName election(Cluster::get().api(), context);
      CandidateOptions options = options_for(election);
      options.more = {"--context=" + context};
      Candidates two(2, options);
      Candidate* leader = two.leader();
      REQUIRE_MESSAGE(leader != nullptr, two.logs());
      CHECK(leader->terminate() == 0);
      two.gone(*leader);
      REQUIRE_MESSAGE(two.leader() != nullptr, two.logs());
      const std::size_t said = two.leader()->count_logged("cannot watch");
      CHECK_MESSAGE(said == (context == "polling" ? 1 : 0), two.logs());
    }
  }

  TEST_CASE("kubectl sees who leads" * doctest::skip(!have_command("kubectl"))) {
    const ElectionName election(Cluster::get().api(), "kubectl");
    Candidates one(1, options_for(election, "endpointsleases"));
    REQUIRE_MESSAGE(one.leader() != nullptr, one.logs());
    const auto kubectl = [](const std::vector<std::string>& words) {
      Command command{.arguments = {"kubectl", "--kubeconfig=" + Cluster::get().kubeconfig()}};
      command.arguments.insert(command.arguments.end(), words.begin(), words.end());
      Process process(command);
      process.wait_exit();
      return process.text(Process::Stream::kOut) + process.text(Process::Stream::kErr);
    };
    CHECK(kubectl({"get", "lease", election.text(), "-o", "jsonpath={.spec.holderIdentity}"}) ==
          "a\n");
    const std::string table = kubectl({"get", "lease", election.text()});
    const bool has_columns = table.find("HOLDER") != std::string::npos;
    if (has_columns || !skipped_by_server("printer columns")) {
      CHECK(table.find(" a ") != std::string::npos);
    }
    const std::string yaml = kubectl({"get", "endpoints", election.text(), "-o", "yaml"});
    CHECK(yaml.find("control-plane.alpha.kubernetes.io/leader: '{\"holderIdentity\":\"a\"") !=
          std::string::npos);
  }
}

}  // namespace elector::tests
