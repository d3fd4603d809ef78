// SPDX-License-Identifier: Apache-2.0
// What the API server of the tests lacks: a test case that needs it ends early and is counted, and
// the test program's last line reports it. Not every real server has printer columns, token
// requests or all kinds of objects.
#pragma once

#include <string>

namespace elector::tests {

// Counts that the running test case, or this part of it, is skipped because the server lacks
// `what`. Returns true, for `if (… && skipped_by_server("token requests")) return;`.
bool skipped_by_server(const std::string& what);

}  // namespace elector::tests
