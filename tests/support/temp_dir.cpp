#include "tests/support/temp_dir.h"

#include <stdlib.h>

#include <fstream>
#include <sstream>
#include <stdexcept>

namespace elector::tests {

TempDir::TempDir() {
  std::string name = (std::filesystem::temp_directory_path() / "elector-test-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp failed in " + name);
  dir_ = name;
}

TempDir::~TempDir() {
  std::error_code ignored;
  std::filesystem::remove_all(dir_, ignored);
}

std::string TempDir::path(const std::string& name) const {
  return name.empty() ? dir_.string() : (dir_ / name).string();
}

std::string TempDir::write(const std::string& name, const std::string& content) const {
  std::ofstream(dir_ / name, std::ios::binary) << content;
  return path(name);
}

std::string TempDir::read(const std::string& name) const {
  std::ostringstream text;
  text << std::ifstream(dir_ / name, std::ios::binary).rdbuf();
  return text.str();
}

}  // namespace elector::tests
