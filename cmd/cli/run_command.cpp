// SPDX-License-Identifier: Apache-2.0
// The command lines of `run`: today's, and that of 2016.
#include <algorithm>

#include "cmd/cli/candidate_flags.h"
#include "cmd/cli/shared_flags.h"
#include "cmd/output/text.h"

namespace elector::cmd {
namespace {

class RunLine : public CandidateLine {
 public:
  explicit RunLine(const Surroundings& surroundings) : RunLine(surroundings, "leases", false) {
    add_api(flags, options_);
  }

  ApiOptions& options() override { return options_; }

  Expected<ParseResult> finish() override {
    if (auto failure = require_election(flags)) return *failure;
    if (auto failure = finish_candidate(options_)) return *failure;
    finish_output();
    return ParseResult(options_);
  }

 protected:
  RunLine(const Surroundings& surroundings, const char* lock, bool any_ttl)
      : CandidateLine(surroundings) {
    options_.lock = default_lock(lock);
    flags.group("Election", true);
    add_election(flags, "the election's name; may be given as an argument", options_.election);
    add_lock(flags,
             "kind of lock: leases (default), endpoints, configmaps, endpointsleases or "
             "configmapsleases",
             options_.lock);
    add_identity_and_timing(options_, any_ttl);
    add_http(options_).common();
    flags
        .value("--release-delay", "DURATION", "time to keep the lock after SIGTERM (default 0s)",
               store(options_.release_delay, parse_limit), Flag::Kind::kDuration)
        .common();
    flags
        .value("-o,--output", "FORMAT", "format of the lines on standard output: text or json",
               choose<LogFormat>(options_.output,
                                 {{"text", LogFormat::kText}, {"json", LogFormat::kJson}}))
        .values("text json");
    add_cluster(options_);
  }

  // With --log-format=json, standard output and standard error are one stream of objects.
  void finish_output() {
    if (!flags["output"].is_given()) options_.output = options_.log.format;
  }

  RunOptions options_{};
};

// The command line of the leader-elector image of 2016: a flag comes first, one dash is enough
// (Go's flag package), words and klog's flags have no effect, and of a flag that is given twice the
// last value counts. What has no effect is reported in the log, not refused.
class LegacyLine : public RunLine {
 public:
  explicit LegacyLine(const Surroundings& surroundings) : RunLine(surroundings, "endpoints", true) {
    add_api_2016(flags, options_, other_namespace_);
    flags.group("Connection");
    flags.text("--username", "NAME", "user for basic authentication", options_.connection.username);
    flags
        .text("--password", "PASSWORD", "password for basic authentication",
              options_.connection.password)
        .secret();
    flags.group("Election", true);
    flags.text("--election-namespace", "NAME", "the election's namespace (default: default)",
               options_.connection.namespace_, namespace_or_empty_problem);
    flags.group(kWithoutEffect);
    flags.text("--api-version", "VERSION", "", ignored_);
    add_klog();
  }

  std::optional<std::string> take_words(Scan& scanned) override {
    for (const std::string& word : scanned.words) {
      for (const Command* command : commands()) {
        if (command->name != word) continue;
        return "unexpected argument " + quoted(word) +
               ": give the command before all flags, as in '" + surroundings_.program + " " + word +
               " ELECTION'";
      }
      warn("the argument " + quoted(word) +
           " has no effect, as in 2016; give the value of a boolean flag with \"=\"");
    }
    keep_last(scanned.flags);
    for (const Occurrence& found : scanned.flags) {
      if (!is_klog(found.flag->name())) continue;
      options_.notes.push_back(
          found.given.where +
          " has no effect: elector logs to standard error; use --log-format and -v");
    }
    return std::nullopt;
  }

  Expected<ParseResult> finish() override {
    if (auto failure = require_election(flags)) return *failure;
    if (auto failure = finish_candidate(options_, &options_.warnings)) return *failure;
    finish_output();
    options_.legacy = true;
    std::string& name_space = options_.connection.namespace_;
    if (name_space.empty()) name_space = "default";
    if (!other_namespace_.empty() && other_namespace_ != name_space) {
      warn(flags["namespace"].cited() +
           " has no effect, as in 2016: the election is in namespace " + quoted(name_space) +
           "; use --election-namespace=NAME to change it");
    }
    if (const Flag& version = flags["api-version"]; version.is_given()) {
      warn(version.given().back().where + " has no effect: current API servers do not support it");
    }
    return ParseResult(options_);
  }

 private:
  static constexpr const char* kWithoutEffect = "Without effect";
  static constexpr const char* kKlogSwitches[] = {"logtostderr",    "alsologtostderr",
                                                  "add-dir-header", "one-output",
                                                  "skip-headers",   "skip-log-headers"};
  static constexpr const char* kKlogValues[] = {
      "stderrthreshold",    "vmodule",           "log-dir",
      "log-file",           "log-file-max-size", "log-backtrace-at",
      "log-flush-frequency"};

  void add_klog() {
    for (const char* name : kKlogSwitches) {
      flags.toggle(("--" + std::string(name)).c_str(), "", ignored_switch_);
    }
    for (const char* name : kKlogValues) {
      flags.text(("--" + std::string(name)).c_str(), "VALUE", "", ignored_);
    }
  }

  static bool is_klog(const std::string& flag) {
    return std::find(std::begin(kKlogSwitches), std::end(kKlogSwitches), flag) !=
               std::end(kKlogSwitches) ||
           std::find(std::begin(kKlogValues), std::end(kKlogValues), flag) != std::end(kKlogValues);
  }

  void warn(std::string sentence) { options_.warnings.push_back(std::move(sentence)); }

  // As pflag of 2016: the last value of a repeated flag counts.
  void keep_last(std::vector<Occurrence>& found) {
    for (auto one = found.begin(); one != found.end();) {
      const auto again = std::find_if(one + 1, found.end(), [&](const Occurrence& other) {
        return other.flag == one->flag && !one->flag->is_repeatable();
      });
      if (again == found.end()) {
        ++one;
        continue;
      }
      if (again->given.value != one->given.value) {
        warn(one->given.where + " is given more than once: the last value is used, as in 2016");
      }
      one = found.erase(one);
    }
  }

  std::string other_namespace_{}, ignored_{};
  bool ignored_switch_ = false;
};

}  // namespace

constinit const Command kRunCommand{
    .name = "run",
    .summary = "take part in an election and say who leads",
    .words = "ELECTION [FLAGS]",
    .description = "Takes part in an election, and prints the leader at each change.\n",
    .exit_codes =
        "0 after SIGTERM, SIGINT or SIGHUP; 1 if elector could not start, or if a further signal "
        "ended it before it released the lock; 2 for wrong usage.",
    .line = make_line<RunLine>};

constinit const Command kLegacyCommand{.spelling = {.go_spelling = true},
                                       .line = make_line<LegacyLine>};

}  // namespace elector::cmd
