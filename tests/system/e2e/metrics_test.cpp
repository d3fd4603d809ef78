// SPDX-License-Identifier: Apache-2.0
// GET /metrics: the format, and that the figures are those of what happened.
#include <doctest/doctest.h>

#include <chrono>
#include <csignal>
#include <fstream>
#include <regex>
#include <set>
#include <sstream>

#include "tests/support/candidate.h"
#include "tests/support/cluster.h"
#include "tests/support/temp_dir.h"
#include "tests/system/e2e/exec_fixture.h"

namespace elector::tests {
namespace {

std::string metrics_of(const Address& address) {
  const HttpAnswer answer = http_get(address, "/metrics");
  CHECK(answer.status == 200);
  CHECK(answer.headers.at("content-type").starts_with("text/plain; version=0.0.4"));
  return answer.body;
}

// The value of the series, as it is printed; "" if there is no such series.
std::string value_of(const std::string& text, const std::string& series) {
  const std::size_t at = ("\n" + text).find("\n" + series + " ");
  if (at == std::string::npos) return "";
  const std::size_t from = at + series.size() + 1;
  return text.substr(from, text.find('\n', from) - from);
}

// The same as a number; -1 if there is no such series.
double number_of(const std::string& text, const std::string& series) {
  const std::string value = value_of(text, series);
  return value.empty() ? -1 : std::stod(value);
}

// Every line is a HELP, a TYPE that follows it, or a sample of that family.
void check_format(const std::string& text) {
  static const std::regex kSample(
      R"(([a-z_]+)(\{[a-z]+="[^"]*"(,[a-z]+="[^"]*")*\})? [-+0-9.eE]+(Inf)?)");
  std::istringstream lines(text);
  std::string family;
  std::string type;
  std::set<std::string> families;
  for (std::string line; std::getline(lines, line);) {
    CAPTURE(line);
    std::smatch match;
    if (line.starts_with("# HELP ")) {
      family = line.substr(7, line.find(' ', 7) - 7);
      CHECK(families.insert(family).second);
      CHECK(line.size() > family.size() + 8);
    } else if (line.starts_with("# TYPE ")) {
      REQUIRE(line.starts_with("# TYPE " + family + " "));
      type = line.substr(line.rfind(' ') + 1);
      CHECK((type == "counter") == family.ends_with("_total"));
    } else {
      REQUIRE(std::regex_match(line, match, kSample));
      const std::string name = match[1];
      CHECK((name == family || (type == "histogram" && name.starts_with(family + "_"))));
    }
  }
  CHECK(text.ends_with("\n"));
  CHECK(families.size() > 8);
}

void check_with_promtool(const std::string& text) {
  if (!have_command("promtool")) return;
  const TempDir dir;
  std::ofstream(dir.path("metrics")) << text;
  Process promtool(
      Command{.arguments = {"sh", "-c", "promtool check metrics < \"$0\"", dir.path("metrics")}});
  CHECK(promtool.wait_exit() == 0);
  CHECK(promtool.text(Process::Stream::kOut) == "");
  CHECK(promtool.text(Process::Stream::kErr) == "");
}

}  // namespace

TEST_SUITE("GET /metrics") {
  TEST_CASE("a leader's and a follower's metrics are well formed and correct") {
    const ElectionName election(Cluster::get().api(), "metrics");
    Candidates two(2, {.kubeconfig = Cluster::get().kubeconfig(),
                       .election = election.text(),
                       .id = "",
                       .more = {"--lock=leases"}});
    Candidate* leader = two.leader();
    REQUIRE_MESSAGE(leader != nullptr, two.logs());
    const auto renewed = [&] {
      const std::string text = metrics_of(leader->http_address());
      return number_of(text, "elector_renewals_total{result=\"ok\"}") >= 2;
    };
    CHECK(eventually(renewed));
    const std::string text = metrics_of(leader->http_address());
    const std::string status = "leader_election_master_status{name=\"" + election.text() + "\"}";
    check_format(text);
    check_with_promtool(text);
    CHECK(value_of(text, status) == "1");
    CHECK(value_of(text, "elector_terms_total") == "1");
    CHECK(number_of(text, "elector_hold_seconds") > 0);
    CHECK(number_of(text, "elector_api_requests_total{verb=\"PUT\",code=\"200\"}") >= 2);
    CHECK(value_of(text, "elector_api_requests_total{verb=\"WATCH\",code=\"200\"}") == "1");
    CHECK(value_of(text, "elector_watch_restarts_total") == "0");
    CHECK(value_of(text, "elector_renewal_duration_seconds_count") ==
          value_of(text, "elector_renewals_total{result=\"ok\"}"));
    CHECK(text.find("elector_build_info{version=\"") != std::string::npos);
    CHECK(text.find("elector_child") == std::string::npos);

    Candidate& other = two.other_than(*leader);
    const std::string followed = metrics_of(other.http_address());
    check_format(followed);
    CHECK(value_of(followed, status) == "0");
    CHECK(value_of(followed, "elector_terms_total") == "0");
    CHECK(value_of(followed, "elector_hold_seconds") == "0");
    leader->terminate();
    REQUIRE(other.says(other.id()));
    const std::string led = metrics_of(other.http_address());
    CHECK(value_of(led, status) == "1");
    CHECK(value_of(led, "elector_lock_transitions") == "1");
    CHECK(value_of(led, "elector_terms_total") == "1");
    // One leader found, and one more when it had gone; maybe none in between.
    CHECK(number_of(led, "elector_leader_changes_total") >=
          number_of(followed, "elector_leader_changes_total") + 1);
  }

  TEST_CASE("what is not known of the lock is absent, and when it was last seen is a time") {
    const ElectionName election(Cluster::get().api(), "unseen");
    CandidateOptions options{.kubeconfig = Cluster::get().kubeconfig(),
                             .election = election.text(),
                             .id = "one",
                             .more = {"--server=https://127.0.0.1:1"}};
    const Candidate blind(options);
    REQUIRE_MESSAGE(blind.logs("connection refused"), blind.log());
    const std::string unseen = metrics_of(blind.http_address());
    check_format(unseen);
    check_with_promtool(unseen);
    CHECK(unseen.find("elector_lock_") == std::string::npos);

    options.more = {"--lock=leases"};
    Candidate one(options);
    REQUIRE_MESSAGE(one.says("one"), one.log());
    const std::string seen = metrics_of(one.http_address());
    CHECK(number_of(seen, "elector_lock_observed_age_seconds") >= 0);
    CHECK(value_of(seen, "elector_lock_transitions") == "0");
    const std::chrono::duration<double> now = std::chrono::system_clock::now().time_since_epoch();
    const double ago = now.count() - number_of(seen, "elector_lock_last_seen_timestamp_seconds");
    CHECK(ago > -1);
    CHECK(ago < 60);
  }

  TEST_CASE("exec counts the starts, ends and kills of its command") {
    const ElectionName election(Cluster::get().api(), "child");
    // The first one ignores SIGTERM; a lock that is taken by force ends its term.
    Contender one({.election = election.text(),
                   .more = {"--http=127.0.0.1:0", "--grace=100ms"},
                   .command = {"sh", "-c", "trap '' TERM; while :; do sleep 0.1; done"}});
    one.child();
    const auto line =
        one.process().wait_for_line(Process::Stream::kErr, containing("serving http"));
    REQUIRE(line);
    const Address address{.port = static_cast<std::uint16_t>(
                              std::stoi(line->text.substr(line->text.rfind(':') + 1)))};
    const auto count = [&](const std::string& series) {
      return value_of(metrics_of(address), series);
    };
    CHECK(eventually([&] { return count("elector_child_starts_total") == "1"; }));
    CHECK(count("elector_child_kills_total") == "0");
    Cluster::get().api().patch(election.lease(), R"({"spec":{"holderIdentity":"robber"}})");
    CHECK(eventually([&] { return count("elector_child_kills_total") == "1"; }));
    CHECK(eventually([&] { return count("elector_child_exits_total{result=\"signal\"}") == "1"; }));
    check_format(metrics_of(address));
    check_with_promtool(metrics_of(address));
    one.signal(SIGTERM);
    CHECK(one.process().wait_exit() == 143);
  }

  TEST_CASE("exec counts and logs that what its command left running had to be killed") {
    const ElectionName election(Cluster::get().api(), "rest");
    Contender one({.election = election.text(),
                   .more = {"--http=127.0.0.1:0", "--grace=100ms", "--hold=10m"},
                   .command = {"sh", "-c", "trap '' TERM; setsid sleep 1000 & exit 0"}});
    const auto line =
        one.process().wait_for_line(Process::Stream::kErr, containing("serving http"));
    REQUIRE(line);
    const Address address{.port = static_cast<std::uint16_t>(
                              std::stoi(line->text.substr(line->text.rfind(':') + 1)))};
    CHECK(eventually(
        [&] { return value_of(metrics_of(address), "elector_child_kills_total") == "1"; }));
    CHECK(value_of(metrics_of(address), "elector_child_exits_total{result=\"ok\"}") == "1");
    CHECK(one.logs("killed the rest of the command"));
    CHECK(one.terminate() == 0);
  }
}

}  // namespace elector::tests
