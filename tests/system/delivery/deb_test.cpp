// SPDX-License-Identifier: Apache-2.0
// The Debian package (`make deb`), where this machine can make one.
#ifdef DEB_FOLDER
#include <doctest/doctest.h>

#include <filesystem>
#include <stdexcept>

#include "tests/support/cluster.h"
#include "tests/support/temp_dir.h"

namespace elector::tests {
namespace {

namespace fs = std::filesystem;

std::string package() {
  for (const auto& entry : fs::directory_iterator(DEB_FOLDER)) {
    if (entry.path().extension() == ".deb") return entry.path();
  }
  throw std::runtime_error("no package in " DEB_FOLDER);
}

// What the command prints; it must succeed.
std::string output_of(const std::vector<std::string>& words) {
  Process process(Command{.arguments = words});
  const auto code = process.wait_exit();
  std::string text = process.text(Process::Stream::kOut);
  CHECK_MESSAGE(code == 0, text << process.text(Process::Stream::kErr));
  return text;
}

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST_CASE("the package holds the program, its pages and what the policy asks for, as root's") {
  const std::string list = output_of({"dpkg-deb", "-c", package()});
  for (const char* file :
       {" ./usr/bin/elector\n", " ./usr/share/man/man1/elector.1.gz\n",
        " ./usr/share/man/man1/elector-run.1.gz\n", " ./usr/share/man/man1/elector-exec.1.gz\n",
        " ./usr/share/man/man7/elector-safety.7.gz\n", " ./usr/share/doc/elector/copyright\n",
        " ./usr/share/doc/elector/changelog.Debian.gz\n",
        " ./usr/share/doc/elector/examples/sidecar.yaml\n"}) {
    CHECK_MESSAGE(has(list, file), list);
  }
  CHECK(!has(list, "tests"));
  CHECK(has(list, "-rwxr-xr-x root/root"));
  const std::string depends = output_of({"dpkg-deb", "-f", package(), "Depends"});
  for (const char* name : {"libc6", "libcurl4", "libmicrohttpd", "libssl3"}) {
    CHECK_MESSAGE(has(depends, name), depends);
  }
}

TEST_CASE("the package installs, runs, and goes without a trace") {
  const TempDir root;
  fs::create_directories(root.path("var/lib/dpkg/info"));
  fs::create_directories(root.path("var/lib/dpkg/updates"));
  root.write("var/lib/dpkg/status", "");
  root.write("var/lib/dpkg/available", "");
  const auto dpkg = [&](const std::string& action, const std::string& what) {
    return output_of({"dpkg", "--root=" + root.path(), "--log=" + root.path("dpkg.log"),
                      "--force-not-root", "--force-depends", action, what});
  };
  dpkg("--install", package());
  CHECK(output_of({root.path("usr/bin/elector"), "--version"}).starts_with("elector "));
  dpkg("--purge", "elector");
  CHECK(!fs::exists(root.path("usr/bin/elector")));
  CHECK(!fs::exists(root.path("usr/share/doc/elector")));
}

TEST_CASE("lintian reports nothing" * doctest::skip(!have_command("lintian"))) {
  CHECK(output_of({"lintian", "--allow-root", "--fail-on", "error,warning", package()}).empty());
}

}  // namespace
}  // namespace elector::tests
#endif
