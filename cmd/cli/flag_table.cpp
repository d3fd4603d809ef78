// The tables of the flags in cli/flag_readers.h. Order and wording are those of the help.
#include <algorithm>
#include <array>
#include <cctype>

#include "cmd/cli/flag_readers.h"

namespace elector::cmd {
namespace {

constexpr std::string_view kLockHelp =
    "leases (default), endpoints, configmaps, endpointsleases or configmapsleases";
constexpr std::string_view kLockWords =
    "leases endpoints configmaps endpointsleases configmapsleases";

constexpr std::array kLock{
    Flag{.name = "election",
         .placeholder = "NAME",
         .help = "the election's name; may be given as a word",
         .common = true,
         .offer = Offer::kElections},
    Flag{.name = "lock",
         .placeholder = "KIND",
         .help = kLockHelp,
         .common = true,
         .values = kLockWords},
};

// Words belong to the command.
constexpr std::array kJobLock{
    Flag{.name = "election",
         .placeholder = "NAME",
         .help = "the election's name (default: the command's)",
         .common = true,
         .offer = Offer::kElections},
    Flag{.name = "lock",
         .placeholder = "KIND",
         .help = kLockHelp,
         .common = true,
         .values = kLockWords},
};

constexpr std::array kIdentity{
    Flag{.name = "id",
         .placeholder = "NAME",
         .help = "this candidate's name (default: the host name)",
         .common = true},
};

constexpr std::array kTiming{
    Flag{.name = "ttl",
         .kind = FlagKind::kDuration,
         .placeholder = "DURATION",
         .help = "how long a lease lives (default 10s)",
         .common = true,
         .alias = "lease-duration"},
    Flag{.name = "renew-deadline",
         .kind = FlagKind::kDuration,
         .placeholder = "DURATION",
         .help = "how long a leader trusts its last renewal (default: 2/3 of the ttl, and at least "
                 "1s below it)"},
    Flag{.name = "retry-period",
         .kind = FlagKind::kDuration,
         .placeholder = "DURATION",
         .help = "from one renewal or attempt to the next (default: 1/5 of the ttl)"},
};

constexpr std::array kHttp{
    Flag{.name = "http",
         .placeholder = "HOST:PORT",
         .help = "serve who leads here, or at unix:/PATH",
         .common = true},
};

constexpr std::array kJobHttp{
    Flag{.name = "http",
         .placeholder = "HOST:PORT",
         .help = "serve who leads here, or at unix:/PATH"},
};

constexpr std::array kSidecar{
    Flag{.name = "release-delay",
         .kind = FlagKind::kDuration,
         .placeholder = "DURATION",
         .help = "keep the lock so long after SIGTERM (default 0s)",
         .common = true},
};

constexpr std::array kJob{
    Flag{.name = "wait",
         .kind = FlagKind::kDuration,
         .placeholder = "DURATION",
         .help = "give up then (default: never); 0 tries once",
         .common = true},
    Flag{.name = "conflict-exit-code",
         .letter = 'E',
         .placeholder = "CODE",
         .help = "if another held it throughout (default 124)",
         .common = true},
    Flag{.name = "hold",
         .kind = FlagKind::kDuration,
         .placeholder = "DURATION",
         .help = "keep the lock at least so long",
         .common = true},
    Flag{.name = "grace",
         .kind = FlagKind::kDuration,
         .placeholder = "DURATION",
         .help = "to stop before it is killed (default 20s)",
         .common = true},
    Flag{.name = "signal",
         .placeholder = "NAME",
         .help = "asks the command to stop, and ends a standby (default TERM)",
         .values = "TERM INT HUP QUIT USR1 USR2 WINCH RTMIN+3"},
    Flag{.name = "on-loss",
         .placeholder = "ACTION",
         .help = "of leadership: rejoin (default) or exit",
         .common = true,
         .values = "rejoin exit"},
    Flag{.name = "cgroup",
         .placeholder = "WHEN",
         .help = "give the command a cgroup of its own: auto (default), where that is allowed, or "
                 "never",
         .values = "auto never"},
};

constexpr std::array kHeldLock{
    kLock[0],
    Flag{.name = "lock",
         .placeholder = "KIND",
         .help = "its kind of lock (default: the first that somebody holds)",
         .common = true,
         .values = kLockWords},
};

constexpr std::array kObserved{
    Flag{.name = "election",
         .placeholder = "NAME",
         .help = "its name; may be given as a word (default: all)",
         .common = true,
         .offer = Offer::kElections},
    Flag{.name = "lock",
         .placeholder = "KIND",
         .help = "only on this kind: leases, endpoints or configmaps",
         .common = true,
         .values = kLockWords},
};

constexpr std::array kEverywhere{
    Flag{.name = "all-namespaces",
         .letter = 'A',
         .kind = FlagKind::kBool,
         .help = "in every namespace",
         .common = true},
};

constexpr std::array kQuestion{
    Flag{.name = "is-leader",
         .kind = FlagKind::kBool,
         .help = "exit with 0 if the --id holds ELECTION, else with 3",
         .common = true},
    Flag{.name = "confirm",
         .kind = FlagKind::kBool,
         .help = "look again after one lease before saying expired",
         .common = true},
    Flag{.name = "probe",
         .placeholder = "URL",
         .help = "exit with 0 if this URL answers with 200 to 399, else with 1"},
    Flag{.name = "quiet",
         .letter = 'q',
         .kind = FlagKind::kBool,
         .help = "print nothing, only exit",
         .common = true},
};

constexpr std::array kAskedId{
    Flag{.name = "id",
         .placeholder = "NAME",
         .help = "the name to ask about, or 'HOST_*' for one with a UUID (default: the host name)",
         .common = true},
};

constexpr std::array kStatusOutput{
    Flag{.name = "output",
         .letter = 'o',
         .placeholder = "FORMAT",
         .help = "wide, json, yaml or name",
         .common = true,
         .values = "wide json yaml name"},
    Flag{.name = "no-headers", .kind = FlagKind::kBool, .help = "leave the table's head out"},
    Flag{.name = "color",
         .placeholder = "WHEN",
         .help = "auto (default), always or never",
         .values = "auto always never"},
};

constexpr std::array kWaiting{
    Flag{.name = "for",
         .placeholder = "WHAT",
         .help = "wait for leader, vacancy, change or id=NAME",
         .common = true,
         .values = "leader vacancy change id="},
    Flag{.name = "timeout",
         .kind = FlagKind::kDuration,
         .placeholder = "DURATION",
         .help = "and exit with 124 if it was not in time",
         .common = true},
    Flag{.name = "exec",
         .placeholder = "COMMAND",
         .help = "run this in a shell at each change",
         .common = true},
};

constexpr std::array kWatchOutput{
    Flag{.name = "output",
         .letter = 'o',
         .placeholder = "FORMAT",
         .help = "json: one object a line",
         .common = true,
         .values = "json"},
    Flag{.name = "color",
         .placeholder = "WHEN",
         .help = "auto (default), always or never",
         .values = "auto always never"},
};

// `resign` does not read --id from ELECTOR_ID: in a pod, that variable names the pod's own
// candidate, and a request made there would silently apply to that candidate only.
constexpr std::array kResign{
    Flag{
        .name = "to", .placeholder = "NAME", .help = "hand over to this candidate", .common = true},
    Flag{.name = "id",
         .placeholder = "NAME",
         .help = "ask only if this one leads; 'HOST_*': HOST_ and a UUID",
         .common = true},
    Flag{.name = "wait",
         .kind = FlagKind::kWait,
         .placeholder = "DURATION",
         .help = "until another leads",
         .common = true},
    Flag{.name = "force",
         .kind = FlagKind::kBool,
         .help = "clear the lock without asking; the old leader may still work",
         .common = true},
};

constexpr std::array kConnection{
    Flag{.name = "namespace",
         .letter = 'n',
         .placeholder = "NAME",
         .help = "the namespace (default: the context's)",
         .common = true,
         .alias = "election-namespace",
         .offer = Offer::kNamespaces},
    Flag{.name = "kubeconfig",
         .placeholder = "FILE",
         .help = "the kubeconfig",
         .common = true,
         .offer = Offer::kFiles},
    Flag{.name = "context",
         .placeholder = "NAME",
         .help = "its context",
         .common = true,
         .offer = Offer::kContexts},
    Flag{
        .name = "cluster", .placeholder = "NAME", .help = "its cluster", .offer = Offer::kClusters},
    Flag{.name = "user", .placeholder = "NAME", .help = "its user", .offer = Offer::kUsers},
    Flag{.name = "server", .letter = 's', .placeholder = "URL", .help = "the API server"},
    Flag{.name = "token",
         .placeholder = "TOKEN",
         .help = "the bearer token; ELECTOR_TOKEN keeps it out of the process list",
         .secret = true},
    Flag{.name = "certificate-authority",
         .placeholder = "FILE",
         .help = "certificates that the server's must be signed by",
         .offer = Offer::kFiles},
    Flag{.name = "client-certificate",
         .placeholder = "FILE",
         .help = "certificate to show",
         .offer = Offer::kFiles},
    Flag{.name = "client-key",
         .placeholder = "FILE",
         .help = "and its private key",
         .offer = Offer::kFiles},
    Flag{.name = "tls-server-name",
         .placeholder = "NAME",
         .help = "name to expect in the server's certificate"},
    Flag{.name = "insecure-skip-tls-verify",
         .kind = FlagKind::kBool,
         .help = "do not check the server's certificate"},
    Flag{.name = "as", .placeholder = "NAME", .help = "user to act as"},
    Flag{.name = "as-group",
         .kind = FlagKind::kList,
         .placeholder = "NAME",
         .help = "group to act as; may be repeated (in the variable: between commas)"},
    Flag{.name = "as-uid", .placeholder = "UID", .help = "user id to act as"},
    Flag{.name = "request-timeout",
         .kind = FlagKind::kDuration,
         .placeholder = "DURATION",
         .help = "shortens the limit of one request, which follows from the ttl"},
    Flag{.name = "use-cluster-credentials",
         .kind = FlagKind::kBool,
         .help = "use the pod's service account and no kubeconfig"},
};

constexpr std::array kLog{
    Flag{.name = "log-format",
         .placeholder = "FORMAT",
         .help = "text (default) or json, on standard error",
         .values = "text json"},
    Flag{.name = "verbose",
         .letter = 'v',
         .kind = FlagKind::kCount,
         .help = "log more; may be repeated, or given as -v=N",
         .common = true,
         .alias = "v"},
};

constexpr std::array kHelp{
    Flag{.name = "help",
         .letter = 'h',
         .kind = FlagKind::kBool,
         .help = "show this help",
         .common = true},
    Flag{.name = "help-all", .kind = FlagKind::kBool, .help = "show all flags", .common = true},
    Flag{.name = "version", .kind = FlagKind::kBool, .help = "show the version"},
};

// For the 2016 command line, where --namespace was not the election's.
constexpr auto kConnection2016 = [] {
  auto flags = kConnection;
  flags[0].alias = {};
  return flags;
}();

// In 2016, --ttl accepted any Go duration.
constexpr auto kTiming2016 = [] {
  auto flags = kTiming;
  flags[0].kind = FlagKind::kGoDuration;
  return flags;
}();

constexpr std::array kBasic2016{
    Flag{.name = "username", .placeholder = "NAME", .help = "the user, for basic authentication"},
    Flag{.name = "password",
         .placeholder = "PASSWORD",
         .help = "the password, for basic authentication",
         .secret = true},
};

constexpr std::array kElection2016{
    Flag{.name = "election-namespace",
         .placeholder = "NAME",
         .help = "the election's namespace (default: default)",
         .offer = Offer::kNamespaces},
};

constexpr std::array kIdle2016{
    Flag{.name = "api-version", .placeholder = "VERSION"},
};

// klog's and glog's flags (`-v` is elector's, too).
constexpr std::array kKlog{
    Flag{.name = "logtostderr", .kind = FlagKind::kBool},
    Flag{.name = "alsologtostderr", .kind = FlagKind::kBool},
    Flag{.name = "add-dir-header", .kind = FlagKind::kBool},
    Flag{.name = "one-output", .kind = FlagKind::kBool},
    Flag{.name = "skip-headers", .kind = FlagKind::kBool},
    Flag{.name = "skip-log-headers", .kind = FlagKind::kBool},
    Flag{.name = "stderrthreshold", .placeholder = "LEVEL"},
    Flag{.name = "vmodule", .placeholder = "PATTERN=N"},
    Flag{.name = "log-dir", .placeholder = "DIRECTORY"},
    Flag{.name = "log-file", .placeholder = "FILE"},
    Flag{.name = "log-file-max-size", .placeholder = "MEGABYTES"},
    Flag{.name = "log-backtrace-at", .placeholder = "FILE:LINE"},
    Flag{.name = "log-flush-frequency", .placeholder = "DURATION"},
};

}  // namespace

constinit const FlagGroup kLockFlags{.title = "Election", .environment = true, .flags = kLock};
constinit const FlagGroup kIdentityFlags{
    .title = "Election", .environment = true, .flags = kIdentity};
constinit const FlagGroup kTimingFlags{.title = "Timing", .environment = true, .flags = kTiming};
constinit const FlagGroup kHttpFlags{.title = "Sidecar", .environment = false, .flags = kHttp};
constinit const FlagGroup kJobLockFlags{
    .title = "Election", .environment = true, .flags = kJobLock};
constinit const FlagGroup kJobHttpFlags{
    .title = "Sidecar", .environment = false, .flags = kJobHttp};
constinit const FlagGroup kJobFlags{.title = "Command", .environment = false, .flags = kJob};
constinit const FlagGroup kSidecarFlags{
    .title = "Sidecar", .environment = false, .flags = kSidecar};
constinit const FlagGroup kHeldLockFlags{
    .title = "Election", .environment = true, .flags = kHeldLock};
constinit const FlagGroup kObservedFlags{
    .title = "Election", .environment = true, .flags = kObserved};
constinit const FlagGroup kEverywhereFlags{
    .title = "Election", .environment = false, .flags = kEverywhere};
constinit const FlagGroup kQuestionFlags{
    .title = "Output", .environment = false, .flags = kQuestion};
constinit const FlagGroup kAskedIdFlags{
    .title = "Election", .environment = true, .flags = kAskedId};
constinit const FlagGroup kStatusOutputFlags{
    .title = "Output", .environment = false, .flags = kStatusOutput};
constinit const FlagGroup kWaitFlags{.title = "Waiting", .environment = false, .flags = kWaiting};
constinit const FlagGroup kWatchOutputFlags{
    .title = "Output", .environment = false, .flags = kWatchOutput};
constinit const FlagGroup kResignFlags{.title = "Request", .environment = false, .flags = kResign};
constinit const FlagGroup kConnectionFlags{
    .title = "Connection", .environment = true, .flags = kConnection};
constinit const FlagGroup kLogFlags{.title = "Other", .environment = false, .flags = kLog};
constinit const FlagGroup kHelpFlags{.title = "Other", .environment = false, .flags = kHelp};
constinit const FlagGroup kConnection2016Flags{
    .title = "Connection", .environment = true, .flags = kConnection2016};
constinit const FlagGroup kTiming2016Flags{
    .title = "Timing", .environment = true, .flags = kTiming2016};
constinit const FlagGroup kBasic2016Flags{
    .title = "Connection", .environment = false, .flags = kBasic2016};
constinit const FlagGroup kElection2016Flags{
    .title = "Election", .environment = true, .flags = kElection2016};
constinit const FlagGroup kIdle2016Flags{
    .title = "Without effect", .environment = false, .flags = kIdle2016};
constinit const FlagGroup kKlogFlags{
    .title = "Without effect", .environment = false, .flags = kKlog};

std::string environment_name(std::string_view flag) {
  std::string name = "ELECTOR_";
  for (const char c : flag) {
    name += c == '-' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  }
  return name;
}

}  // namespace elector::cmd
