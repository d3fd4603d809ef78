// See http_server.h.
#include "cmd/http_server.h"

#include <microhttpd.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cassert>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <iterator>

#include "cmd/http_limits.h"
#include "cmd/http_stream.h"
#include "cmd/log.h"

namespace elector::cmd {
namespace {

constexpr const char* kEventStream = "text/event-stream";
constexpr core::Duration kSweepEvery = std::chrono::seconds(1);
constexpr int kAcceptsATurn = 16;
constexpr core::Duration kPause = std::chrono::seconds(1);  // without descriptors
// Connections that are closed already and that libmicrohttpd is still to clean up.
constexpr unsigned kClosing = 16;

std::string message(const std::string& text) {
  return "{\"message\":" + json_string(text) + "}";
}

// As many as there are descriptors for, besides those that renewing takes.
std::size_t room_for_clients() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return kMaxConnections;
  const std::size_t all = limit.rlim_cur;
  const std::size_t room = all > kReservedDescriptors ? all - kReservedDescriptors : 0;
  return std::clamp(room, kFewestConnections, kMaxConnections);
}

// False closes the connection.
bool queue(MHD_Connection* connection, int status, MHD_Response* response) {
  const MHD_Result queued = MHD_queue_response(connection, static_cast<unsigned>(status), response);
  MHD_destroy_response(response);
  return queued == MHD_YES;
}

// A target in absolute form, as for a proxy, means its path (RFC 9112, section 3.2.2).
std::string path_of(const std::string& target) {
  constexpr std::string_view kScheme = "http://";
  if (!target.starts_with(kScheme)) return target;
  const std::size_t slash = target.find('/', kScheme.size());
  return slash == std::string::npos ? "/" : target.substr(slash);
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
    return static_cast<HttpServer*>(self)->answer(connection, url, method) ? MHD_YES : MHD_NO;
  }

  static void on_connection(void* self, MHD_Connection* connection, void** slot,
                            MHD_ConnectionNotificationCode what) {
    auto& server = *static_cast<HttpServer*>(self);
    auto** client = reinterpret_cast<Client**>(slot);
    if (what == MHD_CONNECTION_NOTIFY_STARTED) return server.connected(connection, client);
    if (*client != nullptr) server.disconnected(**client);
    *client = nullptr;
  }

  static void on_completed(void* self, MHD_Connection* connection, void**,
                           MHD_RequestTerminationCode) {
    const MHD_ConnectionInfo* info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    auto* client = static_cast<Client*>(info->socket_context);
    if (client != nullptr) static_cast<HttpServer*>(self)->request_completed(*client);
  }

  static void free_stream(void* stream) { delete static_cast<HttpStream*>(stream); }

  static void silence(void*, const char*, va_list) {}
};

kube::Expected<std::unique_ptr<HttpServer>> HttpServer::create(kube::Poller& poller,
                                                               const HttpAddress& address,
                                                               Routes routes) {
  std::unique_ptr<HttpServer> server(new HttpServer(poller, std::move(routes)));
  auto failure = server->listeners_.open(address);
  if (!failure) failure = server->start();
  if (failure) return *failure;
  return server;
}

