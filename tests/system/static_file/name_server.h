// SPDX-License-Identifier: Apache-2.0
// A DNS server for the tests of what a static elector asks: one zone, on an address of the loopback
// network.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace elector::tests {

class NameServer {
 public:
  struct Zone {
    std::map<std::string, std::string> a{};     // name without the last dot: an IPv4 address
    std::map<std::string, std::string> aaaa{};  // the same: an IPv6 address
    bool truncates = false;  // over UDP: sets the flag that only TCP has the answer
    bool only_tcp = false;   // over UDP: does not answer
  };

  // Serves UDP and TCP on port 53 of that address, until it is destroyed. Throws std::runtime_error
  // where this user may not, or another server has the port.
  NameServer(const std::string& address, Zone zone);
  ~NameServer();
  NameServer(const NameServer&) = delete;
  NameServer& operator=(const NameServer&) = delete;

  // What was asked so far: "udp NAME" and "tcp NAME".
  std::vector<std::string> asked() const;

 private:
  void serve();
  void serve_datagram();
  void serve_stream();
  std::string answer(const std::string& query, bool stream);

  const Zone zone_;
  int datagrams_ = -1;
  int listener_ = -1;
  mutable std::mutex mutex_;
  std::vector<std::string> asked_;
  std::atomic<bool> over_ = false;
  std::thread thread_;
};

}  // namespace elector::tests
