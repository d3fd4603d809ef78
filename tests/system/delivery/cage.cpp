// SPDX-License-Identifier: Apache-2.0
#include "tests/system/delivery/cage.h"

#include <cstdio>
#include <cstdlib>
#include <filesystem>

namespace elector::tests {

namespace fs = std::filesystem;

Command caged(const Cage& cage, const std::vector<std::string>& words) {
  Command command{.arguments = {CAGE_BINARY}};
  const auto add = [&](const std::string& word) { command.arguments.push_back(word); };
  const auto add_pair = [&](std::string first, char between, const std::string& second) {
    add((first += between) += second);
  };
  for (const auto& [outside, inside] : cage.mounts) {
    add("--mount");
    add_pair(outside, ':', inside);
  }
  for (const auto& [name, value] : cage.environment) {
    add("--env");
    add_pair(name, '=', value);
  }
  if (!cage.proc) add("--no-proc");
  add(cage.root);
  for (const std::string& word : words) add(word);
  return command;
}

bool can_cage() {
  const TempDir root;
  fs::copy_file(static_elector(), root.path("elector"));
  fs::permissions(root.path(), fs::perms(0755));
  Process probe(caged({.root = root.path(), .proc = false}, {"/elector", "--version"}));
  return probe.wait_exit() == 0;
}

namespace {

std::string static_folder() {
  const char* const folder = std::getenv("ELECTOR_STATIC");
  if (folder != nullptr) return folder;
  std::fputs(
      "these tests need ELECTOR_STATIC, the folder of a static elector: use make test-static\n",
      stderr);
  std::exit(2);
}

}  // namespace

std::string static_elector() {
  return static_folder() + "/elector";
}

std::string rootfs_folder() {
  return static_folder() + "/rootfs";
}

std::string bundle_folder() {
  return static_folder() + "/bundle/elector-" ELECTOR_VERSION;
}

void unpack_rootfs(const TempDir& root, const std::vector<std::string>& mount_points) {
  copy_folder(rootfs_folder(), root.path());
  for (const std::string& point : mount_points) fs::create_directories(root.path() + point);
}

std::vector<std::pair<std::string, std::string>> user_image_mounts() {
  std::vector<std::pair<std::string, std::string>> mounts;
  for (const char* folder : {"/usr", "/etc", "/dev", "/bin", "/lib", "/lib64", "/sbin"}) {
    if (fs::is_directory(fs::symlink_status(folder))) mounts.emplace_back(folder, folder);
  }
  return mounts;
}

void lay_out_user_image(const TempDir& root, const std::vector<std::string>& mount_points) {
  for (const auto& [outside, inside] : user_image_mounts()) {
    fs::create_directories(root.path() + inside);
  }
  for (const char* name : {"/bin", "/lib", "/lib64", "/sbin"}) {
    if (fs::is_symlink(name)) fs::copy_symlink(name, root.path() + name);
  }
  for (const std::string& point : mount_points) fs::create_directories(root.path() + point);
  fs::create_directories(root.path("proc"));
  fs::permissions(root.path(), fs::perms(0755));
}

void write_account(const TempDir& folder, const std::string& authority,
                   const std::string& name_space, const std::string& token) {
  folder.write("ca.crt", authority);
  folder.write("namespace", name_space);
  folder.write("token", token);
  fs::permissions(folder.path(), fs::perms(0755));
}

void copy_folder(const std::string& from, const std::string& to) {
  fs::copy(from, to, fs::copy_options::recursive | fs::copy_options::copy_symlinks);
  fs::permissions(to, fs::perms(0755));
}

}  // namespace elector::tests