kube::Failure HttpServer::start() {
  most_clients_ = room_for_clients();
  // The time limits are ours: libmicrohttpd's begin anew with each byte that comes.
  daemon_ = MHD_start_daemon(
      MHD_USE_EPOLL | MHD_USE_NO_LISTEN_SOCKET | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG, 0,
      nullptr, nullptr, &Hooks::on_request, this, MHD_OPTION_EXTERNAL_LOGGER, &Hooks::silence,
      nullptr, MHD_OPTION_CONNECTION_LIMIT, static_cast<unsigned>(kMaxConnections) + kClosing,
      MHD_OPTION_CONNECTION_MEMORY_LIMIT, kConnectionMemory, MHD_OPTION_NOTIFY_CONNECTION,
      &Hooks::on_connection, this, MHD_OPTION_NOTIFY_COMPLETED, &Hooks::on_completed, this,
      MHD_OPTION_END);
  if (daemon_ == nullptr) {
    return kube::Error{kube::Error::Kind::kSystem, "--http: the HTTP server cannot be started"};
  }
  daemon_fd_ = MHD_get_daemon_info(daemon_, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd;
  if (auto failure = poller_.add(daemon_fd_, EPOLLIN, [this](std::uint32_t) { run(); })) {
    return failure;
  }
  for (const int fd : listeners_.descriptors()) {
    if (auto failure = poller_.add(fd, EPOLLIN, [this, fd](std::uint32_t) { accept(fd); })) {
      return failure;
    }
  }
  return std::nullopt;
}

HttpServer::~HttpServer() {
  if (daemon_fd_ >= 0) poller_.remove(daemon_fd_);
  for (const int fd : listeners_.descriptors()) poller_.remove(fd);
  if (daemon_ != nullptr) {
    // libmicrohttpd must not be stopped with suspended connections.
    for (HttpStream* stream : streams_) stream->end();
    MHD_run(daemon_);
    MHD_stop_daemon(daemon_);
  }
  // Last: the end of a stream starts one.
  poller_.cancel_timer(run_timer_);
  poller_.cancel_timer(sweep_timer_);
  poller_.cancel_timer(listen_timer_);
}

void HttpServer::publish() {
  for (HttpStream* stream : streams_) stream->wake();
}

// ---- Connections --------------------------------------------------------------------------------

// Takes what waits, at most a few at a time, so that a flood of connections cannot hold up the
// loop.
void HttpServer::accept(int listener) {
  for (int i = 0; i < kAcceptsATurn; ++i) {
    sockaddr_storage peer{};
    socklen_t length = sizeof peer;
    const int fd = ::accept4(listener, reinterpret_cast<sockaddr*>(&peer), &length,
                             SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd < 0) {
      if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) pause();
      break;
    }
    if (clients_.size() >= most_clients_ && !make_room()) {
      ::close(fd);
      continue;
    }
    // On failure libmicrohttpd closes the socket itself.
    MHD_add_connection(daemon_, fd, reinterpret_cast<sockaddr*>(&peer), length);
  }
  run();
}

// Who waits would be reported in each turn of the loop, while there is nothing to take him with.
void HttpServer::pause() {
  if (listen_timer_ != 0) return;
  for (const int fd : listeners_.descriptors()) poller_.modify(fd, 0);
  listen_timer_ = poller_.start_timer(kPause, [this] {
    listen_timer_ = 0;
    for (const int fd : listeners_.descriptors()) poller_.modify(fd, EPOLLIN);
  });
}

// Silent connections must not keep others out: probes above all, whose failure ends the pod.
bool HttpServer::make_room() {
  for (const Client& client : clients_) {
    if (kube::boot_now() - client.since < kGivesWayAfter) return false;
    if (client.streams) continue;
    ::shutdown(client.fd, SHUT_RDWR);
    MHD_run(daemon_);
    return clients_.size() < most_clients_;
  }
  return false;
}

void HttpServer::connected(MHD_Connection* connection, Client** slot) {
  const int fd = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
  clients_.push_back({.fd = fd, .since = kube::boot_now()});
  clients_.back().self = std::prev(clients_.end());
  *slot = &clients_.back();
  arm_sweep();
}

void HttpServer::request_completed(Client& client) {
  client.streams = false;
  client.since = kube::boot_now();
  clients_.splice(clients_.end(), clients_, client.self);
}

void HttpServer::disconnected(Client& client) {
  clients_.erase(client.self);
}

void HttpServer::run() {
  MHD_run(daemon_);
  MHD_UNSIGNED_LONG_LONG milliseconds = 0;
  if (MHD_get_timeout(daemon_, &milliseconds) != MHD_YES) return;
  run_soon(std::chrono::milliseconds(milliseconds));
}

