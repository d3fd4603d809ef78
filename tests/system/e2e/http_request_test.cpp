// SPDX-License-Identifier: Apache-2.0
// Which requests `--http` answers: for which host, and with which path and method in the command
// line of 2016.
#include <doctest/doctest.h>

#include <csignal>
#include <vector>

#include "tests/support/candidate.h"
#include "tests/support/cluster.h"
#include "tests/support/proc.h"
#include "tests/support/temp_dir.h"

namespace elector::tests {
namespace {

// `elector ARGUMENTS… --http=HTTP`, and where it answers.
class Sidecar {
 public:
  Sidecar(std::vector<std::string> arguments, const std::string& http)
      : process_(command(std::move(arguments), http)) {}

  // At the address that it listens on; `host` to reach it by.
  Address address(const std::string& host = "127.0.0.1") {
    const auto line = process_.wait_for_line(Process::Stream::kErr, containing("serving http"));
    REQUIRE_MESSAGE(line, process_.text(Process::Stream::kErr));
    const auto port =
        static_cast<std::uint16_t>(std::stoi(line->text.substr(line->text.rfind(':') + 1)));
    return {.host = host, .port = port};
  }
  Process& process() { return process_; }

 private:
  static Command command(std::vector<std::string> arguments, const std::string& http) {
    arguments.insert(arguments.begin(), elector_binary());
    arguments.push_back("--http=" + http);
    arguments.push_back("--kubeconfig=" + Cluster::get().kubeconfig());
    return {.arguments = std::move(arguments), .environment = clean_environment()};
  }

