#include "cmd/candidate_setup.h"

#include <cstdio>
#include <string>

#include "cmd/rbac.h"
#include "cmd/text.h"

namespace elector::cmd {

CandidateSetup candidate_setup(std::string_view command, const Session& session,
                               const CandidateOptions& options) {
  return {.election = options.election,
          .name_space = session.connection().namespace_,
          .identity = options.id,
          .lock_name = options.lock.name,
          .lock_kinds = options.lock.kinds,
          .lock_kind_given = options.lock.is_explicit,
          .timing = options.timing,
          .rbac_command = rbac_command(command, options, session.connection()),
          .resign_command = "elector resign " + options.election +
                            " --namespace=" + session.connection().namespace_ +
                            " --lock=" + options.lock.name + " --force"};
}

void log_standing(const Log& log, const Session& session, const CandidateOptions& options) {
  log.info("standing", {{"election", options.election},
                        {"id", options.id},
                        {"lock", options.lock.name},
                        {"namespace", session.connection().namespace_},
                        {"server", session.connection().server}});
}

int complain(std::string_view command, const kube::Error& error, const ApiOptions& options) {
  const std::string message = escaped(name_variables(error.message, options.from_environment));
  std::fprintf(stderr, "elector %.*s: %s\n", static_cast<int>(command.size()), command.data(),
               message.c_str());
  return error.kind == kube::Error::Kind::kUsage ? 2 : 1;
}

}  // namespace elector::cmd
