// A check on part of a message that shows the whole of it when it fails.
#pragma once

#include <doctest/doctest.h>

#include <string>

#define CHECK_CONTAINS(text, part)                                 \
  CHECK_MESSAGE(std::string(text).find(part) != std::string::npos, \
                "\"" << (text) << "\" lacks \"" << (part) << "\"")
