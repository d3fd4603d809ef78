// SPDX-License-Identifier: Apache-2.0
// The transcript of a story as it grows: one line for each thing that happens, with its time and
// process.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "core/time.h"

namespace elector::tests {

class Transcript {
 public:
  // "  2.000 a  asks  PUT v1 ...", wrapped where it is long. The second form is for what a quiet
  // transcript leaves out; requests are counted there, by what they are: "PUT".
  void add(core::Duration at, const std::string& who, const std::string& verb,
           const std::string& text);
  void add_traffic(core::Duration at, const std::string& who, const std::string& verb,
                   const std::string& text, const std::string& request = {});

  // While quiet, traffic is left out; at the end a line gives the number of requests.
  void set_quiet(bool quiet);

  std::vector<std::string> take();

 private:
  bool quiet_ = false;
  struct LeftOut {
    int count = 0;
    std::set<std::string> by{};
  };
  std::map<std::string, LeftOut> left_out_;
  std::vector<std::string> lines_;
};

}  // namespace elector::tests
