// SPDX-License-Identifier: Apache-2.0
// The one place where doctest's implementation and main() are compiled.
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>
