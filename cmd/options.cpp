// The commands' tables and how their command lines are read. See options.h.
#include "cmd/options.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>

#include "cmd/help.h"
#include "cmd/option_check.h"
#include "cmd/option_command.h"
#include "cmd/option_scan.h"
#include "cmd/option_suggest.h"

namespace elector::cmd {
namespace {

constexpr std::array<const FlagGroup*, 8> kRunGroups{
    &kLockFlags,    &kIdentityFlags,   &kTimingFlags, &kHttpFlags,
    &kSidecarFlags, &kConnectionFlags, &kLogFlags,    &kHelpFlags};

constexpr std::array<const FlagGroup*, 8> kExecGroups{
    &kLockFlags, &kIdentityFlags,   &kTimingFlags, &kJobFlags,
    &kHttpFlags, &kConnectionFlags, &kLogFlags,    &kHelpFlags};

constexpr Command kRun{
    .name = "run",
    .summary = "take part in an election and say who leads",
    .words = "ELECTION [FLAGS]",
    .description = "Takes part in an election and prints who leads, at each change.\n",
    .groups = kRunGroups};

constexpr Command kExec{
    .name = "exec",
    .summary = "run a command while leading, and only then",
    .words = "[FLAGS] [--] COMMAND [ARGUMENT...]",
    .description = "Runs COMMAND when elected, and stops it before anyone else may lead.\n",
    .groups = kExecGroups};

constexpr std::array kCommands{kRun, kExec};

UsageError usage_error(const Surroundings& surroundings, std::string_view command,
                       std::string_view problem, std::string_view help_of) {
  std::string text = surroundings.program;
  if (!command.empty()) text.append(" ").append(command);
  text.append(": ").append(problem).append("; see '").append(surroundings.program);
  if (!help_of.empty()) text.append(" ").append(help_of);
  return {text.append(" --help'\n")};
}

ShowText version(const Surroundings& surroundings) {
  return {"elector " + surroundings.version + "\n"};
}

// Reads one thing after the other and keeps the first failure.
class Reader {
 public:
  template <typename T>
  void read(T& into, kube::Expected<T> value) {
    if (value) {
      into = std::move(*value);
    } else if (!failure_) {
      failure_ = std::move(value.error());
    }
  }
  const kube::Failure& failure() const { return failure_; }

