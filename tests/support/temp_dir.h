// SPDX-License-Identifier: Apache-2.0
// A directory for one test and its files, removed at the end.
#pragma once

#include <filesystem>
#include <string>

namespace elector::tests {

class TempDir {
 public:
  TempDir();
  ~TempDir();
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;

  std::string path(const std::string& name = "") const;
  // Writes the file atomically (by rename, as a rotation does) and returns its path.
  std::string write(const std::string& name, const std::string& content) const;
  // The same, executable.
  std::string script(const std::string& name, const std::string& body) const;
  std::string read(const std::string& name) const;
  void remove(const std::string& name) const;

 private:
  std::filesystem::path dir_;
};

}  // namespace elector::tests
