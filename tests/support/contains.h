// SPDX-License-Identifier: Apache-2.0
// Whether a message contains a part, and a check of that which shows the whole message on failure.
#pragma once

#include <doctest/doctest.h>

#include <string>

#define CHECK_CONTAINS(text, part)                                 \
  CHECK_MESSAGE(std::string(text).find(part) != std::string::npos, \
                "\"" << (text) << "\" lacks \"" << (part) << "\"")

namespace elector::tests {

inline bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace elector::tests
