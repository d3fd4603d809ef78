// SPDX-License-Identifier: Apache-2.0
// The static file in other people's images: one with nothing in it at all, and one with another
// system around it; and `elector --copy-to`, which brings it there.
#include <doctest/doctest.h>

#include <csignal>
#include <filesystem>
#include <fstream>

#include "tests/support/candidate.h"
#include "tests/system/delivery/cage.h"
#include "tests/system/delivery/pod_api.h"
#include "tests/system/static_file/kubeconfig.h"

namespace elector::tests {
namespace {

namespace fs = std::filesystem;

// An image that has only mount points in it.
class EmptyImage {
 public:
  EmptyImage() {
    for (const char* point : {"/proc", "/elector", "/config", "/shared"}) {
      fs::create_directory(root_.path() + point);
    }
    fs::permissions(root_.path(), fs::perms(0755));
    fs::permissions(shared_.path(), fs::perms(0777));  // as an emptyDir is
  }
  std::string root() const { return root_.path(); }
  std::string shared() const { return shared_.path(); }

 private:
  TempDir root_;
  TempDir shared_;
};

TEST_SUITE("the static file (needs root or user namespaces)" * doctest::skip(!can_cage())) {
  TEST_CASE("it elects in an empty root, without /proc even, and from any folder") {
    PodApi api;
    if (!api.gives_tokens()) return;
    const EmptyImage image;
    const TempDir config;
    write_kubeconfig(api, config);
    Process process(caged({.root = image.root(),
                           .mounts = {{bundle_folder(), "/elector"}, {config.path(), "/config"}},
                           .environment = {},
                           .proc = false},
                          {"/elector/elector", "run", "--election=example", "--id=a", "--ttl=3s",
                           "--kubeconfig=/config/kubeconfig", "--namespace=" + api.name_space()}));
    REQUIRE_MESSAGE(process.wait_for_line(Process::Stream::kOut, equal_to("a is the leader")),
                    process.text(Process::Stream::kErr));
    process.signal(SIGTERM);
    CHECK(process.wait_exit() == 0);
    CHECK(api.api().holder(api.lease("example")).empty());
  }

  TEST_CASE("without a system's authorities it trusts those beside it, or lists where it looked") {
    PodApi api;
    if (!api.gives_tokens()) return;
    const EmptyImage image;
    const TempDir config;
    write_kubeconfig(api, config, {.with_authority = false});
    const TempDir folder;
    fs::copy_file(static_elector(), folder.path("elector"));
    fs::permissions(folder.path(), fs::perms(0755));
    const std::vector<std::string> words{"/elector/elector",
                                         "run",
                                         "--election=example",
                                         "--id=a",
                                         "--ttl=3s",
                                         "--kubeconfig=/config/kubeconfig",
                                         "--namespace=" + api.name_space()};
    const Cage cage{.root = image.root(),
                    .mounts = {{folder.path(), "/elector"}, {config.path(), "/config"}},
                    .environment = {}};
    Process nobody(caged(cage, words));
    CHECK(nobody.wait_exit() == 1);
    const std::string said = nobody.text(Process::Stream::kErr);
    for (const char* place : {"/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs",
                              "/elector/ca-certificates.crt", "SSL_CERT_FILE"}) {
      CHECK_MESSAGE(said.find(place) != std::string::npos, said);
    }
    folder.write("ca-certificates.crt", api.authority());
    Process process(caged(cage, words));
    CHECK_MESSAGE(process.wait_for_line(Process::Stream::kOut, equal_to("a is the leader")),
                  process.text(Process::Stream::kErr));
  }

  TEST_CASE("the image fills a volume without a shell, and exec lives in another image from then") {
    PodApi api;
    if (!api.gives_tokens()) return;
    const EmptyImage volume;
    const TempDir root;
    unpack_rootfs(root, {"/shared"});
    const auto fill = [&] {
      Process init(
          caged({.root = root.path(), .mounts = {{volume.shared(), "/shared"}}, .environment = {}},
                {"/usr/bin/elector", "--copy-to=/shared"}));
      CHECK(init.wait_exit() == 0);
      CHECK(init.text(Process::Stream::kOut) == "/shared/elector\n");
      CHECK(init.text(Process::Stream::kErr).empty());
    };
    fill();
    CHECK(fs::file_size(volume.shared() + "/ca-certificates.crt") ==
          fs::file_size(root.path("etc/ssl/certs/ca-certificates.crt")));
    const TempDir image;
    lay_out_user_image(image, {"/shared", "/config"});
    const TempDir config;
    write_kubeconfig(api, config);
    Cage cage{.root = image.path(),
              .mounts = user_image_mounts(),
              .environment = {{"PATH", "/shared:/usr/bin:/bin"}}};
    cage.mounts.emplace_back(volume.shared(), "/shared");
    cage.mounts.emplace_back(config.path(), "/config");
    const auto exec = [&](const std::vector<std::string>& command) {
      std::vector<std::string> words{"/shared/elector",
                                     "exec",
                                     "--election=job",
                                     "--id=a",
                                     "--kubeconfig=/config/kubeconfig",
                                     "--namespace=" + api.name_space(),
                                     "--"};
      words.insert(words.end(), command.begin(), command.end());
      return caged(cage, words);
    };
    // The command's environment is the container's, and what exec promises; its libraries are the
    // image's own.
    Process env(exec({"env"}));
    CHECK_MESSAGE(env.wait_exit() == 0, env.text(Process::Stream::kErr));
    const std::string variables = env.text(Process::Stream::kOut);
    CHECK(variables.find("LEADER_IDENTITY=a\n") != std::string::npos);
    CHECK(env.lines(Process::Stream::kOut).size() == 5);  // PATH, and four LEADER_*
    // The init container may run again (the pod's restart) while the copy is in use. Found on the
    // PATH, and with a name that ps and pkill know it by.
    Process busy(exec({"sh", "-c", "cat /proc/1/comm; read never < /dev/ptmx"}));
    CHECK_MESSAGE(busy.wait_for_line(Process::Stream::kOut, equal_to("elector")),
                  busy.text(Process::Stream::kErr));
    fill();
    busy.signal(SIGTERM);
    CHECK(busy.wait_exit() == 128 + SIGTERM);
    Process nested(exec({"elector", "--version"}));
    CHECK_MESSAGE(nested.wait_exit() == 0, nested.text(Process::Stream::kErr));
    CHECK(nested.text(Process::Stream::kOut).starts_with("elector "));
  }
}

TEST_CASE("a link to the static file serves as well as a path to it") {
  const TempDir folder;
  fs::create_symlink(static_elector(), folder.path("kubectl-elector"));
  Process help(Command{.arguments = {folder.path("kubectl-elector"), "run", "--help"}});
  CHECK(help.wait_exit() == 0);
  CHECK(help.text(Process::Stream::kOut).starts_with("Usage: kubectl elector run"));
}

TEST_CASE("it names what is linked in, and prints the licence of each") {
  const auto output_of = [](const std::vector<std::string>& words) {
    Process process(Command{.arguments = words});
    CHECK(process.wait_exit() == 0);
    return process.text(Process::Stream::kOut);
  };
  const std::string versions = output_of({static_elector(), "--version", "-v"});
  const std::string licenses = output_of({static_elector(), "--licenses"});
  for (const std::string name : {"CLI11", "OpenSSL", "RapidJSON", "glibc", "libcurl",
                                 "libmicrohttpd", "nghttp2", "yaml-cpp"}) {
    CHECK_MESSAGE(versions.find("\n" + name + " ") != std::string::npos, versions);
    CHECK_MESSAGE(licenses.find("\n" + name + "\n====") != std::string::npos, name);
  }
  for (const char* text :
       {"GNU LESSER GENERAL PUBLIC LICENSE", "GCC RUNTIME LIBRARY EXCEPTION", "Apache License"}) {
    CHECK_MESSAGE(licenses.find(text) != std::string::npos, text);
  }
}

TEST_CASE("--copy-to reports in one line what it cannot do, and leaves nothing half done") {
  const TempDir folder;
  folder.write("file", "");
  const std::string elector = folder.path("here/elector");
  fs::create_directory(folder.path("here"));
  fs::copy_file(static_elector(), elector);
  Process not_a_folder(Command{.arguments = {elector, "--copy-to=" + folder.path("file")}});
  CHECK(not_a_folder.wait_exit() == 1);
  CHECK(not_a_folder.text(Process::Stream::kErr) ==
        "elector --copy-to: cannot make \"" + folder.path("file") + "\": Not a directory\n");
  Process onto_itself(Command{.arguments = {elector, "--copy-to=" + folder.path("here")}});
  CHECK(onto_itself.wait_exit() == 1);
  CHECK(onto_itself.text(Process::Stream::kErr) ==
        "elector --copy-to: \"" + folder.path("here") + "\" already contains this elector\n");
  Process full(Command{.arguments = {elector, "--copy-to", "/proc/none"}});
  CHECK(full.wait_exit() == 1);
  CHECK(full.text(Process::Stream::kErr).starts_with("elector --copy-to: cannot make "));
  Process mute(
      Command{.arguments = {"sh", "-c", "umask 077; exec \"$1\" --copy-to \"$2\" >/dev/full", "sh",
                            elector, folder.path("deep/down")}});
  CHECK(mute.wait_exit() == 1);
  CHECK(mute.text(Process::Stream::kErr).find("No space left on device") != std::string::npos);
  using std::filesystem::perms;
  CHECK((std::filesystem::status(folder.path("deep")).permissions() & perms::others_exec) ==
        perms::others_exec);
}

}  // namespace
}  // namespace elector::tests
