// The command lines of `run` and `exec`, which take part in an election. See option_parse.h.
#include <algorithm>
#include <array>
#include <utility>

#include "cmd/option_command.h"
#include "cmd/option_parse.h"
#include "cmd/text.h"

namespace elector::cmd {
namespace {

constexpr std::array<const FlagGroup*, 10> kRunGroups{
    &kLockFlags,    &kIdentityFlags, &kTimingFlags,     &kHttpFlags, &kSidecarFlags,
    &kClusterFlags, &kRbacFlags,     &kConnectionFlags, &kLogFlags,  &kHelpFlags};

constexpr std::array<const FlagGroup*, 10> kExecGroups{
    &kJobLockFlags, &kIdentityFlags, &kTimingFlags,     &kJobFlags, &kJobHttpFlags,
    &kClusterFlags, &kRbacFlags,     &kConnectionFlags, &kLogFlags, &kHelpFlags};

// ELECTION may be a word, but not in the command line of 2016: there it is a command out of place.
std::optional<std::string> take_election(Scan& scan, bool legacy, std::string_view program) {
  auto problem = take_words(scan, kRunGroups, legacy ? 0 : 1);
  if (!problem || !legacy) return problem;
  const auto known = commands();
  const std::string& word = scan.words.front();
  if (std::any_of(known.begin(), known.end(),
                  [&](const Command& command) { return command.name == word; })) {
    problem->append(": a command comes before all flags, as in '").append(program);
    problem->append(" ").append(word).append(" ELECTION'");
  }
  return problem;
}

// What run and exec have in common; `options.election` is the caller's.
void read_candidate(CandidateOptions& options, Reader& reader, const GivenFlags& flags,
                    const Surroundings& surroundings, std::string_view lock) {
  reader.read(options.id, read_identity(flags, surroundings.host_name));
  reader.read(options.lock, read_lock(flags, lock));
  reader.read(options.timing, read_timing(flags));
  reader.read(options.http, read_http(flags));
  reader.read(options.cluster, read_cluster(flags, surroundings.variables, surroundings.host_name));
  read_api(options, reader, flags);
}

kube::Expected<RunOptions> read_run(const GivenFlags& flags, const Surroundings& surroundings,
                                    bool legacy) {
  RunOptions options;
  Reader reader;
  reader.read(options.election, read_election(flags));
  read_candidate(options, reader, flags, surroundings, legacy ? "endpoints" : "leases");
  reader.read(options.release_delay, read_duration(flags, "release-delay"));
  if (reader.failure()) return *reader.failure();
  options.legacy = legacy;
  // The 2016 sidecar looked neither at the kubeconfig nor at its pod for the election's namespace.
  if (legacy && options.connection.namespace_.empty()) options.connection.namespace_ = "default";
  return options;
}

kube::Expected<bool> read_on_loss(const GivenFlags& flags) {
  const Given* given = flags.find("on-loss");
  if (given == nullptr || given->text == "rejoin") return false;
  if (given->text == "exit") return true;
  return bad_value(*given, quoted(given->text) + " is neither rejoin nor exit");
}

kube::Expected<bool> read_cgroup_choice(const GivenFlags& flags) {
  const Given* given = flags.find("cgroup");
  if (given == nullptr || given->text == "auto") return true;
  if (given->text == "never") return false;
  return bad_value(*given, quoted(given->text) + " is neither auto nor never");
}

kube::Expected<ExecOptions> read_exec(const GivenFlags& flags, const Surroundings& surroundings,
                                      std::vector<std::string> command) {
  ExecOptions options;
  options.command = std::move(command);
  Reader reader;
  const bool named = flags.find("election") != nullptr;
  if (!named && options.command.empty()) {
    return kube::usage_error("--election: missing; give --election=NAME, or the command");
  }
  reader.read(options.election,
              named ? read_election(flags) : election_of_command(options.command.front()));
  options.election_from_command = flags.find("election") == nullptr;
  read_candidate(options, reader, flags, surroundings, "leases");
  if (flags.find("wait") != nullptr) {
    core::Duration wait{};
    reader.read(wait, read_duration(flags, "wait"));
    options.wait = wait;
  }
  reader.read(options.conflict_exit_code, read_exit_code(flags, "conflict-exit-code", 124));
  reader.read(options.hold, read_duration(flags, "hold"));
  if (flags.find("grace") != nullptr) reader.read(options.grace, read_duration(flags, "grace"));
  reader.read(options.signal, read_signal(flags));
  reader.read(options.exit_on_loss, read_on_loss(flags));
  reader.read(options.cgroup, read_cgroup_choice(flags));
  if (reader.failure()) return *reader.failure();
  return options;
}

std::vector<std::string> notes_on_klog_flags(const Scan& scan) {
  std::vector<std::string> notes;
  for (const Occurrence& occurrence : scan.flags) {
    const auto of_klog = [&](const Flag& flag) { return &flag == occurrence.flag; };
    const auto flags = kKlogFlags.flags;
    if (std::none_of(flags.begin(), flags.end(), of_klog)) continue;
    notes.push_back(occurrence.spelling +
                    " has no effect: the log goes to standard error, as --log-format and -v say");
  }
  return notes;
}

}  // namespace

constinit const Command kRunCommand{
    .name = "run",
    .summary = "take part in an election and say who leads",
    .words = "ELECTION [FLAGS]",
    .description = "Takes part in an election and prints who leads, at each change.\n",
    .groups = kRunGroups};

constinit const Command kExecCommand{
    .name = "exec",
    .summary = "run a command while leading, and only then",
    .words = "[FLAGS] [--] COMMAND [ARGUMENT...]",
    .description = "Runs COMMAND when elected, and stops it before anyone else may lead.\n",
    .groups = kExecGroups};

ParseResult parse_run(std::span<const std::string> arguments, const Surroundings& surroundings,
                      bool legacy) {
  const std::string_view shown = legacy ? std::string_view() : kRunCommand.name;
  const auto fail = [&](std::string_view problem) {
    return usage_error(surroundings, shown, problem, kRunCommand.name);
  };
  std::vector<const FlagGroup*> groups(kRunCommand.groups.begin(), kRunCommand.groups.end());
  if (legacy) groups.push_back(&kKlogFlags);
  Scan scanned = scan(arguments, {.groups = groups, .go_spelling = legacy});
  if (auto text = asked_text(scanned, kRunCommand, surroundings)) return std::move(*text);
  if (scanned.problem) return fail(*scanned.problem);
  if (const auto problem = take_election(scanned, legacy, surroundings.program)) {
    return fail(*problem);
  }
  const auto flags = collect(scanned.flags, groups, surroundings.variables);
  if (!flags) return fail(flags.error().message);
  auto options = read_run(*flags, surroundings, legacy);
  if (!options) return fail(options.error().message);
  options->notes = notes_on_klog_flags(scanned);
  return std::move(*options);
}

ParseResult parse_exec(std::span<const std::string> arguments, const Surroundings& surroundings) {
  const auto fail = [&](std::string_view problem) {
    UsageError error = usage_error(surroundings, kExecCommand.name, problem, kExecCommand.name);
    error.exit_code = 125;
    return error;
  };
  Scan scanned = scan(arguments, {.groups = kExecCommand.groups, .ends_at_word = true});
  if (auto text = asked_text(scanned, kExecCommand, surroundings)) return std::move(*text);
  if (scanned.problem) return fail(*scanned.problem);
  if (scanned.words.empty() && !scanned.has(kRbacFlags.flags.front().name)) {
    return fail("no command; write it after --, as in: exec -- ./job");
  }
  const auto flags = collect(scanned.flags, kExecCommand.groups, surroundings.variables);
  if (!flags) return fail(flags.error().message);
  auto options = read_exec(*flags, surroundings, std::move(scanned.words));
  if (!options) return fail(options.error().message);
  return std::move(*options);
}

}  // namespace elector::cmd
