// SPDX-License-Identifier: Apache-2.0
// What `run` and `exec` share around their candidate: its setup and the log lines about its terms.
#pragma once

#include <functional>
#include <string>

#include "cmd/candidate/candidate.h"
#include "cmd/cli/options.h"
#include "cmd/output/log.h"
#include "core/election.h"
#include "kube/session.h"

namespace elector::cmd {

// remedy: returns how to get the permissions that this command line needs, for the log.
CandidateSetup candidate_setup(std::function<std::string()> remedy, const kube::Session& session,
                               const CandidateOptions& options);

// Logs which election this process stands for, under which identity, and where.
void log_standing(const Log& log, const kube::Session& session, const CandidateOptions& options);
// Logs that this process was asked to resign, if a kStopWork report says so.
void log_resign(const Log& log, const core::Report& stop);
// Returns why a term of the candidate `own` ended, for the log.
std::string describe_loss(const core::Report& lost, const std::string& own);

}  // namespace elector::cmd
