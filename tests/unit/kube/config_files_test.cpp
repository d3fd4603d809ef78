// SPDX-License-Identifier: Apache-2.0
// Which file "is not there": for kubectl, and for elector, only a file of which the kernel reports
// this. Any other failure hides a configuration that the user has given, and the error must name
// the file.
#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "tests/support/contains.h"
#include "tests/unit/kube/world.h"

using elector::Error;
using elector::kube::Connection;
using elector::tests::make_certificate;
using elector::tests::TempDir;
using elector::tests::World;

namespace {

constexpr uid_t kNobody = 65534;

// root may read everything, so the test looks as another user while this lives.
class AsNobody {
 public:
  AsNobody() : user_(geteuid()) {
    if (user_ == 0) REQUIRE(seteuid(kNobody) == 0);
  }
  ~AsNobody() {
    if (user_ == 0) CHECK(seteuid(0) == 0);
  }
  AsNobody(const AsNobody&) = delete;
  AsNobody& operator=(const AsNobody&) = delete;

 private:
  const uid_t user_;
};

// A way in which a file cannot be read, and the words that report it. The file has been written.
struct Obstacle {
  std::string what;
  std::function<void(const TempDir& dir, const std::string& name)> put;
  std::string says;
};

void replace_by_loop(const TempDir& dir, const std::string& name) {
  dir.remove(name);
  std::filesystem::create_symlink(dir.path(name), dir.path(name));
}

void replace_by_folder(const TempDir& dir, const std::string& name) {
  dir.remove(name);
  std::filesystem::create_directory(dir.path(name));
}

void close_folder(const TempDir& dir, const std::string& name) {
  REQUIRE(chmod(std::filesystem::path(dir.path(name)).parent_path().c_str(), 0) == 0);
}

std::vector<Obstacle> obstacles() {
  return {
      {"a folder that may not be entered", close_folder, "permission denied for user"},
      {"a file that may not be read",
       [](const TempDir& dir, const std::string& name) {
         REQUIRE(chmod(dir.path(name).c_str(), 0) == 0);
       },
       "permission denied for user"},
      {"a loop of links", replace_by_loop, "Too many levels of symbolic links"},
      {"a folder in its place", replace_by_folder, "is a directory"},
      {"a link to a name that is too long",
       [](const TempDir& dir, const std::string& name) {
         dir.remove(name);
         std::filesystem::create_symlink(std::string(300, 'x'), dir.path(name));
       },
       "File name too long"},
      {"a link to a file of no reader",
       [](const TempDir& dir, const std::string& name) {
         dir.remove(name);
         // Opened, read(2) fails with EIO: address 0 is not mapped. Another user is refused.
         std::filesystem::create_symlink("/proc/self/mem", dir.path(name));
       },
       "cannot be read: "},
  };
}

// The world's folder is readable for everyone again when this ends, so that it can be removed.
struct OpenWorld : World {
  OpenWorld() { chmod(dir.path().c_str(), 0755); }
  ~OpenWorld() {
    for (const char* folder : {"home/.kube", "sa", "files"}) chmod(dir.path(folder).c_str(), 0700);
  }
  OpenWorld(const OpenWorld&) = delete;
  OpenWorld& operator=(const OpenWorld&) = delete;

  Error failure_as_nobody() const {
    const AsNobody nobody;
    return failure();
  }
};

constexpr const char* kCluster =
    "current-context: c\nclusters: [{name: c, cluster: {server: \"https://meant\"}}]\n"
    "contexts: [{name: c, context: {cluster: c}}]\n";

void open_for_others(const TempDir& dir) {
  for (const auto& entry : std::filesystem::recursive_directory_iterator(dir.path())) {
    chmod(entry.path().c_str(), entry.is_directory() ? 0755 : 0644);
  }
}

}  // namespace

TEST_CASE("a kubeconfig that cannot be read is an error, also in a pod of another cluster") {
  for (const Obstacle& obstacle : obstacles()) {
    for (const std::string name : {"files/config", "home/.kube/config"}) {
      for (const bool pod : {false, true}) {
        CAPTURE(obstacle.what);
        CAPTURE(name);
        CAPTURE(pod);
        OpenWorld world;
        if (pod) world.be_a_pod();
        world.dir.write(name, kCluster);
        if (name == "files/config") {
          world.variables["KUBECONFIG"] = world.dir.path("absent") + ":" + world.dir.path(name);
        }
        open_for_others(world.dir);
        obstacle.put(world.dir, name);
        const Error error = world.failure_as_nobody();
        CHECK(error.kind == Error::Kind::kConfig);
        CHECK_CONTAINS(error.message, world.dir.path(name) + ": ");
        CHECK_CONTAINS(error.message, obstacle.says);
      }
    }
  }
}