 private:
  kube::Failure failure_;
};

const Flag& election_flag() {
  return kLockFlags.flags.front();
}

// ELECTION may be a word; more words mean nothing.
std::optional<std::string> take_words(Scan& scan, bool legacy, std::string_view program) {
  const std::size_t allowed = legacy ? 0 : 1;
  if (scan.words.size() > allowed) {
    const std::string& word = scan.words[allowed];
    std::string problem = "unexpected word " + quoted(word);
    const auto known = commands();
    if (legacy && std::any_of(known.begin(), known.end(),
                              [&](const Command& command) { return command.name == word; })) {
      problem += ": a command comes before all flags, as in '" + std::string(program) + " " + word +
                 " ELECTION'";
    }
    return problem;
  }
  for (std::string& word : scan.words) {
    scan.flags.push_back({&election_flag(), "", std::move(word)});
  }
  scan.words.clear();
  return std::nullopt;
}

// What run and exec have in common; `options.election` is the caller's.
void read_candidate(CandidateOptions& options, Reader& reader, const GivenFlags& flags,
                    const Surroundings& surroundings, std::string_view lock) {
  reader.read(options.id, read_identity(flags, surroundings.host_name));
  reader.read(options.lock, read_lock(flags, lock));
  reader.read(options.timing, read_timing(flags));
  reader.read(options.http, read_http(flags));
  reader.read(options.connection, read_connection(flags));
  reader.read(options.log, read_log(flags));
  for (const Given& given : flags.all()) {
    if (given.from_environment) {
      options.from_environment.push_back("--" + std::string(given.flag->name));
    }
  }
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

kube::Expected<ExecOptions> read_exec(const GivenFlags& flags, const Surroundings& surroundings,
                                      std::vector<std::string> command) {
  ExecOptions options;
  options.command = std::move(command);
  Reader reader;
  reader.read(options.election, flags.find("election") != nullptr
                                    ? read_election(flags)
                                    : election_of_command(options.command.front()));
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

ParseResult parse_run(std::span<const std::string> arguments, const Surroundings& surroundings,
                      bool legacy) {
  const std::string_view shown = legacy ? std::string_view() : kRun.name;
  const auto fail = [&](std::string_view problem) {
    return usage_error(surroundings, shown, problem, kRun.name);
  };
  std::vector<const FlagGroup*> groups(kRun.groups.begin(), kRun.groups.end());
  if (legacy) groups.push_back(&kKlogFlags);
  Scan scanned = scan(arguments, {.groups = groups, .go_spelling = legacy});
  if (scanned.has("help-all")) return ShowText{command_help(surroundings.program, kRun, true)};
  if (scanned.has("help")) return ShowText{command_help(surroundings.program, kRun, false)};
  if (scanned.has("version")) return version(surroundings);
  if (scanned.problem) return fail(*scanned.problem);
  if (const auto problem = take_words(scanned, legacy, surroundings.program)) return fail(*problem);
  const auto flags = collect(scanned.flags, groups, surroundings.variables);
  if (!flags) return fail(flags.error().message);
  auto options = read_run(*flags, surroundings, legacy);
  if (!options) return fail(options.error().message);
  options->notes = notes_on_klog_flags(scanned);
  return std::move(*options);
}

ParseResult parse_exec(std::span<const std::string> arguments, const Surroundings& surroundings) {
  const auto fail = [&](std::string_view problem) {
    UsageError error = usage_error(surroundings, kExec.name, problem, kExec.name);
    error.exit_code = 125;
    return error;
  };
  Scan scanned = scan(arguments, {.groups = kExec.groups, .ends_at_word = true});
  if (scanned.has("help-all")) return ShowText{command_help(surroundings.program, kExec, true)};
  if (scanned.has("help")) return ShowText{command_help(surroundings.program, kExec, false)};
  if (scanned.has("version")) return version(surroundings);
  if (scanned.problem) return fail(*scanned.problem);
  if (scanned.words.empty()) return fail("no command; write it after --, as in: exec -- ./job");
  const auto flags = collect(scanned.flags, kExec.groups, surroundings.variables);
  if (!flags) return fail(flags.error().message);
  auto options = read_exec(*flags, surroundings, std::move(scanned.words));
  if (!options) return fail(options.error().message);
  return std::move(*options);
}

// `elector help [COMMAND]`, as git and kubectl have it.
ParseResult parse_help(std::span<const std::string> arguments, const Surroundings& surroundings);

UsageError unknown_command(const std::string& word, const Surroundings& surroundings) {
  std::vector<std::string_view> names;
  for (const Command& command : commands()) names.push_back(command.name);
  const auto near = nearest(word, names);
  return usage_error(surroundings, "",
                     "unknown command " + quoted(word) + (near ? did_you_mean("", *near) : ""), "");
}

ParseResult parse_command(const std::string& name, std::span<const std::string> arguments,
                          const Surroundings& surroundings) {
  if (name == "run") return parse_run(arguments, surroundings, false);
  if (name == "exec") return parse_exec(arguments, surroundings);
  if (name == "help") return parse_help(arguments, surroundings);
  return unknown_command(name, surroundings);
}

ParseResult parse_help(std::span<const std::string> arguments, const Surroundings& surroundings) {
  if (arguments.empty() || arguments[0].starts_with('-')) {
    return ShowText{top_help(surroundings.program, commands())};
  }
  for (const Command& command : commands()) {
    if (command.name != arguments[0]) continue;
    return ShowText{command_help(surroundings.program, command, false)};
  }
  return unknown_command(arguments[0], surroundings);
}

bool ends_flag_name(std::string_view text) {
  return text.empty() || !((text[0] >= 'a' && text[0] <= 'z') || text[0] == '-');
}

}  // namespace

std::span<const Command> commands() {
  return kCommands;
}

ParseResult parse(std::span<const std::string> arguments, const Surroundings& surroundings) {
  if (arguments.empty()) return UsageError{top_help(surroundings.program, commands())};
  const std::string& first = arguments[0];
  for (const std::string_view help : {"--help", "-h", "-help", "--help-all"}) {
    if (first == help) return ShowText{top_help(surroundings.program, commands())};
  }
  if (first == "--version" || first == "-version") return version(surroundings);
  const bool is_option = first.size() > 1 && first[0] == '-' && first != "--";
  if (is_option) return parse_run(arguments, surroundings, true);
  return parse_command(first, arguments.subspan(1), surroundings);
}

std::string name_variables(std::string_view message, std::span<const std::string> flags) {
  std::string result;
  while (!message.empty()) {
    const auto here = std::find_if(flags.begin(), flags.end(), [&](const std::string& flag) {
      return message.starts_with(flag) && ends_flag_name(message.substr(flag.size()));
    });
    if (here == flags.end()) {
      result += message[0];
      message.remove_prefix(1);
    } else {
      result += environment_name(std::string_view(*here).substr(2));
      message.remove_prefix(here->size());
    }
  }
  return result;
}

}  // namespace elector::cmd
