// SPDX-License-Identifier: Apache-2.0
// The image's content (`make rootfs`, which the Dockerfile calls, too), run as a container engine
// would.
#include <doctest/doctest.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "tests/system/delivery/cage.h"
#include "tests/system/delivery/manifest.h"
#include "tests/system/delivery/pod_api.h"

namespace elector::tests {
namespace {

namespace fs = std::filesystem;

std::string entry_point() {
  return "/usr/bin/elector";
}

// A container of the image: its root is read-only, and its user is unprivileged.
class Container {
 public:
  explicit Container(PodApi& api) {
    unpack_rootfs(root_, {});
    write_account(account_, api.authority(), api.name_space(), api.candidate_token());
    cage_ = {.root = root_.path(),
             .mounts = {{account_.path(), kAccountFolder}},
             .environment = api.environment()};
  }
  Command command(const std::vector<std::string>& arguments) const {
    std::vector<std::string> words{entry_point()};
    words.insert(words.end(), arguments.begin(), arguments.end());
    return caged(cage_, words);
  }

 private:
  TempDir root_;
  TempDir account_;
  Cage cage_;
};

TEST_SUITE("the image (needs root or user namespaces)" * doctest::skip(!can_cage())) {
  TEST_CASE("its content elects, read-only and without rights, by a service account") {
    PodApi api;
    if (!api.gives_tokens()) return;
    const Container container(api);
    Process process(container.command({"run", "--election=example", "--id=a", "--ttl=3s"}));
    REQUIRE_MESSAGE(process.wait_for_line(Process::Stream::kOut, equal_to("a is the leader")),
                    process.text(Process::Stream::kErr));
    CHECK(api.api().holder(api.lease("example")) == "a");
    process.signal(SIGTERM);
    CHECK(process.wait_exit() == 0);
    CHECK(api.api().holder(api.lease("example")).empty());
  }

  TEST_CASE("its entry point understands what followed -- in 2016") {
    PodApi api;
    if (!api.gives_tokens()) return;
    const Container container(api);
    // 0 for the port, as 4040 may be taken on this machine; and the pods of 2016 were in `default`.
    Process process(container.command({"--election=example", "--http=0.0.0.0:0", "--id=a",
                                       "--election-namespace=" + api.name_space()}));
    REQUIRE_MESSAGE(process.wait_for_line(Process::Stream::kOut, equal_to("a is the leader")),
                    process.text(Process::Stream::kErr));
    const auto line = process.wait_for_line(Process::Stream::kErr, containing("serving http"));
    REQUIRE(line);
    const auto port =
        static_cast<std::uint16_t>(std::stoi(line->text.substr(line->text.rfind(':') + 1)));
    CHECK(http_get({.port = port}, "/").body == R"({"name":"a"})");
    CHECK(api.api().holder(
              {.resource = "endpoints", .name = "example", .name_space = api.name_space()}) == "a");
  }

  TEST_CASE("it has one program and no library, and what scanners and lawyers read") {
    std::set<std::string> files;
    for (const auto& entry : fs::recursive_directory_iterator(rootfs_folder())) {
      const bool executable =
          (entry.status().permissions() & fs::perms::others_exec) != fs::perms();
      const std::string name = entry.path().lexically_relative(rootfs_folder());
      if (!entry.is_regular_file()) continue;
      CHECK_MESSAGE(executable == (name == "usr/bin/elector"), name);
      files.insert(name);
    }
    for (const char* name : {"etc/passwd", "etc/group", "etc/os-release", "etc/nsswitch.conf",
                             "etc/ssl/certs/ca-certificates.crt", "usr/share/doc/elector/LICENSES",
                             "usr/share/doc/elector/elector.spdx.json"}) {
      CHECK_MESSAGE(files.contains(name), name);
    }
    std::ostringstream text;
    text << std::ifstream(rootfs_folder() + "/usr/share/doc/elector/elector.spdx.json").rdbuf();
    const Json bill = parse_json(text.str());
    CHECK(text_at(bill, "/spdxVersion") == "SPDX-2.3");
    CHECK(items_at(bill, "/packages").size() == 10);
    CHECK(items_at(bill, "/relationships").size() == 10);
  }
}

}  // namespace
}  // namespace elector::tests
