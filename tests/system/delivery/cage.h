// SPDX-License-Identifier: Apache-2.0
// Programs in a cage (tests/support/cage): what a container engine does with an image, without one.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/process.h"
#include "tests/support/temp_dir.h"

namespace elector::tests {

// What a program sees.
struct Cage {
  std::string root;                                           // a folder; read-only inside
  std::vector<std::pair<std::string, std::string>> mounts{};  // outside, inside
  std::map<std::string, std::string> environment{};           // all of it
  bool proc = true;
};

Command caged(const Cage& cage, const std::vector<std::string>& words);

// Whether cages can be built here: as root, or where the kernel lets users make namespaces.
bool can_cage();

// The folder of `make static`, $ELECTOR_STATIC, and what `make rootfs` and `make bundle` lay out in
// it.
std::string static_elector();
std::string rootfs_folder();
std::string bundle_folder();

// An image's root file system: a copy of `make rootfs`, with some more empty folders to mount on.
// (The copy is what a container engine's upper layer is.)
void unpack_rootfs(const TempDir& root, const std::vector<std::string>& mount_points);

// The image of another program, with this machine's system in it: what is to be mounted there, and
// a root to mount that on.
std::vector<std::pair<std::string, std::string>> user_image_mounts();
void lay_out_user_image(const TempDir& root, const std::vector<std::string>& mount_points);

// A pod's service account as the kubelet mounts it, for a container of that uid to read.
void write_account(const TempDir& folder, const std::string& authority,
                   const std::string& name_space, const std::string& token);

// Copies a folder as it is; throws std::runtime_error.
void copy_folder(const std::string& from, const std::string& to);

inline constexpr const char* kAccountFolder = "/var/run/secrets/kubernetes.io/serviceaccount";

}  // namespace elector::tests
