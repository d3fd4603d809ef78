// SPDX-License-Identifier: Apache-2.0
// The variables that elector reads, as a test wants them.
#pragma once

#include <stdlib.h>
#include <unistd.h>

#include <map>
#include <string>
#include <vector>

namespace elector::tests {

using Variables = std::map<std::string, std::string>;

// Makes these the only ELECTOR_ variables of this process. Ignores names that no variable can have.
inline void set_variables(const Variables& variables) {
  std::vector<std::string> others;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string text = *entry;
    if (text.starts_with("ELECTOR_")) others.push_back(text.substr(0, text.find('=')));
  }
  for (const std::string& name : others) unsetenv(name.c_str());
  for (const auto& [name, value] : variables) {
    if (name.starts_with("ELECTOR_")) setenv(name.c_str(), value.c_str(), 1);
  }
}

}  // namespace elector::tests
