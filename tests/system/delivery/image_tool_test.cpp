// SPDX-License-Identifier: Apache-2.0
// `make image`, with container engines that only print how they are called.
#include <doctest/doctest.h>

#include <filesystem>

#include "tests/support/process.h"
#include "tests/support/temp_dir.h"

namespace elector::tests {
namespace {

namespace fs = std::filesystem;

// A folder with programs that only print how they are called.
class Tools {
 public:
  explicit Tools(const std::string& name, const std::string& script = "echo $0 $*") {
    fs::permissions(folder_.write(name, "#!/bin/sh\n" + script + "\n"), fs::perms(0755));
  }
  // packaging/image with no other container tool on its PATH; what it prints, and its exit code.
  std::string build(const std::vector<std::string>& words, int expected,
                    const std::string& rootfs = "") const {
    for (const char* name : {"sh", "dirname", "sed", "date"}) {
      if (!fs::exists(folder_.path(name))) {
        fs::create_symlink(std::string("/usr/bin/") + name, folder_.path(name));
      }
    }
    Command command{.arguments = {std::string(PROJECT_FOLDER) + "/packaging/image"},
                    .environment = {{"PATH", folder_.path()}, {"ROOTFS", rootfs}}};
    command.arguments.insert(command.arguments.end(), words.begin(), words.end());
    Process process(command);
    CHECK(process.wait_exit() == expected);
    return process.text(Process::Stream::kOut) + process.text(Process::Stream::kErr);
  }
  std::string path(const std::string& name) const { return folder_.path(name); }

 private:
  TempDir folder_;
};

TEST_CASE(
    "make image calls the installed tool, and reports in one line if there is none that works") {
  const Tools podman("podman");
  const std::string by_podman =
      podman.build({"name:tag", "linux/arm64", "--pull=never", "--no-cache"}, 0);
  CHECK(by_podman.starts_with(podman.path("podman") + " build --pull=newer --timestamp "));
  CHECK(by_podman.find(" --platform linux/arm64 --tag name:tag ") != std::string::npos);
  CHECK(by_podman.find(" --label org.opencontainers.image.version=" ELECTOR_VERSION " ") !=
        std::string::npos);
  CHECK(
      by_podman.ends_with(" --pull=never --no-cache --file Dockerfile .\n"
                          "built name:tag with podman; push it with: podman push name:tag "
                          "REGISTRY/name:tag\n"));
  const Tools buildah("buildah");
  const std::string by_buildah = buildah.build({"name:tag", ""}, 0);
  CHECK(by_buildah.starts_with(buildah.path("buildah") + " build --layers --pull=newer "));
  CHECK(by_buildah.find("--platform") == std::string::npos);
  const Tools docker("docker");
  CHECK(docker.build({"name"}, 0).starts_with(docker.path("docker") + " build --pull --tag name "));
  const Tools no_daemon("docker", "exit 1");
  CHECK(no_daemon.build({"name"}, 1).find("its daemon does not answer") != std::string::npos);
  const Tools none("other");
  CHECK(none.build({"name"}, 1) ==
        "make image: install docker, podman or buildah; none of them is here\n");
  CHECK(none.build({}, 2).starts_with("Builds the container image"));
}

TEST_CASE("make image packs a folder that was laid out before by the Dockerfile's last stage") {
  const Tools podman("podman", "echo $*; while read -r line; do echo \"$line\"; done");
  const std::string said = podman.build({"name:tag"}, 0, "/some/rootfs");
  CHECK(said.find(" --file - /some/rootfs\nFROM scratch\nCOPY . /\nUSER 65532:65532\n") !=
        std::string::npos);
  CHECK(said.find("\nENTRYPOINT [\"/usr/bin/elector\"]\n") != std::string::npos);
}

}  // namespace
}  // namespace elector::tests
