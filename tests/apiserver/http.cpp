// SPDX-License-Identifier: Apache-2.0
// The HTTP front of the test API server.
#include "tests/apiserver/http.h"

#include <arpa/inet.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>
#include <vector>

#include "tests/apiserver/exchange.h"

namespace elector::tests::apiserver {
namespace {

constexpr unsigned kMaxConnections = 8192;
constexpr std::size_t kConnectionMemory = 65'536;  // heads of requests, a block of a reply

MHD_Result on_request(void* self, MHD_Connection* connection, const char* url, const char* method,
                      const char* /*version*/, const char* data, std::size_t* size, void** slot) {
  if (*slot == nullptr) {
    auto* exchange =
        new Exchange(*static_cast<HttpFront*>(self), connection);  // freed in on_completed
    *slot = exchange;
    exchange->read_head(url, method);
    return MHD_YES;
  }
  auto* exchange = static_cast<Exchange*>(*slot);
  if (*size > 0) {
    exchange->read_body(data, *size);
    *size = 0;
    return MHD_YES;
  }
  return exchange->proceed();
}

void on_completed(void* /*self*/, MHD_Connection* /*connection*/, void** slot,
                  enum MHD_RequestTerminationCode /*why*/) {
  delete static_cast<Exchange*>(*slot);
  *slot = nullptr;
}

// libmicrohttpd logs each reset connection; those are what the tests are about.
void on_log(void* /*self*/, const char* /*format*/, va_list /*arguments*/) {}

// A connection takes a descriptor: allow as many as the system lets us.
void raise_descriptor_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

// A socket that listens on 127.0.0.1 at *port, which is set if it was 0; -1 and error if that
// fails.
int listen_on_loopback(int* port, std::string* error) {
  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  const int on = 1;  // a restarted server takes its port back at once
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(*port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  if (listener < 0 || bind(listener, generic, size) != 0 || listen(listener, 1024) != 0 ||
      getsockname(listener, generic, &size) != 0) {
    *error = "cannot listen on 127.0.0.1:" + std::to_string(*port) + ": " + std::strerror(errno);
    if (listener >= 0) close(listener);
    return -1;
  }
  *port = ntohs(address.sin_port);
  return listener;
}

}  // namespace

HttpFront::HttpFront(Server& server, HttpOptions options)
    : server_(server), options_(std::move(options)) {}

HttpFront::~HttpFront() {
  // libmicrohttpd must not be stopped with suspended connections.
  const auto waiting = waiting_;
  for (const auto& [socket, exchange] : waiting) exchange->hung_up();
  if (!daemons_.empty()) server_.end_watches();
  for (MHD_Daemon* daemon : daemons_) {
    MHD_run(daemon);
    MHD_stop_daemon(daemon);
  }
  if (epoll_ >= 0) close(epoll_);
}

std::string HttpFront::start() {
  raise_descriptor_limit();
  epoll_ = epoll_create1(EPOLL_CLOEXEC);
  if (epoll_ < 0) return std::string("cannot make an epoll: ") + std::strerror(errno);
  port_ = options_.port;
  if (std::string error = open(!options_.certificate.empty(), &port_); !error.empty()) return error;
  server_.set_address("127.0.0.1:" + std::to_string(port_));
  return options_.side_door ? open(false, &plain_port_) : "";
}

// Serves one more port, *port or, if that is 0, one that the kernel chooses. Returns "" or what
// failed.
std::string HttpFront::open(bool tls, int* port) {
  std::string error;
  const int listener = listen_on_loopback(port, &error);
  if (listener < 0) return error;
  unsigned flags = MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME;
  std::vector<MHD_OptionItem> options;
  if (tls) {
    flags |= MHD_USE_TLS;
    options.push_back({MHD_OPTION_HTTPS_MEM_CERT, 0, options_.certificate.data()});
    options.push_back({MHD_OPTION_HTTPS_MEM_KEY, 0, options_.key.data()});
    options.push_back({MHD_OPTION_HTTPS_MEM_TRUST, 0, options_.client_authority.data()});
  }
  options.push_back({MHD_OPTION_END, 0, nullptr});
  MHD_Daemon* daemon = MHD_start_daemon(
      flags, 0, nullptr, nullptr, &on_request, this, MHD_OPTION_EXTERNAL_LOGGER, &on_log, nullptr,
      MHD_OPTION_LISTEN_SOCKET, listener, MHD_OPTION_CONNECTION_LIMIT, kMaxConnections,
      MHD_OPTION_CONNECTION_MEMORY_LIMIT, kConnectionMemory, MHD_OPTION_NOTIFY_COMPLETED,
      &on_completed, this, MHD_OPTION_ARRAY, options.data(), MHD_OPTION_END);
  if (daemon == nullptr) {
    close(listener);
    return "cannot start the HTTP server; are the certificates readable?";
  }
  daemons_.push_back(daemon);
  const MHD_DaemonInfo* info = MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_EPOLL_FD);
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.fd = info->epoll_fd;
  if (epoll_ctl(epoll_, EPOLL_CTL_ADD, info->epoll_fd, &event) != 0) {
    return std::string("cannot watch a port: ") + std::strerror(errno);
  }
  return {};
}

void HttpFront::watch_for_hangup(int socket, Exchange* exchange) {
  waiting_[socket] = exchange;
  epoll_event event{};
  event.events = EPOLLRDHUP | EPOLLONESHOT;
  event.data.fd = socket;
  if (epoll_ctl(epoll_, EPOLL_CTL_ADD, socket, &event) != 0 && errno == EEXIST) {
    epoll_ctl(epoll_, EPOLL_CTL_MOD, socket, &event);
  }
}

void HttpFront::forget(int socket) {
  if (waiting_.erase(socket) > 0) epoll_ctl(epoll_, EPOLL_CTL_DEL, socket, nullptr);
}

int HttpFront::wait_ms(std::chrono::milliseconds longest) {
  const Clock::time_point now = Clock::now();
  std::chrono::milliseconds wait = longest;
  const Clock::time_point next = std::min(timers_.next(), next_tick_);
  if (next <= now) return 0;
  if (next < now + wait) wait = std::chrono::ceil<std::chrono::milliseconds>(next - now);
  for (MHD_Daemon* daemon : daemons_) {
    MHD_UNSIGNED_LONG_LONG theirs = 0;
    if (MHD_get_timeout(daemon, &theirs) == MHD_YES) {
      wait = std::min(wait, std::chrono::milliseconds(theirs));
    }
  }
  return static_cast<int>(wait.count());
}

void HttpFront::step(std::chrono::milliseconds longest) {
  std::array<epoll_event, 256> events{};
  const int count =
      epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), wait_ms(longest));
  for (int i = 0; i < count; ++i) {
    const auto found = waiting_.find(events[static_cast<std::size_t>(i)].data.fd);
    if (found != waiting_.end()) found->second->hung_up();
  }
  const Clock::time_point now = Clock::now();
  timers_.run(now);
  // A watch opened since may be due before the last answer of tick(): it is asked at least every
  // 100 ms.
  if (now >= next_tick_) {
    next_tick_ = std::min(server_.tick(now), now + std::chrono::milliseconds(100));
  }
  for (MHD_Daemon* daemon : daemons_) MHD_run(daemon);
}

void HttpFront::run(const sigset_t& until) {
  const int signals = signalfd(-1, &until, SFD_CLOEXEC | SFD_NONBLOCK);
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.fd = signals;
  epoll_ctl(epoll_, EPOLL_CTL_ADD, signals, &event);
  signalfd_siginfo info{};
  while (read(signals, &info, sizeof info) < 0) step(std::chrono::milliseconds(60'000));
  close(signals);
}

}  // namespace elector::tests::apiserver
