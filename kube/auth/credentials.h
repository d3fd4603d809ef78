// SPDX-License-Identifier: Apache-2.0
// Credentials for the next request, from any source: a fixed token, a file that rotates, a plugin.
// Passive, on a Poller; never blocks for longer than it takes to read a small file.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "core/error.h"
#include "kube/base/poller.h"
#include "kube/config/connection.h"
#include "kube/config/environment.h"

namespace elector::kube {

struct Auth {
  std::string authorization;       // the Authorization header's value; "" for none
  std::string client_certificate;  // PEM, chain included; "" for none
  std::string client_key;          // PEM
  std::uint64_t serial = 0;        // identifies this set of credentials, for invalidate()
  // PEM to trust from now on, if it was read again since the start; null for the connection's own.
  std::shared_ptr<const std::string> authority;
  // Changes when the client certificate or the authority does: older connections use the old one.
  std::uint64_t generation = 0;
};

// What may change when the configuration is read again.
struct Reread {
  CredentialSource credentials;
  std::string authority;  // PEM to trust from now on; "" for no change
};

class Credentials {
 public:
  using Callback = std::function<void(const Expected<Auth>& auth)>;
  using Ticket = std::uint64_t;  // 0: the callback has run already

  struct Limits {
    std::chrono::milliseconds plugin_run{60'000};       // a plugin that takes longer is killed
    std::chrono::milliseconds plugin_pause{1'000};      // a plugin runs at most twice in this time
    std::chrono::milliseconds token_file_age{1'000};    // a token file is read again after this
    std::chrono::milliseconds certificate_age{10'000};  // client certificate files are read again
                                                        // after this
    std::chrono::milliseconds distrust_pause{10'000};   // for distrust(): as rarely as those
  };
  // Reads fixed credentials (a kubeconfig's) and the authority again after they were refused; may
  // be empty.
  using Reload = std::function<Expected<Reread>()>;

  // The poller must outlive this.
  Credentials(Poller& poller, CredentialSource source, Reload reload = {});
  Credentials(Poller& poller, CredentialSource source, Reload reload, const Limits& limits);
  ~Credentials();  // ends a running plugin; waiting callbacks are dropped
  Credentials(const Credentials&) = delete;
  Credentials& operator=(const Credentials&) = delete;

  // Whether get() would call back at once.
  bool ready() const;

  // Delivers credentials: at once, inside this call, if they are available, otherwise when the
  // plugin has ended. Errors are kCredentials; the next get() tries again. If a token file or a
  // plugin fails while an earlier token has not expired, the earlier one is delivered, without an
  // error.
  Ticket get(Callback callback);
  // Drops a waiting callback; ignores any other ticket.
  void forget(Ticket ticket);

  // The server answered 401 to the credentials with that serial: they are not delivered again
  // unless nothing newer is available. Ignored if they have been replaced since, so that it may be
  // called for each of several 401 answers.
  void invalidate(std::uint64_t serial);
  // The server gave another answer to them: they are valid, whatever it answered before.
  void accepted(std::uint64_t serial);

  // TLS failed with what was delivered under that generation because of a certificate, the server's
  // or the client's: the next get() reads the configuration again, unless it was read within
  // distrust_pause. Ignored if either has been replaced since.
  void distrust(std::uint64_t generation);

  // Whether a plugin may be asking a person now: the time limits of requests do not run until it
  // has ended.
  bool asks_person() const;

  // The generation of the certificate and the authority that were delivered last.
  std::uint64_t generation() const;

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

// Returns a function that resolves the same flags again, for a kubeconfig that is rewritten while
// the program runs. It fails if the configuration now names another server than `current` does,
// since server and namespace are fixed for the process's life, and if a pipe was read at first. It
// never weakens the check of the server: an authority is taken only from the source of `current`'s
// own, that is, the flag or the same configuration file; it never replaces an authority with none,
// and is never used by a process that was told not to check.
Credentials::Reload reload_of(const Overrides& overrides, Environment environment,
                              const Connection& current);

}  // namespace elector::kube
