// SPDX-License-Identifier: Apache-2.0
#include "tests/system/hostile/way.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <utility>

namespace elector::tests {
namespace {

using Place = EndlessPeer::Place;

int connect_to(int port) {
  const int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  if (connect(descriptor, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
    close(descriptor);
    return -1;
  }
  return descriptor;
}

// Passes on what one has sent; false at its end. The program sends no token to an http:// server:
// with `token`, requests get one here, each of which begins what is read.
bool pass_some(int from, int to, bool token) {
  std::array<char, 16384> buffer{};
  const ssize_t count = recv(from, buffer.data(), buffer.size(), 0);
  if (count <= 0) return false;
  std::string text(buffer.data(), static_cast<std::size_t>(count));
  const std::size_t line = text.find("\r\n");
  if (token && line != std::string::npos && text.substr(0, line).ends_with(" HTTP/1.1")) {
    text.insert(line, "\r\nAuthorization: Bearer admin-token");
  }
  return send(to, text.data(), text.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(text.size());
}

}  // namespace

Way::Way(EndlessPeer peer, const ApiServer* api)
    : peer_(std::move(peer)),
      api_(api),
      hostile_(api == nullptr),
      server_([this](RawServer::Peer& one) { serve(one); }) {
  dir_.write("kubeconfig",
             "apiVersion: v1\nkind: Config\ncurrent-context: c\n"
             "contexts: [{name: c, context: {cluster: k, user: u}}]\n"
             "users: [{name: u, user: {token: admin-token}}]\nclusters: [{name: k, cluster: {" +
                 cluster_fields(peer_.place, server_.port()) + "}}]\n");
}

void Way::serve(RawServer::Peer& peer) const {
  if (hostile_) return peer_.script(peer);
  pass(peer);
  // An http:// server may turn in the middle of a connection, without a key to it.
  if (hostile_ && peer_.place == Place::kServer) peer_.script(peer);
}

void Way::pass(RawServer::Peer& peer) const {
  if (peer_.place == Place::kProxy) {
    if (peer.request().empty()) return;
    peer.send("HTTP/1.1 200 Yes\r\n\r\n");
  }
  const bool plain = peer_.place == Place::kServer;
  const int server = connect_to(plain ? api_->side_port() : api_->port());
  std::array<pollfd, 2> ends{pollfd{peer.descriptor(), POLLIN, 0}, pollfd{server, POLLIN, 0}};
  bool open = server >= 0;
  while (open && !hostile_) {
    constexpr int kLookAfter = 10;  // ms, at hostile_
    if (poll(ends.data(), ends.size(), kLookAfter) <= 0) continue;
    if (ends[0].revents != 0) open = pass_some(ends[0].fd, ends[1].fd, plain);
    if (open && ends[1].revents != 0) open = pass_some(ends[1].fd, ends[0].fd, false);
  }
  if (server >= 0) close(server);
}

}  // namespace elector::tests
