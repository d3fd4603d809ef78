// From the command line to a candidate: what `run` and `exec` begin with alike.
#pragma once

#include <string_view>

#include "cmd/candidate.h"
#include "cmd/log.h"
#include "cmd/options.h"
#include "cmd/session.h"

namespace elector::cmd {

// `command`: run or exec.
CandidateSetup candidate_setup(std::string_view command, const Session& session,
                               const CandidateOptions& options);

// Logs for what this process stands, and where.
void log_standing(const Log& log, const Session& session, const CandidateOptions& options);

// Prints "elector COMMAND: MESSAGE" on stderr, with flags that a variable stood in for under the
// variable's name. Returns the exit code: 2 for wrong usage, else 1.
int complain(std::string_view command, const kube::Error& error, const ApiOptions& options);

}  // namespace elector::cmd
