// The command lines of `status`, `watch` and `resign`, which observe elections without taking part.
#include <array>
#include <utility>

#include "cmd/cli/name_checks.h"
#include "cmd/cli/parse.h"
#include "cmd/output/text.h"

namespace elector::cmd {
namespace {

constexpr std::array<const FlagGroup*, 9> kStatusGroups{
    &kObservedFlags, &kAskedIdFlags,    &kEverywhereFlags, &kQuestionFlags, &kStatusOutputFlags,
    &kRbacFlags,     &kConnectionFlags, &kLogFlags,        &kHelpFlags};

constexpr std::array<const FlagGroup*, 8> kWatchGroups{
    &kObservedFlags, &kEverywhereFlags, &kWaitFlags, &kWatchOutputFlags,
    &kRbacFlags,     &kConnectionFlags, &kLogFlags,  &kHelpFlags};

constexpr std::array<const FlagGroup*, 6> kResignGroups{
    &kHeldLockFlags, &kResignFlags, &kRbacFlags, &kConnectionFlags, &kLogFlags, &kHelpFlags};

Expected<ColorChoice> read_color(const GivenFlags& flags) {
  constexpr std::array<std::string_view, 3> kWords{"auto", "always", "never"};
  const Given* given = flags.find("color");
  if (given == nullptr) return ColorChoice::kAuto;
  const auto choice = read_choice(*given, kWords);
  if (!choice) return choice.error();
  return static_cast<ColorChoice>(*choice);
}

// Without --lock, returns every kind, the Lease first.
Expected<std::vector<kube::LockKind>> read_kinds(const GivenFlags& flags) {
  if (flags.find("lock") == nullptr) {
    return std::vector<kube::LockKind>(kube::kLockKinds.begin(), kube::kLockKinds.end());
  }
  const auto lock = read_lock(flags, "leases");
  if (!lock) return lock.error();
  return lock->kinds;
}

void read_observer(ObserverOptions& options, Reader& reader, const GivenFlags& flags) {
  // Without a name, all elections are meant; an empty variable counts as unset, an empty flag does
  // not.
  if (flags.find("election") != nullptr) reader.read(options.election, read_election(flags));
  options.all_namespaces = flags.is_true("all-namespaces");
  reader.read(options.kinds, read_kinds(flags));
  reader.read(options.color, read_color(flags));
  read_api(options, reader, flags);
  const Given* name = flags.find("election");
  if (name == nullptr || !options.all_namespaces) return;
  if (name->from_environment) {
    options.election.clear();  // what is typed overrides a pod's variable
  } else {
    reader.fail(
        usage_error("--all-namespaces and " + name->cited() +
                    " contradict each other: an election is in one namespace; give one of them"));
  }
}

Expected<StatusOptions::Format> read_format(const GivenFlags& flags) {
  constexpr std::array<std::string_view, 4> kWords{"wide", "json", "yaml", "name"};
  const Given* given = flags.find("output");
  if (given == nullptr || given->text.empty()) return StatusOptions::Format::kText;
  const auto choice = read_choice(*given, kWords);
  if (!choice) return choice.error();
  return static_cast<StatusOptions::Format>(*choice + 1);
}

Expected<StatusOptions> read_status(const GivenFlags& flags, const Surroundings& surroundings) {
  StatusOptions options;
  Reader reader;
  read_observer(options, reader, flags);
  reader.read(options.format, read_format(flags));
  options.no_headers = flags.is_true("no-headers");
  options.confirm = flags.is_true("confirm");
  options.is_leader = flags.is_true("is-leader");
  options.quiet = flags.is_true("quiet");
  if (const Given* probe = flags.find("probe")) {
    options.probe = probe->text;
    if (auto failure = check_probed_url(*probe)) reader.fail(std::move(*failure));
  }
  if (options.is_leader || flags.find("id") != nullptr) {
    std::string id;
    reader.read(id, read_identity(flags, surroundings.host_name));
    options.id = std::move(id);
  }
  if (reader.failure()) return *reader.failure();
  if (options.is_leader && options.election.empty()) {
    return usage_error("--is-leader: of which election? Name it, as a word or by --election=NAME");
  }
  return options;
}

// Reads --for: leader, vacancy, change, or id=NAME.
Failure read_until(WatchOptions& options, const GivenFlags& flags) {
  const Given* given = flags.find("for");
  if (given == nullptr) {
    const Given* timeout = flags.find("timeout");
    if (timeout == nullptr) return std::nullopt;
    return bad_value(*timeout, "only with --for, which says what to wait for");
  }
  constexpr std::string_view kIdIs = "id=";
  if (given->text.starts_with(kIdIs)) {
    options.until = WatchOptions::Until::kId;
    options.until_id = given->text.substr(kIdIs.size());
    if (const auto problem = identity_problem(options.until_id)) {
      return bad_value(*given, "the name after id= " + *problem);
    }
  } else {
    constexpr std::array<std::string_view, 4> kWords{"leader", "vacancy", "change", "id=NAME"};
    const auto choice = read_choice(*given, kWords);
    if (!choice) return choice.error();
    options.until = static_cast<WatchOptions::Until>(*choice + 1);
  }
  if (options.election.empty()) {
    return bad_value(*given, "of which election? Name it, as a word or by --election=NAME");
  }
  return std::nullopt;
}

Expected<WatchOptions> read_watch(const GivenFlags& flags) {
  WatchOptions options;
  Reader reader;
  read_observer(options, reader, flags);
  if (const Given* given = flags.find("output"); given != nullptr && !given->text.empty()) {
    constexpr std::array<std::string_view, 1> kWords{"json"};
    const auto choice = read_choice(*given, kWords);
    if (!choice) reader.fail(choice.error());
    options.json = choice.has_value();
  }
  if (flags.find("timeout") != nullptr) {
    core::Duration timeout{};
    reader.read(timeout, read_duration(flags, "timeout"));
    options.timeout = timeout;
  }
  options.command = flags.text("exec");
  if (flags.find("exec") != nullptr && options.command.empty()) {
    reader.fail(bad_value(*flags.find("exec"), "must not be empty"));
  }
  if (auto failure = read_until(options, flags)) reader.fail(std::move(*failure));
  if (reader.failure()) return *reader.failure();
  return options;
}

Expected<std::string> read_name(const GivenFlags& flags, std::string_view flag) {
  const Given* given = flags.find(flag);
  if (given == nullptr) return std::string();
  if (const auto problem = identity_problem(given->text)) return bad_value(*given, *problem);
  return given->text;
}

Expected<ResignOptions> read_resign(const GivenFlags& flags) {
  ResignOptions options;
  Reader reader;
  reader.read(options.election, read_election(flags));
  reader.read(options.lock, read_lock(flags, "leases"));
  reader.read(options.to, read_name(flags, "to"));
  reader.read(options.id, read_name(flags, "id"));
  if (const Given* given = flags.find("wait")) {
    options.wait = true;
    core::Duration limit{};
    reader.read(limit, read_duration(flags, "wait"));
    if (given->duration != core::Duration::max()) options.wait_limit = limit;
  }
  options.force = flags.is_true("force");
  read_api(options, reader, flags);
  if (reader.failure()) return *reader.failure();
  return options;
}

// What the three commands share: scans words and flags, which `read` turns into options.
template <typename Read>
ParseResult parse_line(const Command& command, std::span<const std::string> arguments,
                       const Surroundings& surroundings, Read read) {
  const auto fail = [&](std::string_view problem) {
    return wrong_usage(surroundings, command.name, problem, command.name);
  };
  Scan scanned = scan(arguments, {.groups = command.groups});
  if (auto text = asked_text(scanned, command, surroundings)) return std::move(*text);
  if (scanned.problem) return fail(*scanned.problem);
  if (const auto problem = take_words(scanned, command.groups, 1)) return fail(*problem);
  const auto flags = collect(scanned.flags, command.groups, surroundings.variables);
  if (!flags) return fail(flags.error().message);
  auto options = read(*flags);
  if (!options) return fail(options.error().message);
  return std::move(*options);
}

}  // namespace

constinit const Command kStatusCommand{
    .name = "status",
    .summary = "show who leads an election, or every election",
    .words = "[ELECTION] [FLAGS]",
    .description = "Shows who leads. Exits with 0 if someone holds ELECTION, 3 if nobody does.\n",
    .groups = kStatusGroups};

constinit const Command kWatchCommand{.name = "watch",
                                      .summary = "show each change of leader, or wait for one",
                                      .words = "[ELECTION] [FLAGS]",
                                      .description = "Prints who leads, and then each change.\n",
                                      .groups = kWatchGroups};

constinit const Command kResignCommand{
    .name = "resign",
    .summary = "ask the leader to step down",
    .words = "ELECTION [FLAGS]",
    .description = "Asks the present leader to stop its work and to give the lock back.\n",
    .groups = kResignGroups};

ParseResult parse_status(std::span<const std::string> arguments, const Surroundings& surroundings) {
  return parse_line(kStatusCommand, arguments, surroundings,
                    [&](const GivenFlags& flags) { return read_status(flags, surroundings); });
}

ParseResult parse_watch(std::span<const std::string> arguments, const Surroundings& surroundings) {
  return parse_line(kWatchCommand, arguments, surroundings,
                    [](const GivenFlags& flags) { return read_watch(flags); });
}

ParseResult parse_resign(std::span<const std::string> arguments, const Surroundings& surroundings) {
  return parse_line(kResignCommand, arguments, surroundings,
                    [](const GivenFlags& flags) { return read_resign(flags); });
}

}  // namespace elector::cmd
