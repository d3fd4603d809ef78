// SPDX-License-Identifier: Apache-2.0
#include "tests/support/temp_dir.h"

#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace elector::tests {

namespace fs = std::filesystem;

TempDir::TempDir() {
  std::string name = (fs::temp_directory_path() / "elector-test-XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp");
  dir_ = name;
}

TempDir::~TempDir() {
  std::error_code ignored;
  fs::remove_all(dir_, ignored);
}

std::string TempDir::path(const std::string& name) const {
  return name.empty() ? dir_.string() : (dir_ / name).string();
}

std::string TempDir::write(const std::string& name, const std::string& content) const {
  const fs::path target = dir_ / name;
  fs::create_directories(target.parent_path());
  const fs::path fresh = target.string() + ".new";
  std::ofstream(fresh, std::ios::binary) << content;
  fs::rename(fresh, target);
  return target.string();
}

std::string TempDir::script(const std::string& name, const std::string& body) const {
  std::string target = write(name, "#!/bin/sh\n" + body);
  fs::permissions(target, fs::perms::owner_all);
  return target;
}

std::string TempDir::read(const std::string& name) const {
  std::ostringstream text;
  text << std::ifstream(dir_ / name, std::ios::binary).rdbuf();
  return text.str();
}

void TempDir::remove(const std::string& name) const {
  fs::remove_all(dir_ / name);
}

}  // namespace elector::tests
