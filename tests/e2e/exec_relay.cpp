#include "tests/e2e/exec_relay.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <fstream>
#include <stdexcept>

namespace elector::tests {
namespace {

// "https://host:port" of the line that begins with "server:".
std::string server_in(const std::string& kubeconfig) {
  std::ifstream file(kubeconfig);
  for (std::string line; std::getline(file, line);) {
    const std::size_t url = line.find("https://");
    if (line.find("server: ") == std::string::npos || url == std::string::npos) continue;
    const std::string rest = line.substr(url);
    return rest.substr(0, rest.find_first_of(",} \"'"));
  }
  throw std::runtime_error("no server in " + kubeconfig);
}

int connect_to(const std::string& host, const std::string& port) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (::getaddrinfo(host.c_str(), port.c_str(), &hints, &found) != 0) return -1;
  int connected = -1;
  for (const addrinfo* one = found; one != nullptr && connected < 0; one = one->ai_next) {
    connected = ::socket(one->ai_family, one->ai_socktype | SOCK_CLOEXEC, 0);
    if (::connect(connected, one->ai_addr, one->ai_addrlen) != 0) {
      ::close(connected);
      connected = -1;
    }
  }
  ::freeaddrinfo(found);
  return connected;
}

void wake_up(int event) {
  const std::uint64_t one = 1;
  (void)!::write(event, &one, sizeof one);
}

}  // namespace

Relay::Relay(const std::string& kubeconfig) {
  const std::string server = server_in(kubeconfig);
  const std::size_t scheme = server.find("://");
  const std::size_t colon = server.rfind(':');
  if (scheme == std::string::npos || colon <= scheme + 3) {
    throw std::runtime_error("not HTTPS://HOST:PORT: " + server);
  }
  host_ = server.substr(scheme + 3, colon - scheme - 3);
  port_ = server.substr(colon + 1);
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  if (::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
      ::listen(listener_, 64) != 0 ||
      ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    throw std::runtime_error("the relay cannot listen");
  }
  own_port_ = ntohs(address.sin_port);
  wake_ = ::eventfd(0, EFD_CLOEXEC);
  thread_ = std::thread([this] { run(); });
}

Relay::~Relay() {
  end_ = true;
  wake_up(wake_);
  thread_.join();
  for (const Pair& pair : pairs_) {
    ::close(pair.client);
    ::close(pair.server);
  }
  ::close(listener_);
  ::close(wake_);
}

std::vector<std::string> Relay::flags() const {
  const std::string here = "127.0.0.1";
  std::vector<std::string> flags{"--server=https://" + here + ":" + std::to_string(own_port_)};
  if (host_ != here) flags.push_back("--tls-server-name=" + host_);
  return flags;
}

void Relay::cut() {
  cut_ = true;
  wake_up(wake_);
}

void Relay::restore() {
  cut_ = false;
  wake_up(wake_);
}

void Relay::run() {
  while (!end_) {
    std::vector<pollfd> waiting{{.fd = wake_, .events = POLLIN, .revents = 0}};
    if (!cut_) {
      waiting.push_back({.fd = listener_, .events = POLLIN, .revents = 0});
      for (const Pair& pair : pairs_) {
        waiting.push_back({.fd = pair.client, .events = POLLIN, .revents = 0});
        waiting.push_back({.fd = pair.server, .events = POLLIN, .revents = 0});
      }
    }
    ::poll(waiting.data(), waiting.size(), -1);
    if (waiting[0].revents != 0) {
      std::uint64_t count = 0;
      (void)!::read(wake_, &count, sizeof count);
      continue;  // it may have been cut: then nothing more gets through
    }
    std::vector<Pair> kept;
    for (std::size_t i = 0; i < pairs_.size(); ++i) {
      const Pair pair = pairs_[i];
      const bool to_server = waiting[2 + 2 * i].revents == 0 || forward(pair.client, pair.server);
      const bool to_client = waiting[3 + 2 * i].revents == 0 || forward(pair.server, pair.client);
      if (to_server && to_client) {
        kept.push_back(pair);
      } else {
        ::close(pair.client);
        ::close(pair.server);
      }
    }
    pairs_ = kept;
    if (waiting[1].revents != 0) accept_one();
  }
}

void Relay::accept_one() {
  const int client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
  if (client < 0) return;
  const int server = connect_to(host_, port_);
  if (server < 0) {
    ::close(client);
    return;
  }
  pairs_.push_back({client, server});
}

// False at the end of either.
bool Relay::forward(int from, int to) const {
  std::array<char, 16384> buffer{};
  const ssize_t size = ::read(from, buffer.data(), buffer.size());
  if (size <= 0) return false;
  for (ssize_t sent = 0; sent < size;) {
    const ssize_t more =
        ::send(to, buffer.data() + sent, static_cast<std::size_t>(size - sent), MSG_NOSIGNAL);
    if (more <= 0) return false;
    sent += more;
  }
  return true;
}

}  // namespace elector::tests