  Process process_;
};

// The status line's code of what is answered to these bytes, "" for none.
std::string status_of(const Address& address, const std::string& request) {
  OpenConnection connection(address);
  connection.send(request);
  if (!connection.receives("\r\n\r\n")) return "";
  return connection.received().substr(9, 3);
}

std::string get(const std::string& path, const std::string& host) {
  return "GET " + path + " HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n";
}

}  // namespace

TEST_SUITE("elector run --http: requests") {
  TEST_CASE(
      "on a loopback address a request for another host is misdirected, on others it is not") {
    const ElectionName election(Cluster::get().api(), "host");
    Sidecar local({"run", election.text(), "--lock=leases"}, "127.0.0.1:0");
    const Address address = local.address();
    for (const std::string path : {"/", "/leader", "/watch", "/metrics", "/livez", "/none"}) {
      CAPTURE(path);
      CHECK(status_of(address, get(path, "evil.example")) == "421");
      CHECK(status_of(address, get("http://evil.example" + path, "localhost")) == "421");
      CHECK(status_of(address, get(path, "localhost:4040")) != "421");
      CHECK(status_of(address, get(path, "LOCALHOST.")) != "421");
      CHECK(status_of(address, get(path, "[::1]:4040")) != "421");
      CHECK(status_of(address, get(path, "10.0.0.7")) != "421");
    }
    Sidecar every({"run", election.text(), "--lock=leases", "--id=b"}, "0.0.0.0:0");
    CHECK(status_of(every.address(), get("/", "any.example")) == "200");
    const TempDir dir;
    Sidecar file({"run", election.text(), "--lock=leases", "--id=c"}, "unix:" + dir.path("socket"));
    REQUIRE(file.process().wait_for_line(Process::Stream::kErr, containing("serving http")));
    CHECK(status_of({.host = dir.path("socket")}, get("/", "any.example")) == "200");
  }

  TEST_CASE("the host of --http is known by its name, in any case and with any port") {
    const ElectionName election(Cluster::get().api(), "named");
    Sidecar sidecar({"run", election.text(), "--lock=leases"}, "LocalHost:0");
    CHECK(status_of(sidecar.address(), get("/", "localhost.:1")) == "200");
    CHECK(status_of(sidecar.address(), get("/", "elsewhere:1")) == "421");
  }

  TEST_CASE("HTTP/1.1 requires one Host, and a NUL does not end the path") {
    const ElectionName election(Cluster::get().api(), "form");
    Sidecar sidecar({"run", election.text(), "--lock=leases"}, "127.0.0.1:0");
    const Address address = sidecar.address();
    const std::string host = "Host: localhost\r\n";
    CHECK(status_of(address, "GET / HTTP/1.1\r\n\r\n") == "400");
    CHECK(status_of(address, "GET /watch HTTP/1.1\r\n\r\n") == "400");
    CHECK(status_of(address, "GET / HTTP/1.1\r\n" + host + host + "\r\n") == "400");
    CHECK(status_of(address, "GET / HTTP/1.1\r\n" + host + "\r\n") == "200");
    CHECK(status_of(address, "GET / HTTP/1.0\r\n\r\n") == "200");
    for (const std::string path :
         {"/%00", "/%00x", "/leader%00", "/%00/leader", "/livez%00.html"}) {
      CAPTURE(path);
      CHECK(status_of(address, get(path, "localhost")) == "404");
    }
    CHECK(status_of(address, get(std::string("/\0x", 3), "localhost")) == "400");
    CHECK(status_of(address, get(std::string("/livez\0x", 8), "localhost")) == "400");
    CHECK(status_of(address, get("/%6Civez", "localhost")) == "200");
    CHECK(status_of(address, get("/livez?x=%00", "localhost")) == "200");
    CHECK(status_of(address, get("/%", "localhost")) == "404");
    CHECK(status_of(address, get("/%0", "localhost")) == "404");
    CHECK(status_of(address, get("/%zz", "localhost")) == "404");
  }
}

TEST_SUITE("elector run --http: as in 2016") {
  TEST_CASE("every path and method that is not elector's own answers with the name") {
    const ElectionName election(Cluster::get().api(), "paths");
    Sidecar leader({"--election=" + election.text(), "--id=a"}, "127.0.0.1:0");
    const Address address = leader.address();
    REQUIRE(eventually([&] { return http_get(address, "/").body == "{\"name\":\"a\"}"; }));
    Sidecar follower({"-election", election.text(), "-id=b"}, "127.0.0.1:0");
    const Address other = follower.address();
    REQUIRE(eventually([&] { return http_get(other, "/").body == "{\"name\":\"a\"}"; }));
    for (const std::string method : {"GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "BREW"}) {
      for (const std::string path : {"/", "/health", "/api/leader", "//", "/isleader", "/isLeader/",
                                     "/a/../b", "/%00", "/x?y"}) {
        CAPTURE(method);
        CAPTURE(path);
        const HttpAnswer answer = http(other, {.method = method, .path = path});
        CHECK(answer.status == 200);
        CHECK(answer.body == "{\"name\":\"a\"}");
        CHECK(answer.headers.at("content-type") == "application/json");
      }
      CHECK(http(address, {.method = method, .path = "/isLeader"}).body == "{\"isLeader\": true}");
      const HttpAnswer no = http(other, {.method = method, .path = "/isLeader?x"});
      CHECK(no.status == 200);
      CHECK(no.body == "{\"isLeader\": false}");
    }
    for (const std::string path : {"/leader", "/watch", "/metrics", "/livez"}) {
      CHECK(http(other, {.method = "POST", .path = path, .body = "x"}).body == "{\"name\":\"a\"}");
    }
    CHECK(http(other, {.method = "POST", .path = "/", .body = std::string(100'000, 'x')}).status ==
          200);
    CHECK(status_of(other, "HEAD /health HTTP/1.1\r\nHost: x\r\n\r\n") == "200");
    CHECK(status_of(other, get("/", "any.example")) == "200");
    // elector's own.
    CHECK(http_get(other, "/leader").status == 503);
    CHECK(http_get(address, "/leader").status == 200);
    CHECK(http_get(other, "/livez").body == "ok");
    CHECK(http_get(other, "/metrics").body.find("elector_") != std::string::npos);
    CHECK(status_of(other, "GET /watch HTTP/1.1\r\nHost: x\r\n\r\n") == "200");
  }

  TEST_CASE("--namespace moves nothing, and a short ttl does not crash") {
    const ElectionName election(Cluster::get().api(), "flags");
    Sidecar one({"--election=" + election.text(), "--id=a", "--namespace=elsewhere", "--ttl=500ms",
                 "--use-cluster-credentials=false"},
                "127.0.0.1:0");
    CHECK(eventually([&] { return Cluster::get().api().holder(election.endpoints()) == "a"; }));
    for (const std::string notice :
         {"--namespace=elsewhere has no effect", "--ttl=500ms is rounded to 2s"}) {
      CAPTURE(notice);
      CHECK(eventually([&] {
        return one.process().text(Process::Stream::kErr).find(notice) != std::string::npos;
      }));
    }
  }

  TEST_CASE("a secret with one dash is taken out of the process list, too") {
    const ElectionName election(Cluster::get().api(), "argv");
    for (const std::vector<std::string>& words : std::vector<std::vector<std::string>>{
             {"-token=S3CRET"}, {"-token", "S3CRET"}, {"--token=S3CRET"}, {"--token", "S3CRET"}}) {
      std::vector<std::string> line{"--election=" + election.text()};
      line.insert(line.end(), words.begin(), words.end());
      Sidecar one(line, "127.0.0.1:0");
      one.address();
      const std::string shown = proc(one.process().pid(), "cmdline");
      CHECK(shown.find(election.text()) != std::string::npos);
      CHECK(shown.find("S3CRET") == std::string::npos);
    }
  }
}

}  // namespace elector::tests