TEST_CASE("a pod's files that cannot be read are errors, not a pod without them") {
  for (const Obstacle& obstacle : obstacles()) {
    for (const std::string name : {"sa/token", "sa/ca.crt", "sa/namespace"}) {
      CAPTURE(obstacle.what);
      CAPTURE(name);
      OpenWorld world;
      world.be_a_pod();
      open_for_others(world.dir);
      obstacle.put(world.dir, name);
      const Error error = world.failure_as_nobody();
      CHECK(error.kind == Error::Kind::kConfig);
      // Of a folder that is closed the first file is named.
      CHECK_CONTAINS(error.message, world.dir.path("sa/"));
      CHECK_CONTAINS(error.message, obstacle.says);
    }
  }
}

TEST_CASE("a file that the kubeconfig names and that cannot be read is an error that names it") {
  const auto pair = make_certificate("me");
  for (const Obstacle& obstacle : obstacles()) {
    for (const char* field :
         {"certificate-authority", "tokenFile", "client-certificate", "client-key"}) {
      CAPTURE(obstacle.what);
      CAPTURE(field);
      OpenWorld world;
      const std::string name = std::string("files/") + field;
      const auto given = [&](const char* key) {
        const std::string folder = std::string(key) == field ? "files" : "good";
        return std::string(key) + ": \"" + world.dir.path(folder + "/" + key) + "\"";
      };
      for (const std::string folder : {"files/", "good/"}) {
        world.dir.write(folder + "certificate-authority", make_certificate("ca").certificate);
        world.dir.write(folder + "tokenFile", "t");
        world.dir.write(folder + "client-certificate", pair.certificate);
        world.dir.write(folder + "client-key", pair.key);
      }
      world.variables["KUBECONFIG"] = world.dir.write(
          "config",
          "current-context: c\ncontexts: [{name: c, context: {cluster: c, user: u}}]\n"
          "clusters: [{name: c, cluster: {server: \"https://c\", " +
              given("certificate-authority") + "}}]\nusers: [{name: u, user: {" +
              given("tokenFile") + ", " + given("client-certificate") + ", " + given("client-key") +
              "}}]\n");
      open_for_others(world.dir);
      obstacle.put(world.dir, name);
      const Error error = world.failure_as_nobody();
      CHECK(error.kind == Error::Kind::kConfig);
      CHECK_CONTAINS(error.message, world.dir.path(name) + ": ");
      CHECK_CONTAINS(error.message, obstacle.says);
      CHECK_CONTAINS(error.message, field);
    }
  }
}

TEST_CASE("what does not exist for the kernel is skipped: a name, and one below a file") {
  for (const std::string name : {"absent", "absent/config", "file/config", "dangling"}) {
    CAPTURE(name);
    World world;
    world.be_a_pod();
    world.dir.write("file", "");
    std::filesystem::create_symlink(world.dir.path("nowhere"), world.dir.path("dangling"));
    world.variables["KUBECONFIG"] = world.dir.path(name);
    CHECK(world.connect().server == "https://10.0.0.1:443");
  }
}

TEST_CASE(
    "a pod's namespace is that of POD_NAMESPACE, then of its file, then a default that is "
    "reported") {
  struct Row {
    std::string variable;
    std::string file;  // "-" for none
    std::string expected;
  };
  for (const Row& row : std::vector<Row>{{"prod", "a", "prod"},
                                         {"prod", "-", "prod"},
                                         {"", "a", "a"},
                                         {"", " a \n", "a"},
                                         {"", "-", "default"},
                                         {"", "", "default"},
                                         {"", " \n", "default"}}) {
    CAPTURE(row.variable);
    CAPTURE(row.file);
    for (const bool kubeconfig : {false, true}) {
      World world;
      world.be_a_pod("");
      if (row.file != "-") world.dir.write("sa/namespace", row.file);
      if (!row.variable.empty()) world.variables["POD_NAMESPACE"] = row.variable;
      if (kubeconfig) world.home_config(kCluster);
      const Connection connection = world.connect();
      CHECK(connection.namespace_ == row.expected);
      CHECK(connection.warnings.size() == (row.expected == "default" ? 1 : 0));
      if (row.expected == "default") CHECK_CONTAINS(connection.warnings[0], "POD_NAMESPACE");
    }
  }
}

TEST_CASE("POD_NAMESPACE is used in a pod only, and only if nothing else names a namespace") {
  World world;
  world.variables["POD_NAMESPACE"] = "prod";
  world.home_config(kCluster);
  CHECK(world.connect().namespace_ == "default");
  CHECK(world.connect().warnings.empty());
  world.be_a_pod();
  CHECK(world.connect().namespace_ == "prod");
  world.flags.namespace_ = "flag";
  CHECK(world.connect().namespace_ == "flag");
  world.flags.namespace_.clear();
  world.home_config(std::string(kCluster).replace(std::string(kCluster).rfind("cluster: c"), 10,
                                                  "cluster: c, namespace: default"));
  CHECK(world.connect().namespace_ == "default");
  CHECK(world.connect().warnings.empty());
  world.variables["POD_NAMESPACE"] = "No_Name";
  world.home_config(kCluster);
  CHECK_CONTAINS(world.failure().message, "$POD_NAMESPACE \"No_Name\" is not a valid namespace");
}
