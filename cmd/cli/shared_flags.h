// SPDX-License-Identifier: Apache-2.0
// The flags that several commands share, and the readers of their values.
#pragma once

#include <string>

#include "cmd/cli/flags.h"
#include "cmd/cli/options.h"

namespace elector::cmd {

// The values of --lock, separated by spaces.
inline constexpr std::string_view kLockWords =
    "leases endpoints configmaps endpointsleases configmapsleases";

// --election: a word may give it, too, unless words belong to a command.
Flag& add_election(Flags& flags, const char* help, std::string& into);
// --lock. `into` has the default.
void add_lock(Flags& flags, const char* help, LockChoice& into);
LockChoice default_lock(const char* name);

// The flags of every command that uses the API: --print-rbac, the connection, the log, the help.
void add_api(Flags& flags, ApiOptions& into);
// The same for the command line of 2016, where -n does not name the election's namespace:
// `other_namespace` gets it.
void add_api_2016(Flags& flags, ApiOptions& into, std::string& other_namespace);

// Fails unless --election was given.
Failure require_election(const Flags& flags);
// Returns the error that `flag` requires an election.
Error of_which_election(const Flag& flag);

// --print-rbac, which may lack its value, was given without one.
void finish_rbac(const Flags& flags, ApiOptions& options);

// Returns a reader for which an empty value is like none.
ValueReader unless_empty(ValueReader read);
// Checks that may be empty: nothing is wrong with an empty value.
std::optional<std::string> namespace_or_empty_problem(std::string_view text);
std::optional<std::string> emptiness_problem(std::string_view text);
// Checks a URL that is probed as the kubelet does it.
std::optional<std::string> probed_url_problem(std::string_view text);
// Fails unless the value is a number in these limits: "… is not " and `what`.
Expected<int> parse_int(const std::string& text, int least, int most, const char* what);

}  // namespace elector::cmd
