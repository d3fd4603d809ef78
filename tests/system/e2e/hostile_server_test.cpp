// SPDX-License-Identifier: Apache-2.0
// A hostile API server, or a hostile peer in its place: bounded memory, one clear line, and the
// election continues as soon as the answers are valid again.
#include <doctest/doctest.h>
#include <sys/stat.h>

#include <atomic>
#include <fstream>
#include <thread>

#include "tests/support/candidate.h"
#include "tests/support/cluster.h"
#include "tests/system/e2e/hostile_api.h"

namespace elector::tests {
namespace {

using Peer = RawServer::Peer;

constexpr std::size_t kGigabyte = 1UL << 30U;

#ifdef __SANITIZE_ADDRESS__
constexpr long kMostMemory = 1L << 30;  // the shadow is most of it
#else
constexpr long kMostMemory = 48L << 20;
#endif

// The most memory that the process ever had, in bytes.
long peak_memory(pid_t pid) {
  std::ifstream status("/proc/" + std::to_string(pid) + "/status");
  for (std::string word; status >> word;) {
    long kilobytes = 0;
    if (word == "VmHWM:" && status >> kilobytes) return kilobytes * 1024;
  }
  return -1;
}

// So many bytes of it, as far as the client takes them.
void send_much(Peer& peer, std::size_t size) {
  const std::string piece(1UL << 20U, 'x');
  for (std::size_t sent = 0; sent < size && peer.send(piece); sent += piece.size()) {
  }
}

std::string nested(std::size_t depth) {
  return "{\"a\":" + std::string(depth, '[') + std::string(depth, ']') + "}";
}

// The content of a watch about that object.
std::string event(const std::string& object) {
  return "{\"type\":\"MODIFIED\",\"object\":" + object + "}\n";
}

struct Row {
  std::string what;
  HostileApi::Trick trick;
  std::string says;  // in the log
};

HostileApi::Trick on_reads(const std::function<void(Peer&)>& answer) {
  return [answer](Peer& peer, const std::string& request) {
    if (is_watch(request)) return false;
    answer(peer);
    return true;
  };
}

HostileApi::Trick on_watches(const std::function<void(Peer&)>& answer) {
  return [answer](Peer& peer, const std::string& request) {
    if (!is_watch(request)) return false;
    answer(peer);
    return true;
  };
}

std::vector<Row> rows() {
  return {
      {"a body of a gigabyte, announced", on_reads([](Peer& peer) {
         peer.send("HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(kGigabyte) + "\r\n\r\n");
         send_much(peer, kGigabyte);
       }),
       "sends an answer of more than 10485760 bytes"},
      {"a body of a gigabyte, without a word", on_reads([](Peer& peer) {
         peer.send("HTTP/1.1 200 OK\r\n\r\n");
         send_much(peer, kGigabyte);
       }),
       "sends an answer of more than 10485760 bytes"},
      {"a body of a gigabyte, in chunks", on_reads([](Peer& peer) {
         peer.begin_chunks();
         const std::string piece(1UL << 20U, ' ');
         for (int i = 0; i < 1024 && peer.chunk(piece); ++i) {
         }
       }),
       "sends an answer of more than 10485760 bytes"},
      {"an error with a gigabyte of explanation", on_reads([](Peer& peer) {
         peer.send("HTTP/1.1 500 No\r\n\r\n");
         send_much(peer, kGigabyte);
       }),
       "sends an answer of more than 10485760 bytes"},
      {"headers without end", on_reads([](Peer& peer) {
         peer.send("HTTP/1.1 200 OK\r\n");
         for (int i = 0; i < 1'000'000 && peer.send("X-Filler: more and more\r\n"); ++i) {
         }
       }),
       "sends a header of more than 65536 bytes"},
      {"a header line of a hundred megabytes", on_reads([](Peer& peer) {
         peer.send("HTTP/1.1 200 OK\r\nX-Filler: ");
         send_much(peer, 100UL << 20U);
       }),
       "a line of its header has more than 100 KiB"},
      {"interim answers without end", on_reads([](Peer& peer) {
         for (int i = 0; i < 1'000'000 && peer.send("HTTP/1.1 103 Early Hints\r\n\r\n"); ++i) {
         }
       }),
       "sends a header of more than 65536 bytes"},
      {"JSON nested a hundred thousand deep",
       on_reads([](Peer& peer) { peer.answer(200, nested(100'000)); }), "nested too deep"},
      {"an error nested a hundred thousand deep",
       on_reads([](Peer& peer) { peer.answer(403, nested(100'000)); }), "403"},
      {"what is called compressed", on_reads([](Peer& peer) {
         peer.answer(200, std::string(1000, '\x1f'), "Content-Encoding: gzip\r\n");
       }),
       "not JSON at byte 0"},
      {"a watch event without end", on_watches([](Peer& peer) {
         peer.begin_chunks();
         const std::string piece(1UL << 20U, ' ');
         for (int i = 0; i < 1024 && peer.chunk(piece); ++i) {
         }
       }),
       "a watch event is larger than any valid object"},
      {"a watch event nested a hundred thousand deep", on_watches([](Peer& peer) {
         peer.begin_chunks();
         peer.chunk(event(nested(100'000)));
         peer.wait_for_close();
       }),
       "nested too deep"},
  };
}

void play(const Row& row, const std::string& election) {
  CAPTURE(row.what);
  HostileApi api(Cluster::get().api(), row.trick);
  Candidate candidate(
      {.kubeconfig = api.kubeconfig(), .election = election, .id = "a", .more = {"-v"}});
  const bool said = candidate.logs(row.says);
  INFO(candidate.log());
  CHECK(said);
  CHECK(eventually([&] { return api.tricked() > 0; }));
  api.be_sane();
  CHECK(candidate.prints("a"));
  CHECK(candidate.says("a"));
  CHECK(peak_memory(candidate.process().pid()) < kMostMemory);
  CHECK(candidate.terminate() == 0);
}

}  // namespace

TEST_SUITE("a hostile server") {
  TEST_CASE("costs bounded memory and a clear line, and the election continues without it") {
    std::vector<std::function<void()>> scenarios;
    std::vector<std::unique_ptr<ElectionName>> names;
    for (const Row& row : rows()) {
      names.push_back(std::make_unique<ElectionName>(Cluster::get().api(), "hostile"));
      scenarios.push_back([row, name = names.back()->text()] { play(row, name); });
    }
    together(scenarios);
  }

  TEST_CASE("that floods a watch with small events keeps no leader from renewing") {
    const ElectionName election(Cluster::get().api(), "flood");
    std::atomic<bool> begin{false};
    std::atomic<long> events{0};
    HostileApi api(Cluster::get().api(), on_watches([&](Peer& peer) {
                     peer.begin_chunks();
                     std::string many;
                     while (many.size() < 60'000) many += event("{\"metadata\":{}}");
                     while (!begin && peer.chunk("\n"))
                       std::this_thread::sleep_for(Milliseconds(10));
                     while (begin && peer.chunk(many)) events += 1000;
                   }));
    Candidate candidate({.kubeconfig = api.kubeconfig(),
                         .election = election.text(),
                         .id = "a",
                         .ttl = "10s",
                         .more = {"--retry-period=300ms"}});
    REQUIRE(candidate.prints("a"));
    begin = true;
    REQUIRE(eventually([&] { return events > 100'000; }));
    const auto renewed = [&] { return Cluster::get().api().record(election.lease())->renew_time; };
    for (int i = 0; i < 5; ++i) {
      const std::string last = renewed();
      CHECK(eventually([&] { return renewed() != last; }));
    }
    CHECK(candidate.says("a"));
    CHECK(candidate.count_logged("stopped leading") == 0);
    CHECK(peak_memory(candidate.process().pid()) < kMostMemory);
    begin = false;
    CHECK(candidate.terminate() == 0);
  }

  TEST_CASE("that lists locks without end costs status bounded memory") {
    const HostileApi api(Cluster::get().api(), [](Peer& peer, const std::string&) {
      peer.begin_chunks();
      peer.chunk("{\"kind\":\"LeaseList\",\"metadata\":{},\"items\":[");
      std::string many;
      for (int i = 0; i < 1000; ++i)
        many += "{\"metadata\":{\"name\":\"example\",\"resourceVersion\":\"1\"}},";
      for (int i = 0; i < 150 && peer.chunk(many); ++i) {
      }
      peer.chunk("{\"metadata\":{\"name\":\"last\",\"resourceVersion\":\"1\"}}]}");
      peer.end_chunks();
      return true;
    });
    Command command{.arguments = {elector_binary(), "status", "--kubeconfig=" + api.kubeconfig()},
                    .environment = clean_environment()};
    Process status(command);
    long peak = 0;
    CHECK(eventually([&] {
      peak = std::max(peak, peak_memory(status.pid()));
      return !status.running();
    }));
    const std::string said = status.text(Process::Stream::kErr);
    CAPTURE(said);
    const bool refused = said.find("more than 100000 leases") != std::string::npos;
    const bool gave_up = said.find("no answer from") != std::string::npos;  // a busy machine
    CHECK((refused || gave_up));
    CHECK(peak < kMostMemory + (256L << 20U));
  }
}

TEST_SUITE("a kubeconfig without end") {
  TEST_CASE("is one clear line, exit 1, from a device and from a pipe") {
    const TempDir dir;
    const std::string pipe = dir.path("pipe");
    REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
    Process writer(Command{.arguments = {"sh", "-c", "exec yes > " + pipe}});
    for (const std::string& file : {std::string("/dev/zero"), pipe}) {
      CAPTURE(file);
      Process process(Command{
          .arguments = {elector_binary(), "run", "--election=example", "--kubeconfig=" + file},
          .environment = clean_environment()});
      CHECK(process.wait_exit() == 1);
      const auto lines = process.lines(Process::Stream::kErr);
      REQUIRE(lines.size() == 1);
      CHECK(lines[0].text == "elector run: --kubeconfig " + file +
                                 ": larger than 16 MiB, which is too large for this kind of file");
    }
  }
}

TEST_SUITE("a credential plugin without end") {
  TEST_CASE("is stopped and named, and costs bounded memory") {
    const ElectionName election(Cluster::get().api(), "plugin");
    const TempDir dir;
    const auto plugin = [&](const std::string& trick) {
      return dir.write("kubeconfig",
                       "apiVersion: v1\nkind: Config\ncurrent-context: c\n"
                       "contexts: [{name: c, context: {cluster: k, user: u}}]\n"
                       "clusters: [{name: k, cluster: {server: 'https://127.0.0.1:1'}}]\n"
                       "users: [{name: u, user: {exec: {apiVersion: "
                       "client.authentication.k8s.io/v1, interactiveMode: Never, command: sh, "
                       "args: ['-c', '" +
                           trick + "']}}}]\n");
    };
    for (const std::string trick : {"exec yes", "exec yes >&2"}) {
      CAPTURE(trick);
      Candidate candidate({.kubeconfig = plugin(trick),
                           .election = election.text(),
                           .id = "a",
                           .more = {"--request-timeout=2s"}});
      CHECK(candidate.logs(trick == "exec yes" ? "printed more than 1 MiB and was stopped"
                                               : "no credentials for"));
      CHECK(peak_memory(candidate.process().pid()) < kMostMemory);
      CHECK(candidate.terminate() == 0);
    }
  }
}

}  // namespace elector::tests
