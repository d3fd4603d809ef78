// SPDX-License-Identifier: Apache-2.0
#include "tests/support/skipped.h"

#include <cstdio>
#include <map>
#include <mutex>

namespace elector::tests {
namespace {

// Prints when the program ends, after doctest's own summary.
class Skipped {
 public:
  Skipped() = default;
  Skipped(const Skipped&) = delete;
  Skipped& operator=(const Skipped&) = delete;
  ~Skipped() {
    if (counts_.empty()) return;
    std::string text;
    int total = 0;
    for (const auto& [what, count] : counts_) {
      text += (text.empty() ? "" : ", ") + what + " (" + std::to_string(count) + ")";
      total += count;
    }
    std::printf("[server] %d skipped by server, which lacks: %s\n", total, text.c_str());
  }

  void count(const std::string& what) {
    const std::lock_guard lock(mutex_);
    ++counts_[what];
  }

 private:
  std::mutex mutex_;
  std::map<std::string, int> counts_;
};

}  // namespace

bool skipped_by_server(const std::string& what) {
  static Skipped skipped;
  skipped.count(what);
  return true;
}

}  // namespace elector::tests
