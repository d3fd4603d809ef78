// SPDX-License-Identifier: Apache-2.0
// How a static elector finds its server by name: a pod's resolv.conf, and what resolvers have to
// put up with.
#include <doctest/doctest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <optional>
#include <stdexcept>
#include <utility>

#include "tests/system/delivery/cage.h"
#include "tests/system/delivery/pod_api.h"
#include "tests/system/static_file/kubeconfig.h"
#include "tests/system/static_file/name_server.h"

namespace elector::tests {
namespace {

namespace fs = std::filesystem;

constexpr const char* kServer = "127.53.0.1";
constexpr const char* kDead = "127.53.0.2";  // where nothing listens

// An image without anything but a resolv.conf, and a kubeconfig that names the server so.
class Image {
 public:
  Image(PodApi& api, const std::string& name, const std::string& resolv_conf) {
    root_.write("etc/resolv.conf", resolv_conf);
    for (const char* point : {"/proc", "/elector", "/config"}) {
      fs::create_directory(root_.path() + point);
    }
    fs::permissions(root_.path(), fs::perms(0755));
    fs::permissions(root_.path("etc"), fs::perms(0755));
    write_kubeconfig(api, config_, {.host = name});
    elector_ = fs::path(static_elector()).parent_path();
    name_space_ = api.name_space();
  }

  // `elector status`; its exit code is 3 when the server answers that the election does not exist.
  std::pair<int, std::string> status() const {
    Process process(caged({.root = root_.path(),
                           .mounts = {{elector_, "/elector"}, {config_.path(), "/config"}},
                           .environment = {}},
                          {"/elector/elector", "status", "no-such-election",
                           "--kubeconfig=/config/kubeconfig", "--namespace=" + name_space_}));
    const auto code = process.wait_exit();
    return {code.value_or(-1), process.text(Process::Stream::kErr)};
  }

 private:
  TempDir root_;
  TempDir config_;
  std::string elector_;
  std::string name_space_;
};

TEST_SUITE("names (needs root)" * doctest::skip(::geteuid() != 0 || !can_cage())) {
  TEST_CASE("a server's name is looked up as the C library would, with resolv.conf's options") {
    const std::string pod =
        "search ns.svc.cluster.local svc.cluster.local cluster.local\noptions ndots:5\n";
    const std::string good = std::string("nameserver ") + kServer + "\n";
    const std::string dead = std::string("nameserver ") + kDead + "\n";
    const std::map<std::string, std::string> kubernetes{
        {"kubernetes.default.svc.cluster.local", "127.0.0.1"}};
    const std::map<std::string, std::string> api{{"api.example.com", "127.0.0.1"}};
    struct Row {
      const char* what;
      NameServer::Zone zone;
      std::string name;
      std::string resolv_conf;
      std::string asks;  // one of the questions
      bool found = true;
    };
    for (const Row& row : std::vector<Row>{
             {"a pod's search list",
              {.a = kubernetes},
              "kubernetes.default",
              good + pod,
              "udp kubernetes.default.ns.svc.cluster.local"},
             {"a name with a last dot",
              {.a = kubernetes},
              "kubernetes.default.svc.cluster.local.",
              good + pod,
              "udp kubernetes.default.svc.cluster.local"},
             {"a name of another domain, after the list",
              {.a = api},
              "api.example.com",
              good + pod,
              "udp api.example.com.cluster.local"},
             {"use-vc",
              {.a = api, .only_tcp = true},
              "api.example.com",
              good + "options use-vc\n",
              "tcp api.example.com"},
             {"an answer that is cut",
              {.a = api, .truncates = true},
              "api.example.com",
              good,
              "tcp api.example.com"},
             {"a first server that is dead",
              {.a = api},
              "api.example.com",
              dead + good + "options timeout:1 attempts:1\n",
              "udp api.example.com"},
             {"IPv6 alone",
              {.aaaa = {{"api.example.com", "::ffff:127.0.0.1"}}},
              "api.example.com",
              good,
              "udp api.example.com"},
             {"no such name", {.a = api}, "api.example.org", good, "udp api.example.org", false},
         }) {
      CAPTURE(row.what);
      PodApi server;
      if (!server.gives_tokens()) return;
      std::optional<NameServer> names;
      try {
        names.emplace(kServer, row.zone);
      } catch (const std::runtime_error& taken) {
        MESSAGE(taken.what() << ": names are not tried");  // another server may have every address
        return;
      }
      const Image image(server, row.name, row.resolv_conf);
      const auto [code, said] = image.status();
      CHECK_MESSAGE(code == (row.found ? 3 : 1), said);
      const auto asked = names->asked();
      CHECK(std::find(asked.begin(), asked.end(), row.asks) != asked.end());
    }
  }
}

}  // namespace
}  // namespace elector::tests