void HttpServer::run_soon(core::Duration delay) {
  if (run_timer_ != 0) return;
  run_timer_ = poller_.start_timer(delay, [this] {
    run_timer_ = 0;
    run();
  });
}

void HttpServer::arm_sweep() {
  if (sweep_timer_ != 0) return;
  sweep_timer_ = poller_.start_timer(kSweepEvery, [this] {
    sweep_timer_ = 0;
    sweep();
    if (!clients_.empty()) arm_sweep();
  });
}

// Cuts off who took too long: libmicrohttpd sees the end of the connection, and cleans up.
void HttpServer::sweep() {
  const core::BootTime now = kube::boot_now();
  for (HttpStream* stream : streams_) stream->sweep(now);
  for (const Client& client : clients_) {
    if (now - client.since < kRequestLimit) break;
    if (!client.streams) ::shutdown(client.fd, SHUT_RDWR);
  }
}

// ---- Requests -----------------------------------------------------------------------------------

HttpReply HttpServer::reply_to(const std::string& path, const std::string& method) const {
  HttpReply reply{.status = 200, .content_type = "application/json", .body = {}};
  const auto page = routes_.pages.find(path);
  const bool streams = routes_.streams.contains(path);
  if (method == "OPTIONS" && path == "*") return reply;
  if (page == routes_.pages.end() && !streams) {
    reply.status = 404;
    reply.body = message("no such page: " + path);
  } else if (method != "GET" && method != "HEAD" && method != "OPTIONS") {
    reply.status = 405;
    reply.body = message("only GET, HEAD and OPTIONS are answered here");
  } else if (!streams) {
    reply = page->second();
  } else if (method == "GET") {
    reply.status = 503;
    reply.body = message("there are too many streams");
  } else {
    reply.content_type = kEventStream;
  }
  return reply;
}

bool HttpServer::answer(MHD_Connection* connection, const std::string& target,
                        const std::string& method) {
  const std::string path = path_of(target);
  const MHD_ConnectionInfo* info =
      MHD_get_connection_info(connection, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
  const bool too_long = info != nullptr && info->header_size > kHeaderLimit;
  const auto stream = routes_.streams.find(path);
  if (stream != routes_.streams.end() && method == "GET" && !too_long &&
      streams_.size() < most_streams(most_clients_)) {
    return begin_stream(connection, stream->second);
  }
  HttpReply reply;
  if (too_long) {
    reply = {.status = 431,
             .content_type = "application/json",
             .body = message("the header has more than 8 KiB")};
  } else {
    reply = reply_to(path, method);
  }
  if (method == "OPTIONS") reply.body.clear();
  MHD_Response* response =
      MHD_create_response_from_buffer(reply.body.size(), reply.body.data(), MHD_RESPMEM_MUST_COPY);
  if (response == nullptr) return false;
  MHD_add_response_header(response, "Content-Type", reply.content_type.c_str());
  MHD_add_response_header(response, "Cache-Control", "no-store");
  if (reply.status == 405 || method == "OPTIONS") {
    MHD_add_response_header(response, "Allow", "GET, HEAD, OPTIONS");
  }
  return queue(connection, reply.status, response);
}

bool HttpServer::begin_stream(MHD_Connection* connection, const Source& source) {
  const char* seen = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Last-Event-ID");
  constexpr std::size_t kBlock = 2048;
  auto* stream = new HttpStream(*this, connection, source, seen != nullptr ? seen : "");
  MHD_Response* response = MHD_create_response_from_callback(
      MHD_SIZE_UNKNOWN, kBlock, &HttpStream::read, stream, &Hooks::free_stream);
  if (response == nullptr) {
    delete stream;
    return false;
  }
  MHD_add_response_header(response, "Content-Type", kEventStream);
  MHD_add_response_header(response, "Cache-Control", "no-store");
  const MHD_ConnectionInfo* info =
      MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
  if (auto* client = static_cast<Client*>(info->socket_context)) client->streams = true;
  return queue(connection, MHD_HTTP_OK, response);
}

}  // namespace elector::cmd
