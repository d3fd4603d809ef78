// The bundle (`make bundle`, `elector --copy-to`) in other people's images: one with nothing in it
// at all, and one with another system around it.
#include <doctest/doctest.h>

#include <csignal>
#include <filesystem>
#include <fstream>

#include "tests/delivery/cage.h"
#include "tests/delivery/pod_api.h"
#include "tests/support/candidate.h"

namespace elector::tests {
namespace {

namespace fs = std::filesystem;

// The kubeconfig of a candidate, readable in a cage.
std::string plain_kubeconfig(PodApi& api, const TempDir& folder, bool with_authority) {
  const auto where = api.environment();
  std::string cluster = R"({"server":"https://)" + where.at("KUBERNETES_SERVICE_HOST") + ":" +
                        where.at("KUBERNETES_SERVICE_PORT") + R"(")";
  if (with_authority) {
    folder.write("ca.crt", api.authority());
    cluster += R"(,"certificate-authority":"ca.crt")";
  }
  fs::permissions(folder.path(), fs::perms(0755));
  return folder.write("kubeconfig", R"({"clusters":[{"name":"c","cluster":)" + cluster + R"(}}],
      "users":[{"name":"u","user":{"token":")" +
                                        api.candidate_token() +
                                        R"("}}],
      "contexts":[{"name":"x","context":{"cluster":"c","user":"u"}}],"current-context":"x"})");
}

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

TEST_SUITE("the bundle (needs root or user namespaces)" * doctest::skip(!can_cage())) {
  TEST_CASE("it elects in an empty root, without /proc even, and from any folder") {
    PodApi api;
    if (!api.gives_tokens()) return;
    const EmptyImage image;
    const TempDir config;
    plain_kubeconfig(api, config, true);
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

  TEST_CASE("where the system trusts nobody, it trusts the authorities that it brings") {
    PodApi api;
    if (!api.gives_tokens()) return;
    const EmptyImage image;
    const TempDir config;
    plain_kubeconfig(api, config, false);
    const TempDir bundle;
    copy_folder(bundle_folder(), bundle.path());
    const std::vector<std::string> words{"/elector/elector",
                                         "run",
                                         "--election=example",
                                         "--id=a",
                                         "--ttl=3s",
                                         "--kubeconfig=/config/kubeconfig",
                                         "--namespace=" + api.name_space()};
    const Cage cage{.root = image.root(),
                    .mounts = {{bundle.path(), "/elector"}, {config.path(), "/config"}},
                    .environment = {}};
    Process stranger(caged(cage, words));
    CHECK(stranger.wait_for_line(Process::Stream::kErr,
                                 containing("is not signed by any authority that this system")));
    stranger.signal(SIGKILL);
    stranger.wait_exit();
    std::ofstream(bundle.path("elector-runtime/ca-certificates.crt"), std::ios::app)
        << api.authority();
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
    const TempDir image;
    lay_out_user_image(image, {"/shared", "/config"});
    const TempDir config;
    plain_kubeconfig(api, config, true);
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
    CHECK(variables.find("LD_") == std::string::npos);
    CHECK(variables.find("elector-runtime") == std::string::npos);
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

TEST_CASE("a link to the bundle's elector serves as well as a path to it") {
  const TempDir folder;
  fs::create_symlink(bundle_folder() + "/elector", folder.path("kubectl-elector"));
  Process help(Command{.arguments = {folder.path("kubectl-elector"), "run", "--help"}});
  CHECK(help.wait_exit() == 0);
  CHECK(help.text(Process::Stream::kOut).starts_with("Usage: kubectl elector run"));
}

TEST_CASE("a launcher without its folder, and an elector that is in no bundle, say what to do") {
  const TempDir folder;
  fs::copy_file(bundle_folder() + "/elector", folder.path("elector"));
  Process alone(Command{.arguments = {folder.path("elector"), "--version"}});
  CHECK(alone.wait_exit() == 125);
  CHECK(alone.text(Process::Stream::kErr) ==
        "elector: cannot execute " + folder.path("elector-runtime/elector") +
            "; copy the whole folder, elector-runtime too, or use --copy-to\n");
  Process system(Command{.arguments = {elector_binary(), "--copy-to=" + folder.path("copy")}});
  CHECK(system.wait_exit() == 1);
  CHECK(system.text(Process::Stream::kErr)
            .find("take the one of elector's image or of 'make bundle'") != std::string::npos);
}

TEST_CASE("--copy-to says in one line what it cannot do, and leaves nothing half done") {
  const TempDir folder;
  folder.write("file", "");
  const std::string elector = bundle_folder() + "/elector";
  Process not_a_folder(Command{.arguments = {elector, "--copy-to=" + folder.path("file")}});
  CHECK(not_a_folder.wait_exit() == 1);
  CHECK(not_a_folder.text(Process::Stream::kErr) ==
        "elector --copy-to: cannot make \"" + folder.path("file") + "\": Not a directory\n");
  Process onto_itself(Command{.arguments = {elector, "--copy-to=" + bundle_folder()}});
  CHECK(onto_itself.wait_exit() == 1);
  CHECK(onto_itself.text(Process::Stream::kErr) ==
        "elector --copy-to: \"" + bundle_folder() + "\" is where this elector lies already\n");
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
