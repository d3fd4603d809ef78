// SPDX-License-Identifier: Apache-2.0
#include "tests/system/e2e/hostile_api.h"

namespace elector::tests {

bool is_watch(const std::string& request) {
  return request.substr(0, request.find("\r\n")).find("watch=") != std::string::npos;
}

HostileApi::HostileApi(const Api& sane, Trick trick)
    : api_(sane), trick_(std::move(trick)), server_([this](Peer& peer) { serve(peer); }) {
  dir_.write("kubeconfig",
             "apiVersion: v1\nkind: Config\ncurrent-context: c\n"
             "contexts: [{name: c, context: {cluster: k, user: u}}]\n"
             "users: [{name: u, user: {}}]\n"
             "clusters: [{name: k, cluster: {server: '" +
                 server_.url() + "'}}]\n");
}

void HostileApi::serve(Peer& peer) {
  while (true) {
    const std::string request = peer.request();
    if (request.empty()) return;
    if (!sane_ && trick_(peer, request)) {
      ++tricked_;
      return;
    }
    if (!pass_on(peer, request)) return;
  }
}

bool HostileApi::pass_on(Peer& peer, const std::string& request) const {
  if (is_watch(request)) {  // one that sees nothing
    peer.begin_chunks();
    peer.wait_for_close();
    return false;
  }
  const std::size_t method_end = request.find(' ');
  const std::size_t path_end = request.find(' ', method_end + 1);
  const HttpAnswer answer = api_.call(request.substr(0, method_end),
                                      request.substr(method_end + 1, path_end - method_end - 1),
                                      request.substr(request.find("\r\n\r\n") + 4));
  peer.answer(answer.status, answer.body);
  return true;
}

}  // namespace elector::tests
