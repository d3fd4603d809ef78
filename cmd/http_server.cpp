#include "cmd/http_server.h"

#include <microhttpd.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "cmd/log.h"

namespace elector::cmd {
namespace {

// Limits against slow, silent and hostile clients.
constexpr unsigned kMaxConnections = 256;
constexpr std::size_t kConnectionMemory = std::size_t{12} * 1024;  // bounds a request's header
constexpr unsigned kIdleSeconds = 10;

kube::Error cannot_listen(const HttpAddress& address, const std::string& why) {
  return {kube::Error::Kind::kConfig,
          "--http: cannot listen on " + to_string(address) + ": " + why};
}

std::string printable(const sockaddr* address, socklen_t length) {
  std::array<char, NI_MAXHOST> host{};
  std::array<char, NI_MAXSERV> port{};
  ::getnameinfo(address, length, host.data(), host.size(), port.data(), port.size(),
                NI_NUMERICHOST | NI_NUMERICSERV);
  const std::string name = host.data();
  return (name.find(':') == std::string::npos ? name : "[" + name + "]") + ":" + port.data();
}

void set_port(sockaddr* address, std::uint16_t port) {
  if (address->sa_family == AF_INET) {
    reinterpret_cast<sockaddr_in*>(address)->sin_port = htons(port);
  } else if (address->sa_family == AF_INET6) {
    reinterpret_cast<sockaddr_in6*>(address)->sin6_port = htons(port);
  }
}

// A listening socket, or -1 with errno set. Each family gets a socket of its own, so IPv6 ones take
// IPv6 alone.
int listen_on(const addrinfo& entry) {
  const int fd = ::socket(entry.ai_family, entry.ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK,
                          entry.ai_protocol);
  if (fd < 0) return -1;
  const int on = 1;
  ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (entry.ai_family == AF_INET6) ::setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
  if (::bind(fd, entry.ai_addr, entry.ai_addrlen) == 0 && ::listen(fd, SOMAXCONN) == 0) return fd;
  const int error = errno;
  ::close(fd);
  errno = error;
  return -1;
}

}  // namespace

struct HttpServer::Hooks {
  static MHD_Result on_request(void* self, MHD_Connection* connection, const char* url,
                               const char* method, const char*, const char*, std::size_t* size,
                               void** state) {
    // The first call comes after the header; bodies are swallowed, none is expected.
    static char seen;
    if (*state == nullptr) {
      *state = &seen;
      return MHD_YES;
    }
    if (*size != 0) {
      *size = 0;
      return MHD_YES;
    }
    const auto& server = *static_cast<HttpServer*>(self);
    return server.reply(connection, url, method) != 0 ? MHD_YES : MHD_NO;
  }

