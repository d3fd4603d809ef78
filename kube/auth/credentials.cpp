// SPDX-License-Identifier: Apache-2.0
// The state behind Credentials: the last valid set, when it was read, and a running plugin, if any.
#include "kube/auth/credentials.h"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "kube/auth/exec_plugin.h"
#include "kube/base/text.h"
#include "kube/config/environment.h"
#include "kube/config/pem.h"
#include "kube/config/resolve.h"

namespace elector::kube {
namespace {

using core::BootTime;
using core::WallTime;

// A plugin's credential is renewed this long before it expires, so that no request waits for the
// plugin; a short-lived one at four fifths of its life.
constexpr std::chrono::seconds kRenewAhead{30};

Error unusable(std::string message) {
  return {Error::Kind::kCredentials, std::move(message)};
}

struct CertificatePair {
  std::string certificate;
  std::string key;
  bool operator==(const CertificatePair&) const = default;
};

Expected<std::string> pem_text(const PemSource& source) {
  if (!source.data.empty()) return source.data;
  return read_file(source.file, true);
}

// Reads and checks both halves. While a renewal is writing the two files they may not match; that
// is an error like any other, and the caller keeps what it has.
Expected<CertificatePair> read_pair(const CredentialSource& source) {
  auto certificate = pem_text(source.client_certificate);
  if (!certificate) return unusable(certificate.error().message);
  if (const auto problem = certificate_problem(*certificate)) {
    return unusable(source.client_certificate.file + ": " + *problem);
  }
  auto key = pem_text(source.client_key);
  if (!key) return unusable(key.error().message);
  if (const auto problem = private_key_problem(*key))
    return unusable(source.client_key.file + ": " + *problem);
  if (!key_belongs(*certificate, *key)) {
    return unusable(source.origin + ": its client-key is not the key of its client-certificate");
  }
  return CertificatePair{std::move(*certificate), *std::move(key)};
}

}  // namespace

class Credentials::Impl : public std::enable_shared_from_this<Impl> {
 public:
  Impl(Poller& poller, CredentialSource source, Reload reload, const Limits& limits)
      : poller_(poller), source_(std::move(source)), reload_(std::move(reload)), limits_(limits) {}

  bool ready() const { return !source_.exec || plugin_good(); }
  Ticket get(Callback callback);
  void forget(Ticket ticket) { waiting_.erase(ticket); }
  void invalidate(std::uint64_t serial);
  void accepted(std::uint64_t serial);
  void distrust(std::uint64_t generation);
  bool asks_person() const { return run_ && run_->interactive(); }
  std::uint64_t generation() const { return auth_.generation; }
  void shut_down();

 private:
  void read_again();
  void read_source(std::chrono::milliseconds pause);
  void read_token();
  void read_certificate();
  void compose(bool fetched_anew);
  Expected<Auth> answer() const;

  bool plugin_good() const;
  void want_plugin();
  void start_plugin();
  void on_plugin(const Expected<ExecCredential>& result);
  void plan_renewal();
  void deliver(const Expected<Auth>& auth);

  Poller& poller_;
  CredentialSource source_;
  const Reload reload_;
  const Limits limits_;

  // The parts as they were last read, and why a required part is missing.
  std::string authorization_;
  CertificatePair pair_;
  std::shared_ptr<const std::string> authority_;
  std::optional<Error> token_error_;
  std::optional<Error> certificate_error_;
  std::optional<BootTime> token_read_;
  std::optional<BootTime> certificate_read_;
  std::optional<BootTime> source_read_;

  Auth auth_;                // the parts as they are delivered
  bool refused_ = false;     // the server answered 401 to it
  bool distrusted_ = false;  // TLS failed on a certificate, and nothing has been read since

