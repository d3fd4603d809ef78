// SPDX-License-Identifier: Apache-2.0
// An election that is to run under limits, or with odd standard streams.
#pragma once

#include <string>

#include "tests/system/e2e/exec_fixture.h"

namespace elector::tests {

// The command under what a shell can set up for it: limits before, redirections after.
Command in_shell(const std::string& before, Command command, const std::string& after = "");

// The command under a separate limit; prlimit(1) opens nothing that it would inherit.
Command limited(const std::string& limit, Command command);

// `run` as candidate a, with a ttl of 2 s.
Command run_command(const std::string& election, const Words& more = {},
                    const std::string& kubeconfig = Cluster::get().kubeconfig());

std::string holder(const ElectionName& election);
// Whether a comes to lead.
bool leads(const ElectionName& election);
// Whether a keeps leading and renews this often.
bool renews(const ElectionName& election, int times = 3);

}  // namespace elector::tests
