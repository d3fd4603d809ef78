#include "cmd/cli/cluster_flags.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>

#include "cmd/cli/name_checks.h"
#include "cmd/output/duration.h"
#include "cmd/output/text.h"
#include "kube/config/url.h"

namespace elector::cmd {
namespace {

constexpr std::array kCluster{
    Flag{.name = "events",
         .kind = FlagKind::kBool,
         .help = "record events on the lock object (default true)"},
    Flag{.name = "label-pod",
         .placeholder = "KEY=VALUE",
         .help = "the label that this pod (POD_NAME, or the host name) carries while it leads"},
    Flag{.name = "rbac-pods",
         .kind = FlagKind::kList,
         .placeholder = "NAME",
         .help = "with --print-rbac: limit --label-pod's rights to this pod; may be repeated"},
    Flag{.name = "health-url",
         .placeholder = "URL",
         .help = "stand and lead only while this answers with 200 to 399"},
    Flag{.name = "health-interval",
         .kind = FlagKind::kDuration,
         .placeholder = "DURATION",
         .help = "from one look at it to the next (default 5s)"},
    Flag{.name = "health-timeout",
         .kind = FlagKind::kDuration,
         .placeholder = "DURATION",
         .help = "for its answer (default 2s)"},
    Flag{.name = "health-threshold",
         .placeholder = "N",
         .help = "failures in a row that make unhealthy (default 3)"},
};

constexpr std::array kRbac{
    Flag{.name = "print-rbac",
         .kind = FlagKind::kOptional,
         .placeholder = "SERVICEACCOUNT",
         .help = "print the rights that these flags take, for 'kubectl apply -f -', and exit"},
};

bool is_alphanumeric(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0;
}

// The syntax of a label's value and of the name in its key (k8s.io/apimachinery, IsQualifiedName
// and IsValidLabelValue). `text` must not be empty.
bool is_label_word(std::string_view text) {
  constexpr std::size_t kLongest = 63;
  return text.size() <= kLongest && is_alphanumeric(text.front()) && is_alphanumeric(text.back()) &&
         std::all_of(text.begin(), text.end(),
                     [](char c) { return is_alphanumeric(c) || c == '-' || c == '_' || c == '.'; });
}

bool is_label_key(std::string_view key) {
  const std::size_t slash = key.find('/');
  if (slash == std::string_view::npos) return !key.empty() && is_label_word(key);
  const std::string_view name = key.substr(slash + 1);
  return !object_name_problem(key.substr(0, slash)) && !name.empty() && is_label_word(name);
}

Expected<std::optional<PodLabel>> read_label(const GivenFlags& flags, const Variables& variables,
                                             const std::function<std::string()>& host_name) {
  const Given* given = flags.find("label-pod");
  if (given == nullptr || given->text.empty()) return std::optional<PodLabel>();
  const std::size_t equals = given->text.find('=');
  if (equals == std::string::npos) {
    return bad_value(*given, quoted(given->text) + " is not KEY=VALUE");
  }
  PodLabel label{.key = given->text.substr(0, equals),
                 .value = given->text.substr(equals + 1),
                 .pod = variables("POD_NAME").value_or("")};
  if (!is_label_key(label.key)) {
    return bad_value(*given, quoted(label.key) +
                                 " is not a label key: [PREFIX/]NAME, of letters, digits, '-', "
                                 "'_' and '.', for example role or example.com/role");
  }
  if (label.value.empty() || !is_label_word(label.value)) {
    return bad_value(*given, quoted(label.value) +
                                 " is not a label value: 1 to 63 letters, digits, '-', '_' and "
                                 "'.', a letter or digit at both ends");
  }
  if (label.pod.empty()) label.pod = host_name();
  if (const auto problem = object_name_problem(label.pod)) {
    return bad_value(*given, "the pod's name, from POD_NAME or the host, " + *problem);
  }
  return std::optional<PodLabel>(std::move(label));
}

Failure read_time(const GivenFlags& flags, std::string_view flag, core::Duration& into) {
  const Given* given = flags.find(flag);
  if (given == nullptr) return std::nullopt;
  if (given->duration <= core::Duration::zero()) {
    return bad_value(*given, quoted(given->text) + " is not positive");
  }
  into = given->duration;
  return std::nullopt;
}

Failure read_threshold(const GivenFlags& flags, int& into) {
  const Given* given = flags.find("health-threshold");
  if (given == nullptr) return std::nullopt;
  constexpr int kMost = 1'000'000;
  const char* const end = given->text.data() + given->text.size();
  const auto parsed = std::from_chars(given->text.data(), end, into);
  if (parsed.ec == std::errc() && parsed.ptr == end && into > 0 && into <= kMost) {
    return std::nullopt;
  }
  return bad_value(*given, quoted(given->text) + " is not a number of at least 1");
}

Expected<std::optional<HealthCheck>> read_health(const GivenFlags& flags) {
  const Given* given = flags.find("health-url");
  if (given == nullptr || given->text.empty()) {
    for (const std::string_view flag : {"health-interval", "health-timeout", "health-threshold"}) {
      const Given* lonely = flags.find(flag);
      if (lonely != nullptr) return bad_value(*lonely, "only with --health-url");
    }
    return std::optional<HealthCheck>();
  }
  HealthCheck check;
  check.url = given->text;
  if (auto failure = check_probed_url(*given)) return *failure;
  if (auto failure = read_time(flags, "health-interval", check.interval)) return *failure;
  if (auto failure = read_time(flags, "health-timeout", check.timeout)) return *failure;
  if (auto failure = read_threshold(flags, check.threshold)) return *failure;
  return std::optional<HealthCheck>(std::move(check));
}

}  // namespace

Failure check_probed_url(const Given& given) {
  const std::string_view text = given.text;
  const auto url = kube::parse_url(text.substr(0, text.find('?')));
  const std::string shown = quoted(kube::without_password(given.text));
  if (!url) return bad_value(given, shown + " " + url.error().message);
  if (url->scheme == "http" || url->scheme == "https") return std::nullopt;
  return bad_value(given, shown + " begins with neither http:// nor https://");
}

constinit const FlagGroup kClusterFlags{
    .title = "Cluster", .environment = false, .flags = kCluster};
constinit const FlagGroup kRbacFlags{.title = "Cluster", .environment = false, .flags = kRbac};

Expected<ClusterOptions> read_cluster(const GivenFlags& flags, const Variables& variables,
                                      const std::function<std::string()>& host_name) {
  ClusterOptions options;
  if (flags.find("events") != nullptr) options.events = flags.is_true("events");
  auto label = read_label(flags, variables, host_name);
  if (!label) return label.error();
  options.label = std::move(*label);
  auto health = read_health(flags);
  if (!health) return health.error();
  options.health = std::move(*health);
  return options;
}

Expected<std::optional<PrintRbac>> read_print_rbac(const GivenFlags& flags) {
  const Given* given = flags.find("print-rbac");
  if (given == nullptr) return std::optional<PrintRbac>();
  PrintRbac rbac{.account = given->text};
  const std::size_t colon = rbac.account.find(':');
  if (colon != std::string::npos) {
    if (const auto problem = namespace_problem(rbac.account.substr(0, colon))) {
      return bad_value(*given, *problem);
    }
  }
  const std::string name =
      colon == std::string::npos ? rbac.account : rbac.account.substr(colon + 1);
  if (!name.empty() || colon != std::string::npos) {
    if (const auto problem = object_name_problem(name)) return bad_value(*given, *problem);
  }
  if (const Given* pods = flags.find("rbac-pods")) {
    for (const std::string& pod : pods->items) {
      if (const auto problem = object_name_problem(pod)) return bad_value(*pods, *problem);
    }
    rbac.pods = pods->items;
  }
  return std::optional<PrintRbac>(std::move(rbac));
}

}  // namespace elector::cmd
