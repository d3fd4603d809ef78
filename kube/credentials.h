// Credentials for the next request, from wherever they come: a fixed token, a file that rotates, a
// plugin. Passive, on a Poller; nothing here blocks for longer than reading a small file takes.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "kube/connection.h"
#include "kube/environment.h"
#include "kube/error.h"
#include "kube/poller.h"

namespace elector::kube {

struct Auth {
  std::string authorization;       // the Authorization header's value; "" for none
  std::string client_certificate;  // PEM, chain included; "" for none
  std::string client_key;          // PEM
  std::uint64_t serial = 0;        // names this set of credentials, for invalidate()
  // PEM to trust from now on, read again since the start; null for the connection's own.
  std::shared_ptr<const std::string> authority;
  // Changes when the client certificate or the authority does: old connections are of the old one.
  std::uint64_t generation = 0;
};

// What reading the configuration again may change.
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
    std::chrono::milliseconds plugin_pause{1'000};      // in which a plugin is run twice at most
    std::chrono::milliseconds token_file_age{1'000};    // a token file is read again after this
    std::chrono::milliseconds certificate_age{10'000};  // and client certificate files after this
    std::chrono::milliseconds distrust_pause{10'000};   // of distrust(): as rarely as those
  };
  // Where to look for fixed credentials (a kubeconfig's) and the authority after they were refused;
  // may be empty.
  using Reload = std::function<Expected<Reread>()>;

  // The poller must outlive this.
  Credentials(Poller& poller, CredentialSource source, Reload reload = {});
  Credentials(Poller& poller, CredentialSource source, Reload reload, const Limits& limits);
  ~Credentials();  // ends a plugin that is running; callbacks that wait are dropped
  Credentials(const Credentials&) = delete;
  Credentials& operator=(const Credentials&) = delete;

  // Whether get() would answer at once.
  bool ready() const;

  // Delivers credentials: at once, inside this call, when they are at hand, else when the plugin
  // has ended. Errors are kCredentials; the next get() tries again. A token file or a plugin that
  // fails while an earlier token has not expired is no error: the earlier one is delivered.
  Ticket get(Callback callback);
  // Drops a callback that waits; ignores any other ticket.
  void forget(Ticket ticket);

  // The server said 401 to the credentials with that serial: they are not delivered again unless
  // nothing newer can be had. Ignored when they have been replaced since, so that each of several
  // 401 may say so.
  void invalidate(std::uint64_t serial);
  // It said something else to them: they are good, whatever it said before.
  void accepted(std::uint64_t serial);

  // TLS did not come about with what was delivered under that generation, because of a certificate,
  // the server's or ours: the next get() reads the configuration again, unless it has been read
  // within distrust_pause. Ignored when either has been replaced since.
  void distrust(std::uint64_t generation);

  // Whether a plugin may be asking a person now: no time limit of a request counts until it has
  // ended.
  bool asks_person() const;

  // Of the certificate and the authority that were delivered last.
  std::uint64_t generation() const;

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

// Resolves the same flags again, for a kubeconfig that is rewritten while the program runs. Fails
// when it has come to name another server than `current` does: server and namespace are fixed for
// the process's life; and where a pipe was read at first. No reading weakens the check of the
// server: an authority is taken only from where `current` has its own, the flag or the same
// configuration file, never in the place of an authority none, and never by a process that was told
// not to check.
Credentials::Reload reload_of(const Overrides& overrides, Environment environment,
                              const Connection& current);

}  // namespace elector::kube