  std::unique_ptr<PluginRun> run_;
  std::optional<BootTime> run_started_;
  std::optional<BootTime> run_before_;  // when the run before that had started
  bool plugin_answered_ = false;
  bool asked_person_ = false;        // the last run may have
  std::optional<WallTime> expires_;  // of its answer
  Poller::TimerId pause_ = 0;        // until the next run may start
  Poller::TimerId renewal_ = 0;
  Ticket next_ticket_ = 1;
  std::map<Ticket, Callback> waiting_;
};

Credentials::Ticket Credentials::Impl::get(Callback callback) {
  read_again();
  if (ready()) {
    callback(answer());  // which may have destroyed this object
    return 0;
  }
  const Ticket ticket = next_ticket_++;
  waiting_.emplace(ticket, std::move(callback));
  want_plugin();
  return ticket;
}

void Credentials::Impl::invalidate(std::uint64_t serial) {
  if (serial != auth_.serial) return;
  refused_ = true;
  // The next get() reads again whatever can be read again.
  token_read_.reset();
  certificate_read_.reset();
}

void Credentials::Impl::accepted(std::uint64_t serial) {
  if (serial == auth_.serial) refused_ = false;
}

void Credentials::Impl::distrust(std::uint64_t generation) {
  if (generation == auth_.generation) distrusted_ = true;
}

void Credentials::Impl::shut_down() {
  waiting_.clear();
  run_.reset();
  poller_.cancel_timer(pause_);
  poller_.cancel_timer(renewal_);
}

Expected<Auth> Credentials::Impl::answer() const {
  if (token_error_) return *token_error_;
  if (certificate_error_) return *certificate_error_;
  return auth_;
}

void Credentials::Impl::read_again() {
  // After a 401, as often as a plugin would be run. Certificates are checked at every connection,
  // so a wrong configuration would cause this with each request.
  if (refused_) {
    read_source(limits_.plugin_pause);
  } else if (std::exchange(distrusted_, false)) {
    read_source(limits_.distrust_pause);
  }
  read_token();
  read_certificate();
  compose(false);
}

// The kubeconfig, or a file that it names, may have been rewritten since.
void Credentials::Impl::read_source(std::chrono::milliseconds pause) {
  const BootTime now = boot_now();
  if (!reload_ || (source_read_ && now - *source_read_ < pause)) return;
  source_read_ = now;
  auto fresh = reload_();
  if (!fresh) return;
  source_ = std::move(fresh->credentials);
  if (!fresh->authority.empty()) {
    authority_ = std::make_shared<const std::string>(std::move(fresh->authority));
  }
  token_read_.reset();
  certificate_read_.reset();
}

void Credentials::Impl::read_token() {
  if (source_.exec) return token_error_.reset();
  const BootTime now = boot_now();
  if (token_read_ && now - *token_read_ < limits_.token_file_age) return;
  token_read_ = now;
  token_error_.reset();
  if (!source_.token_file.empty()) {
    const auto text = read_file(source_.token_file, true);
    const std::string token(text ? trim(*text) : "");
    // During a rotation the file may briefly be missing or empty: the last token stays in use.
    if (!token.empty() && !has_control_character(token)) source_.token = token;
    if (source_.token.empty()) {
      token_error_ =
          unusable(text ? source_.token_file + ": contains no valid token (" + source_.origin + ")"
                        : text.error().message + " (" + source_.origin + ")");
    }
  }
  const bool basic = !source_.username.empty() || !source_.password.empty();
  if (!source_.token.empty()) {
    authorization_ = "Bearer " + source_.token;
  } else {
    authorization_ =
        basic ? "Basic " + base64_encode(source_.username + ":" + source_.password) : "";
  }
}

void Credentials::Impl::read_certificate() {
  if (!source_.client_certificate.given()) {
    if (!source_.exec) pair_ = {};
    return;
  }
  const BootTime now = boot_now();
  if (certificate_read_ && now - *certificate_read_ < limits_.certificate_age) return;
  certificate_read_ = now;
  certificate_error_.reset();
  if (auto fresh = read_pair(source_)) {
    pair_ = std::move(*fresh);
  } else if (pair_.certificate.empty()) {
    certificate_error_ = fresh.error();
  }
}

// Assembles the parts. A set that differs from the last one is new, and so is one that a plugin has
// just returned: the plugin vouches for it even if it is the same.
void Credentials::Impl::compose(bool fetched_anew) {
  const bool same_pair =
      pair_.certificate == auth_.client_certificate && pair_.key == auth_.client_key;
  const bool same_authority = authority_ == auth_.authority;
  const bool same = same_pair && authorization_ == auth_.authorization;
  if (!same_pair || !same_authority) ++auth_.generation;
  auth_.authority = authority_;
  if (same && !fetched_anew && auth_.serial != 0) return;
  ++auth_.serial;
  auth_.authorization = authorization_;
  auth_.client_certificate = pair_.certificate;
  auth_.client_key = pair_.key;
  refused_ = false;
}

bool Credentials::Impl::plugin_good() const {
  return plugin_answered_ && !refused_ && !(expires_ && *expires_ <= now().wall);
}

void Credentials::Impl::want_plugin() {
  if (run_ || pause_ != 0) return;
  // Two runs in a row are allowed: the first answer may have been refused, and the request waits
  // for the second.
  const BootTime earliest = run_before_ ? *run_before_ + limits_.plugin_pause : boot_now();
  if (earliest <= boot_now()) return start_plugin();
  pause_ = poller_.start_timer_at(earliest, [this] {
    pause_ = 0;
    start_plugin();
  });
}

void Credentials::Impl::start_plugin() {
  if (run_) return;
  // The kubeconfig was rewritten during the pause, and no longer uses a plugin.
  if (!source_.exec) {
    const auto keep = shared_from_this();
    return deliver(answer());
  }
  run_before_ = std::exchange(run_started_, boot_now());
  run_ = std::make_unique<PluginRun>(
      poller_, *source_.exec, limits_.plugin_run,
      [this](const Expected<ExecCredential>& result) { on_plugin(result); });
}

void Credentials::Impl::on_plugin(const Expected<ExecCredential>& result) {
  const auto keep = shared_from_this();  // a callback may destroy the Credentials
  asked_person_ = run_ && run_->interactive();
  run_.reset();
  // The kubeconfig was rewritten while the plugin ran, and no longer uses one.
  if (!source_.exec) return deliver(answer());
  if (!result) {
    // An early renewal that failed is tried again; until it expires the old credential is still
    // valid.
    plan_renewal();
    return deliver(plugin_good() ? Expected<Auth>(auth_) : Expected<Auth>(result.error()));
  }
  authorization_ = result->token.empty() ? "" : "Bearer " + result->token;
  // As in client-go, a certificate from the kubeconfig takes precedence over the plugin's.
  if (!source_.client_certificate.given()) pair_ = {result->client_certificate, result->client_key};
  expires_ = result->expires;
  plugin_answered_ = true;
  compose(true);
  plan_renewal();
  deliver(auth_);
}

void Credentials::Impl::plan_renewal() {
  poller_.cancel_timer(std::exchange(renewal_, 0));
  if (!expires_ || !plugin_good()) return;
  // As in client-go, a person is asked only if there is no other way.
  if (asked_person_) return;
  const auto remaining = *expires_ - now().wall;
  // No process waits that long; and times in the year 9999, which mean "never", do not fit into a
  // timer's nanoseconds.
  if (remaining > std::chrono::days(30)) return;
  const core::Duration delay = remaining - std::min<core::Duration>(kRenewAhead, remaining / 5);
  renewal_ = poller_.start_timer(std::max<core::Duration>(delay, limits_.plugin_pause), [this] {
    renewal_ = 0;
    start_plugin();
  });
}

void Credentials::Impl::deliver(const Expected<Auth>& auth) {
  const Ticket end = next_ticket_;  // a get() from a callback waits for another run
  while (!waiting_.empty() && waiting_.begin()->first < end) {
    const auto next = waiting_.extract(waiting_.begin());
    next.mapped()(auth);
  }
}

Credentials::Credentials(Poller& poller, CredentialSource source, Reload reload)
    : Credentials(poller, std::move(source), std::move(reload), Limits()) {}

Credentials::Credentials(Poller& poller, CredentialSource source, Reload reload,
                         const Limits& limits)
    : impl_(std::make_shared<Impl>(poller, std::move(source), std::move(reload), limits)) {}

Credentials::~Credentials() {
  impl_->shut_down();
}

bool Credentials::ready() const {
  return impl_->ready();
}
Credentials::Ticket Credentials::get(Callback callback) {
  return impl_->get(std::move(callback));
}
void Credentials::forget(Ticket ticket) {
  impl_->forget(ticket);
}
void Credentials::invalidate(std::uint64_t serial) {
  impl_->invalidate(serial);
}

void Credentials::accepted(std::uint64_t serial) {
  impl_->accepted(serial);
}
void Credentials::distrust(std::uint64_t generation) {
  impl_->distrust(generation);
}
bool Credentials::asks_person() const {
  return impl_->asks_person();
}
std::uint64_t Credentials::generation() const {
  return impl_->generation();
}

Credentials::Reload reload_of(const Overrides& overrides, Environment environment,
                              const Connection& current) {
  environment.regular_files_only = true;
  // `tls` is what applies by now.
  return [=, server = current.server, tls = current.tls]() mutable -> Expected<Reread> {
    auto again = resolve(overrides, environment);
    if (!again) return again.error();
    // Credentials for another server must not be sent to this one.
    if (again->server != server) {
      return unusable("the configuration now names the server " + again->server +
                      ", this process continues with " + server + "; restart it to switch");
    }
    Reread reread{std::move(again->credentials), ""};
    // The same flag, or the same configuration file.
    const bool same_source =
        !overrides.certificate_authority.empty() || again->tls.ca_config == tls.ca_config;
    const std::string& pem = again->tls.ca_pem;
    if (!tls.insecure && same_source && !pem.empty() && pem != tls.ca_pem) {
      tls.ca_pem = pem;
      reread.authority = pem;
    }
    return reread;
  };
}

}  // namespace elector::kube
