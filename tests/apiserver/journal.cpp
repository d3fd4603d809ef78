// SPDX-License-Identifier: Apache-2.0
// The state file.
#include "tests/apiserver/journal.h"

#include <fcntl.h>
#include <sys/types.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace elector::tests::apiserver {

Journal::~Journal() {
  if (file_ >= 0) close(file_);
}

bool Journal::open(const std::string& path, std::vector<std::string>* lines, std::string* error) {
  file_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (file_ < 0) {
    *error = "cannot open the state file " + path + ": " + std::strerror(errno);
    return false;
  }
  std::string text;
  std::array<char, 65536> chunk{};
  for (ssize_t got = 0; (got = read(file_, chunk.data(), chunk.size())) > 0;) {
    text.append(chunk.data(), static_cast<std::size_t>(got));
  }
  std::size_t start = 0;
  for (std::size_t end = 0; (end = text.find('\n', start)) != std::string::npos; start = end + 1) {
    lines->push_back(text.substr(start, end - start));
  }
  if (start < text.size() && ftruncate(file_, static_cast<off_t>(start)) != 0) {
    *error = "cannot cut the unfinished last line off " + path + ": " + std::strerror(errno);
    return false;
  }
  return true;
}

void Journal::append(std::string_view line) {
  if (file_ < 0) return;
  std::string text(line);
  text += '\n';
  std::size_t done = 0;
  while (done < text.size()) {
    const ssize_t put = write(file_, text.data() + done, text.size() - done);
    if (put < 0 && errno == EINTR) continue;
    if (put <= 0) {
      std::fprintf(stderr, "cannot write the state file: %s\n", std::strerror(errno));
      std::_Exit(1);
    }
    done += static_cast<std::size_t>(put);
  }
}

}  // namespace elector::tests::apiserver
