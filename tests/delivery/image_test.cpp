// The image's content (`make rootfs`, which is also what the Dockerfile calls), run as a container
// engine would.
#include <doctest/doctest.h>

#include <csignal>
#include <filesystem>
#include <set>

#include "tests/delivery/cage.h"
#include "tests/delivery/pod_api.h"

namespace elector::tests {
namespace {

namespace fs = std::filesystem;

std::string entry_point() {
  return "/usr/bin/elector";
}

// A container of the image: its root is read-only, its user is nobody in particular.
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

  TEST_CASE("it has exactly the libraries that the program loads, and no shell") {
    const fs::path runtime = fs::path(rootfs_folder()) / "opt/elector/elector-runtime";
    Process list(Command{.arguments = {runtime / "elector", "--inhibit-cache", "--library-path",
                                       runtime, "--list", runtime / "program"}});
    REQUIRE(list.wait_exit() == 0);
    const std::string loaded = list.text(Process::Stream::kOut);
    CHECK(loaded.find("not found") == std::string::npos);
    std::size_t libraries = 0;
    for (const auto& entry : fs::directory_iterator(runtime)) {
      const std::string name = entry.path().filename();
      if (name.find(".so") == std::string::npos) continue;
      ++libraries;
      CHECK_MESSAGE(loaded.find("=> " + entry.path().string() + " ") != std::string::npos, name);
    }
    CHECK(libraries > 3);
    std::set<std::string> programs;
    for (const auto& entry : fs::recursive_directory_iterator(rootfs_folder())) {
      const bool executable =
          (entry.status().permissions() & fs::perms::others_exec) != fs::perms();
      if (entry.is_regular_file() && executable) {
        programs.insert(entry.path().lexically_relative(rootfs_folder()));
      }
    }
    CHECK(programs ==
          std::set<std::string>{"opt/elector/elector", "opt/elector/elector-runtime/elector",
                                "opt/elector/elector-runtime/program", "usr/bin/elector"});
  }
}

// A folder with programs that only print how they are called.
class Tools {
 public:
  explicit Tools(const std::string& name, const std::string& script = "echo $0 $*") {
    fs::permissions(folder_.write(name, "#!/bin/sh\n" + script + "\n"), fs::perms(0755));
  }
  // packaging/image with no other container tool on its PATH; what it prints, and its exit code.
  std::string build(const std::vector<std::string>& words, int expected) const {
    for (const char* name : {"sh", "dirname"}) {
      if (!fs::exists(folder_.path(name))) {
        fs::create_symlink(std::string("/usr/bin/") + name, folder_.path(name));
      }
    }
    Command command{.arguments = {std::string(PROJECT_FOLDER) + "/packaging/image"},
                    .environment = {{"PATH", folder_.path()}}};
    command.arguments.insert(command.arguments.end(), words.begin(), words.end());
    Process process(command);
    CHECK(process.wait_exit() == expected);
    return process.text(Process::Stream::kOut) + process.text(Process::Stream::kErr);
  }
  std::string path(const std::string& name) const { return folder_.path(name); }

 private:
  TempDir folder_;
};

TEST_CASE("make image calls the tool that is there, and says in one line if none can work") {
  const std::string docker_file = " --file Dockerfile .\n";
  const Tools podman("podman");
  CHECK(podman.build({"name:tag", "linux/arm64"}, 0) ==
        podman.path("podman") + " build --platform linux/arm64 --tag name:tag" + docker_file);
  const Tools buildah("buildah");
  CHECK(buildah.build({"name:tag", ""}, 0) ==
        buildah.path("buildah") + " build --tag name:tag" + docker_file);
  const Tools docker("docker");
  CHECK(docker.build({"name"}, 0) == docker.path("docker") + " build --tag name" + docker_file);
  const Tools no_daemon("docker", "exit 1");
  CHECK(no_daemon.build({"name"}, 1).find("its daemon does not answer") != std::string::npos);
  const Tools none("other");
  CHECK(none.build({"name"}, 1) ==
        "make image: install docker, podman or buildah; none of them is here\n");
}

}  // namespace
}  // namespace elector::tests
