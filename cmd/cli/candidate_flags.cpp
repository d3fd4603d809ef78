// The command lines of `run` and `exec`, which take part in an election.
#include <algorithm>
#include <array>
#include <utility>

#include "cmd/cli/election_name.h"
#include "cmd/cli/parse.h"
#include "cmd/output/text.h"
#include "core/identity_pattern.h"

namespace elector::cmd {
namespace {

constexpr std::array<const FlagGroup*, 10> kRunGroups{
    &kLockFlags,    &kIdentityFlags, &kTimingFlags,     &kHttpFlags, &kSidecarFlags,
    &kClusterFlags, &kRbacFlags,     &kConnectionFlags, &kLogFlags,  &kHelpFlags};

constexpr std::array<const FlagGroup*, 10> kExecGroups{
    &kJobLockFlags, &kIdentityFlags, &kTimingFlags,     &kJobFlags, &kJobHttpFlags,
    &kClusterFlags, &kRbacFlags,     &kConnectionFlags, &kLogFlags, &kHelpFlags};

// The 2016 command line, which names no command.
constexpr std::array<const FlagGroup*, 14> k2016Groups{
    &kLockFlags,    &kIdentityFlags, &kTiming2016Flags,     &kHttpFlags,      &kSidecarFlags,
    &kClusterFlags, &kRbacFlags,     &kConnection2016Flags, &kBasic2016Flags, &kElection2016Flags,
    &kLogFlags,     &kHelpFlags,     &kIdle2016Flags,       &kKlogFlags};

// A candidate has one name: a pattern, which matches other names, is a mistake.
Expected<std::string> read_candidate_name(const GivenFlags& flags,
                                          const Surroundings& surroundings) {
  auto name = read_identity(flags, surroundings.host_name);
  const Given* given = flags.find("id");
  if (name && given != nullptr && core::is_identity_pattern(*name)) {
    return bad_value(*given,
                     "is a pattern, for status, watch and resign; a candidate needs a name");
  }
  return name;
}

// Reads what run and exec share, except the timing and the API. The caller sets `options.election`.
void read_candidate(CandidateOptions& options, Reader& reader, const GivenFlags& flags,
                    const Surroundings& surroundings, std::string_view lock) {
  reader.read(options.id, read_candidate_name(flags, surroundings));
  reader.read(options.lock, read_lock(flags, lock));
  reader.read(options.http, read_http(flags));
  reader.read(options.cluster, read_cluster(flags, surroundings.variables, surroundings.host_name));
}

Expected<RunOptions> read_run(const GivenFlags& flags, const Surroundings& surroundings) {
  RunOptions options;
  Reader reader;
  reader.read(options.election, read_election(flags));
  read_candidate(options, reader, flags, surroundings, "leases");
  reader.read(options.timing, read_timing(flags));
  read_api(options, reader, flags);
  reader.read(options.release_delay, read_duration(flags, "release-delay"));
  if (reader.failure()) return *reader.failure();
  return options;
}

// The 2016 sidecar took the election's namespace only from --election-namespace, not from the
// kubeconfig or its pod; its --namespace was kubectl's.
Expected<RunOptions> read_2016(const GivenFlags& flags, const Surroundings& surroundings,
                               std::vector<std::string> warnings) {
  RunOptions options;
  Reader reader;
  reader.read(options.election, read_election(flags));
  read_candidate(options, reader, flags, surroundings, "endpoints");
  reader.read(options.timing, read_timing_2016(flags, warnings));
  read_api(options, reader, flags, "election-namespace");
  reader.read(options.release_delay, read_duration(flags, "release-delay"));
  if (reader.failure()) return *reader.failure();
  options.legacy = true;
  std::string& name_space = options.connection.namespace_;
  if (name_space.empty()) name_space = "default";
  const Given* other = flags.find("namespace");
  if (other != nullptr && !other->text.empty() && other->text != name_space) {
    warnings.push_back(other->cited() +
                       " has no effect, as in 2016: the election is in namespace " +
                       quoted(name_space) + "; --election-namespace=NAME moves it");
  }
  for (const Flag& flag : kIdle2016Flags.flags) {
    if (const Given* given = flags.find(flag.name)) {
      warnings.push_back(given->where + " has no effect: API servers of today do not know it");
    }
  }
  options.warnings = std::move(warnings);
  return options;
}

Expected<bool> read_on_loss(const GivenFlags& flags) {
  const Given* given = flags.find("on-loss");
  if (given == nullptr || given->text == "rejoin") return false;
  if (given->text == "exit") return true;
  return bad_value(*given, quoted(given->text) + " is neither rejoin nor exit");
}

Expected<bool> read_cgroup_choice(const GivenFlags& flags) {
  const Given* given = flags.find("cgroup");
  if (given == nullptr || given->text == "auto") return true;
  if (given->text == "never") return false;
  return bad_value(*given, quoted(given->text) + " is neither auto nor never");
}

Expected<ExecOptions> read_exec(const GivenFlags& flags, const Surroundings& surroundings,
                                std::vector<std::string> command) {
  ExecOptions options;
  options.command = std::move(command);
  Reader reader;
  const bool named = flags.find("election") != nullptr;
  if (!named && options.command.empty()) {
    return usage_error("--election: missing; give --election=NAME, or the command");
  }
  reader.read(options.election,
              named ? read_election(flags) : election_of_command(options.command.front()));
  options.election_from_command = flags.find("election") == nullptr;
  read_candidate(options, reader, flags, surroundings, "leases");
  reader.read(options.timing, read_timing(flags));
  read_api(options, reader, flags);
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

// As pflag of 2016: the last value of a repeated flag counts.
void keep_last(std::vector<Occurrence>& flags, std::vector<std::string>& warnings) {
  for (std::size_t i = 0; i < flags.size();) {
    const FlagKind kind = flags[i].flag->kind;
    const auto again = std::find_if(flags.begin() + static_cast<std::ptrdiff_t>(i) + 1, flags.end(),
                                    [&](const Occurrence& o) { return o.flag == flags[i].flag; });
    if (again == flags.end() || kind == FlagKind::kList || kind == FlagKind::kCount) {
      ++i;
      continue;
    }
    if (again->value != flags[i].value) {
      warnings.push_back(flags[i].spelling + " is given twice: the last value counts, as in 2016");
    }
    flags.erase(flags.begin() + static_cast<std::ptrdiff_t>(i));
  }
}

// Warns about words, which had no effect in 2016: `--use-cluster-credentials true` is a switch and
// a word. Returns an error for the name of a command, because the user clearly meant that command.
std::optional<std::string> pass_over_words(const Scan& scan, std::string_view program,
                                           std::vector<std::string>& warnings) {
  const auto known = commands();
  for (const std::string& word : scan.words) {
    if (std::any_of(known.begin(), known.end(),
                    [&](const Command& command) { return command.name == word; })) {
      return std::string("unexpected word ")
          .append(quoted(word))
          .append(": a command comes before all flags, as in '")
          .append(program)
          .append(" ")
          .append(word)
          .append(" ELECTION'");
    }
    warnings.push_back("the word " + quoted(word) +
                       " has no effect, as in 2016; a switch takes its value behind \"=\"");
  }
  return std::nullopt;
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

ParseResult parse_run(std::span<const std::string> arguments, const Surroundings& surroundings) {
  const auto fail = [&](std::string_view problem) {
    return wrong_usage(surroundings, kRunCommand.name, problem, kRunCommand.name);
  };
  Scan scanned = scan(arguments, {.groups = kRunGroups});
  if (auto text = asked_text(scanned, kRunCommand, surroundings)) return std::move(*text);
  if (scanned.problem) return fail(*scanned.problem);
  if (const auto problem = take_words(scanned, kRunGroups, 1)) return fail(*problem);
  const auto flags = collect(scanned.flags, kRunGroups, surroundings.variables);
  if (!flags) return fail(flags.error().message);
  auto options = read_run(*flags, surroundings);
  if (!options) return fail(options.error().message);
  return std::move(*options);
}

ParseResult parse_2016(std::span<const std::string> arguments, const Surroundings& surroundings) {
  const auto fail = [&](std::string_view problem) {
    return wrong_usage(surroundings, "", problem, kRunCommand.name);
  };
  Scan scanned = scan(arguments, {.groups = k2016Groups, .go_spelling = true});
  if (auto text = asked_text(scanned, kRunCommand, surroundings)) return std::move(*text);
  if (scanned.problem) return fail(*scanned.problem);
  std::vector<std::string> warnings;
  if (const auto problem = pass_over_words(scanned, surroundings.program, warnings)) {
    return fail(*problem);
  }
  keep_last(scanned.flags, warnings);
  const auto flags = collect(scanned.flags, k2016Groups, surroundings.variables);
  if (!flags) return fail(flags.error().message);
  auto options = read_2016(*flags, surroundings, std::move(warnings));
  if (!options) return fail(options.error().message);
  options->notes = notes_on_klog_flags(scanned);
  return std::move(*options);
}

ParseResult parse_exec(std::span<const std::string> arguments, const Surroundings& surroundings) {
  const auto fail = [&](std::string_view problem) {
    UsageError error = wrong_usage(surroundings, kExecCommand.name, problem, kExecCommand.name);
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
