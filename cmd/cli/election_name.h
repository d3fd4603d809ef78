// SPDX-License-Identifier: Apache-2.0
// The election's name on the command line of `exec`: the word before --, or derived from the
// command.
#pragma once

#include <string>
#include <string_view>

#include "cmd/cli/scan.h"
#include "core/error.h"

namespace elector::cmd {

// Returns the command's base name as an RFC 1123 subdomain: lower case, characters outside
// [a-z0-9.-] replaced by "-", "." and "-" trimmed at both ends. Fails with kUsage for shells,
// interpreters and wrappers, whose name says nothing about the job, and if nothing is left of the
// name.
Expected<std::string> election_of_command(std::string_view command);

// Whether the words of `exec` are ELECTION -- COMMAND…: flags ended at a word that is followed by
// --. That word is the command, as for env(1), if it is a path, a shell, interpreter or wrapper
// (which would be dropped without notice), or if --election was given.
bool names_election(const Scan& scanned);

}  // namespace elector::cmd
