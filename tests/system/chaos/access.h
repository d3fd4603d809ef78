// SPDX-License-Identifier: Apache-2.0
// How a candidate gets at the server: its own kubeconfig, with its own credentials, which go bad
// and are renewed under its hands.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

#include "tests/support/cluster.h"
#include "tests/support/temp_dir.h"

namespace elector::tests::chaos {

// The cluster as the kubeconfig describes it.
struct Server {
  std::string host;
  std::uint16_t port = 0;
  std::string authority;  // "certificate-authority…": "…", of the kubeconfig
  std::string token;      // what a real server's user has; candidates of a test server have theirs
};

// Throws std::runtime_error with what it does not understand.
Server server_of(const Cluster& cluster);

class Access {
 public:
  enum class Kind { kTokenFile, kToken, kCertificate, kPlain };
  // The identity of candidates for a test server. Without TLS no credentials are sent.
  static constexpr std::array<const char*, 2> kUsers{"candidate", "system:anonymous"};
  // Of the candidate of that number. A real server has given us a token, and no key to sign with.
  static constexpr Kind kind_of(bool real, int number) {
    if (real) return Kind::kTokenFile;
    constexpr std::array<Kind, 5> kKinds{Kind::kTokenFile, Kind::kToken, Kind::kCertificate,
                                         Kind::kCertificate, Kind::kPlain};
    return kKinds.at(static_cast<std::size_t>(number) % kKinds.size());
  }

  // Writes the files into dir, under that name. port: of the candidate's relay.
  Access(const Cluster& cluster, const TempDir& dir, std::string name, Kind kind,
         const Server& server, std::uint16_t port);

  Kind kind() const { return kind_; }
  std::string kubeconfig() const { return dir_.path(name_ + ".kubeconfig"); }

  // Gives the test server the current token, for example after a restart.
  void register_token() const;
  // What was good is so no more, and nothing better is to be found; renew() ends that. Of a
  // certificate the new key is there, and the certificate is not.
  void expire();
  // The kubeconfig is not a valid one; dice selects what it is instead, and whether it matters.
  void garble(std::uint64_t dice);
  // The kubeconfig names an authority that did not sign the server's certificate. Running processes
  // keep the authority that they started with; processes that start meanwhile cannot connect.
  void distrust();
  // Writes what is good, another one than before.
  void renew();

 private:
  void revoke_token() const;
  void write_kubeconfig(const std::string& authority) const;
  void write_token(const std::string& token) const;
  void make_certificate() const;
  std::string user_json() const;
  std::string token() const;

  const Cluster& cluster_;
  const TempDir& dir_;
  const std::string name_;
  const Kind kind_;
  const Server server_;
  const std::uint16_t port_;
  int generation_ = 0;
};

}  // namespace elector::tests::chaos
