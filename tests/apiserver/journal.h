// SPDX-License-Identifier: Apache-2.0
// The state file: one line of JSON for each write, appended before the write is answered, so that a
// server killed at any moment loses nothing that it acknowledged. (It survives the process, not the
// machine: nothing is synced to the disk.)
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace elector::tests::apiserver {

class Journal {
 public:
  Journal() = default;
  ~Journal();
  Journal(const Journal&) = delete;
  Journal& operator=(const Journal&) = delete;

  // Opens the file at path, creating it if needed, and returns its whole lines; a last line that
  // was cut off is removed. On failure returns false and sets error.
  bool open(const std::string& path, std::vector<std::string>* lines, std::string* error);
  // Appends the line and a newline. Ends the process when the disk refuses: to go on would be to
  // lie.
  void append(std::string_view line);

 private:
  int file_ = -1;
};

}  // namespace elector::tests::apiserver