  static void silence(void*, const char*, va_list) {}
};

kube::Expected<std::unique_ptr<HttpServer>> HttpServer::create(kube::Poller& poller,
                                                               const HttpAddress& address,
                                                               Routes routes) {
  std::unique_ptr<HttpServer> server(new HttpServer(poller, std::move(routes)));
  auto failure =
      address.unix_path.empty() ? server->listen(address) : server->listen_on_path(address);
  if (!failure) failure = server->start();
  if (failure) return *failure;
  return server;
}

kube::Failure HttpServer::listen(const HttpAddress& address) {
  std::uint16_t port = address.port;
  addrinfo hints{};
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int failed = ::getaddrinfo(address.host.empty() ? nullptr : address.host.c_str(),
                                   std::to_string(port).c_str(), &hints, &found);
  if (failed != 0) return cannot_listen(address, ::gai_strerror(failed));
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> entries(found, &::freeaddrinfo);
  int last_error = EADDRNOTAVAIL;
  for (const addrinfo* entry = found; entry != nullptr; entry = entry->ai_next) {
    set_port(entry->ai_addr, port);
    const int fd = listen_on(*entry);
    if (fd < 0) {
      last_error = errno;
      if (last_error == EADDRINUSE || last_error == EACCES) break;
      continue;
    }
    listeners_.push_back(fd);
    sockaddr_storage bound{};
    socklen_t length = sizeof bound;
    ::getsockname(fd, reinterpret_cast<sockaddr*>(&bound), &length);
    addresses_.push_back(printable(reinterpret_cast<sockaddr*>(&bound), length));
    if (port == 0) port = ntohs(reinterpret_cast<sockaddr_in*>(&bound)->sin_port);
    last_error = 0;
  }
  if (listeners_.empty() || last_error == EADDRINUSE || last_error == EACCES) {
    return cannot_listen(address, std::strerror(last_error));
  }
  return std::nullopt;
}

kube::Failure HttpServer::listen_on_path(const HttpAddress& address) {
  sockaddr_un where{};
  where.sun_family = AF_UNIX;
  if (address.unix_path.size() >= sizeof where.sun_path) {
    return cannot_listen(address, "a socket's path is at most 107 bytes long");
  }
  address.unix_path.copy(where.sun_path, sizeof where.sun_path - 1);
  const auto* generic = reinterpret_cast<const sockaddr*>(&where);
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return cannot_listen(address, std::strerror(errno));
  listeners_.push_back(fd);
  // A socket that an earlier run left behind answers nobody; one that answers is in use.
  if (::connect(fd, generic, sizeof where) == 0)
    return cannot_listen(address, std::strerror(EADDRINUSE));
  struct stat found {};
  if (errno == ECONNREFUSED && ::lstat(where.sun_path, &found) == 0 && S_ISSOCK(found.st_mode)) {
    ::unlink(where.sun_path);
  }
  if (::bind(fd, generic, sizeof where) != 0) return cannot_listen(address, std::strerror(errno));
  unix_path_ = address.unix_path;
  if (::chmod(where.sun_path, 0660) != 0 || ::listen(fd, SOMAXCONN) != 0) {
    return cannot_listen(address, std::strerror(errno));
  }
  addresses_.push_back(to_string(address));
  return std::nullopt;
}

kube::Failure HttpServer::start() {
  daemon_ = MHD_start_daemon(MHD_USE_EPOLL | MHD_USE_NO_LISTEN_SOCKET | MHD_USE_ERROR_LOG, 0,
                             nullptr, nullptr, &Hooks::on_request, this, MHD_OPTION_EXTERNAL_LOGGER,
                             &Hooks::silence, nullptr, MHD_OPTION_CONNECTION_LIMIT, kMaxConnections,
                             MHD_OPTION_CONNECTION_MEMORY_LIMIT, kConnectionMemory,
                             MHD_OPTION_CONNECTION_TIMEOUT, kIdleSeconds, MHD_OPTION_END);
  if (daemon_ == nullptr) {
    return kube::Error{kube::Error::Kind::kSystem, "--http: the HTTP server cannot be started"};
  }
  daemon_fd_ = MHD_get_daemon_info(daemon_, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd;
  if (auto failure = poller_.add(daemon_fd_, EPOLLIN, [this](std::uint32_t) { run(); })) {
    return failure;
  }
  for (const int fd : listeners_) {
    if (auto failure = poller_.add(fd, EPOLLIN, [this, fd](std::uint32_t) { accept(fd); })) {
      return failure;
    }
  }
  return std::nullopt;
}

HttpServer::~HttpServer() {
  poller_.cancel_timer(timer_);
  if (daemon_fd_ >= 0) poller_.remove(daemon_fd_);
  for (const int fd : listeners_) {
    poller_.remove(fd);
    ::close(fd);
  }
  if (daemon_ != nullptr) MHD_stop_daemon(daemon_);
  if (!unix_path_.empty()) ::unlink(unix_path_.c_str());
}

// Takes what waits, at most a few at a time, so that a flood of connections cannot hold up the
// loop.
void HttpServer::accept(int listener) {
  for (int i = 0; i < 16; ++i) {
    sockaddr_storage peer{};
    socklen_t length = sizeof peer;
    const int fd = ::accept4(listener, reinterpret_cast<sockaddr*>(&peer), &length,
                             SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd < 0) break;
    // On failure (too many connections) libmicrohttpd closes the socket itself.
    MHD_add_connection(daemon_, fd, reinterpret_cast<sockaddr*>(&peer), length);
  }
  run();
}

void HttpServer::run() {
  MHD_run(daemon_);
  poller_.cancel_timer(timer_);
  timer_ = 0;
  MHD_UNSIGNED_LONG_LONG milliseconds = 0;
  if (MHD_get_timeout(daemon_, &milliseconds) == MHD_YES) {
    timer_ = poller_.start_timer(std::chrono::milliseconds(milliseconds), [this] { run(); });
  }
}

int HttpServer::reply(MHD_Connection* connection, const std::string& path,
                      const std::string& method) const {
  HttpReply reply;
  const auto route = routes_.find(path);
  const bool allowed = method == "GET" || method == "HEAD";
  if (route == routes_.end()) {
    reply = {404, "application/json", "{\"message\":" + json_string("no such page: " + path) + "}"};
  } else if (!allowed) {
    reply = {405, "application/json", "{\"message\":\"only GET and HEAD are answered here\"}"};
  } else {
    reply = route->second();
  }
  MHD_Response* response =
      MHD_create_response_from_buffer(reply.body.size(), reply.body.data(), MHD_RESPMEM_MUST_COPY);
  if (response == nullptr) return 0;
  MHD_add_response_header(response, "Content-Type", reply.content_type.c_str());
  MHD_add_response_header(response, "Cache-Control", "no-store");
  if (reply.status == 405) MHD_add_response_header(response, "Allow", "GET, HEAD");
  const MHD_Result queued =
      MHD_queue_response(connection, static_cast<unsigned>(reply.status), response);
  MHD_destroy_response(response);
  return queued == MHD_YES ? 1 : 0;
}

}  // namespace elector::cmd
