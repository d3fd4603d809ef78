// SPDX-License-Identifier: Apache-2.0
#include "cmd/http/server.h"

#include <microhttpd.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <iterator>

#include "cmd/http/event_stream.h"
#include "cmd/http/host.h"
#include "cmd/http/limits.h"
#include "cmd/http/peer.h"
#include "cmd/http/request.h"
#include "kube/base/unique_fd.h"

namespace elector::cmd {
namespace {

constexpr core::Duration kSweepEvery = std::chrono::seconds(1);
constexpr int kAcceptsATurn = 16;
constexpr core::Duration kPause = std::chrono::seconds(1);  // without descriptors
// Connections already closed that libmicrohttpd still has to clean up.
constexpr unsigned kClosing = 16;

// Returns how many clients there are descriptors for, besides those that renewing takes.
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

}  // namespace

// The connections that have not given way yet, in the form that the rule takes.
struct HttpServer::Crowd {
  std::vector<HttpGuest> guests;
  std::vector<Client*> clients;  // with the same indexes

  std::size_t index_of(const Client& client) const {
    return static_cast<std::size_t>(std::find(clients.begin(), clients.end(), &client) -
                                    clients.begin());
  }
};

struct HttpServer::Hooks {
  static MHD_Result on_request(void* self, MHD_Connection* connection, const char* url,
                               const char* method, const char* version, const char*,
                               std::size_t* size, void** state) {
    // The first call comes after the header; bodies are discarded, because none is expected.
    static char whole;
    static char cut;
    if (*state != &whole && *state != &cut) {
      *state = is_cut_off(static_cast<const char*>(*state), version) ? &cut : &whole;
      return MHD_YES;
    }
    if (*size != 0) {
      *size = 0;
      return MHD_YES;
    }
    auto& server = *static_cast<HttpServer*>(self);
    const HttpTarget asked{.target = *state == &whole ? url : "", .version = version};
    return server.answer(connection, asked, method) ? MHD_YES : MHD_NO;
  }

  // Called first, with the target as sent. Returns where the target ends, which is on_request's
  // first state.
  static void* on_target(void*, const char* target, MHD_Connection*) {
    return const_cast<char*>(target + std::strlen(target));
  }

  static std::size_t on_encoded(void*, MHD_Connection*, char* text) { return percent_decode(text); }

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
    if (Client* client = client_of(connection)) {
      static_cast<HttpServer*>(self)->request_completed(*client);
    }
  }

  static Client* client_of(MHD_Connection* connection) {
    const MHD_ConnectionInfo* info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    return static_cast<Client*>(info->socket_context);
  }

  static void free_stream(void* stream) { delete static_cast<EventStream*>(stream); }

  static void silence(void*, const char*, va_list) {}
};

Expected<std::unique_ptr<HttpServer>> HttpServer::create(kube::Poller& poller,
                                                         const HttpAddress& address,
                                                         Routes routes) {
  std::unique_ptr<HttpServer> server(new HttpServer(poller, std::move(routes)));
  server->own_host_ = address.host;
  auto failure = server->listeners_.open(address);
  if (!failure) failure = server->start();
  if (failure) return *failure;
  return server;
}

Failure HttpServer::start() {
  most_clients_ = room_for_clients();
  // The time limits are elector's own: libmicrohttpd's restart with each byte that arrives.
  daemon_ = MHD_start_daemon(
      MHD_USE_EPOLL | MHD_USE_NO_LISTEN_SOCKET | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG, 0,
      nullptr, nullptr, &Hooks::on_request, this, MHD_OPTION_EXTERNAL_LOGGER, &Hooks::silence,
      nullptr, MHD_OPTION_CONNECTION_LIMIT, static_cast<unsigned>(kMaxConnections) + kClosing,
      MHD_OPTION_CONNECTION_MEMORY_LIMIT, kConnectionMemory, MHD_OPTION_NOTIFY_CONNECTION,
      &Hooks::on_connection, this, MHD_OPTION_NOTIFY_COMPLETED, &Hooks::on_completed, this,
      MHD_OPTION_UNESCAPE_CALLBACK, &Hooks::on_encoded, nullptr, MHD_OPTION_URI_LOG_CALLBACK,
      &Hooks::on_target, nullptr, MHD_OPTION_END);
  if (daemon_ == nullptr) {
    return Error{Error::Kind::kSystem, "--http: the HTTP server cannot be started"};
  }
  daemon_fd_ = MHD_get_daemon_info(daemon_, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd;
  if (auto failure = poller_.add(daemon_fd_, EPOLLIN, [this](std::uint32_t) { run(); })) {
    return failure;
  }
  for (const auto& socket : listeners_.sockets()) {
    const int fd = socket.get();
    if (auto failure = poller_.add(fd, EPOLLIN, [this, fd](std::uint32_t) { accept(fd); })) {
      return failure;
    }
  }
  return std::nullopt;
}

HttpServer::~HttpServer() {
  if (daemon_fd_ >= 0) poller_.remove(daemon_fd_);
  for (const auto& socket : listeners_.sockets()) poller_.remove(socket.get());
  if (daemon_ != nullptr) {
    // libmicrohttpd must not be stopped with suspended connections.
    for (EventStream* stream : streams_) stream->end();
    MHD_run(daemon_);
    MHD_stop_daemon(daemon_);
  }
  // Cancelled last, because the end of a stream starts one.
  poller_.cancel_timer(run_timer_);
  poller_.cancel_timer(sweep_timer_);
  poller_.cancel_timer(listen_timer_);
}

void HttpServer::publish() {
  for (EventStream* stream : streams_) stream->wake();
}

// ---- Connections --------------------------------------------------------------------------------

// Accepts waiting connections, a few at a time, so that a flood of them cannot hold up the loop.
void HttpServer::accept(int listener) {
  for (int i = 0; i < kAcceptsATurn; ++i) {
    sockaddr_storage peer{};
    socklen_t length = sizeof peer;
    kube::UniqueFd socket(::accept4(listener, reinterpret_cast<sockaddr*>(&peer), &length,
                                    SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (!socket) {
      if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) pause();
      break;
    }
    if (clients_.size() >= most_clients_ && !make_room()) continue;
    const int fd = socket.release();
    ::setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &kSendBuffer, sizeof kSendBuffer);
    arriving_ = {.peer = peer_of(fd, peer), .local = listeners_.is_loopback(listener)};
    // On failure libmicrohttpd closes the socket itself.
    MHD_add_connection(daemon_, fd, reinterpret_cast<sockaddr*>(&peer), length);
  }
  run();
}

// Out of descriptors: stops polling the listeners for a while, because the loop would report the
// waiting connections in each turn without being able to accept them.
void HttpServer::pause() {
  if (listen_timer_ != 0) return;
  for (const auto& socket : listeners_.sockets()) poller_.modify(socket.get(), 0);
  listen_timer_ = poller_.start_timer(kPause, [this] {
    listen_timer_ = 0;
    for (const auto& socket : listeners_.sockets()) poller_.modify(socket.get(), EPOLLIN);
  });
}

HttpServer::Crowd HttpServer::crowd() {
  Crowd crowd;
  for (Client& client : clients_) {
    if (client.leaving) continue;
    const SharedText& body = client.stream != nullptr ? client.stream->unread() : client.body;
    crowd.guests.push_back({.peer = client.peer,
                            .activity = client.activity,
                            .since = client.since,
                            .body = body.get(),
                            .size = body ? body->size() : 0});
    crowd.clients.push_back(&client);
  }
  return crowd;
}

// Ends the connection. libmicrohttpd notices when it runs next, and cleans up.
void HttpServer::dismiss(Client& client) {
  client.leaving = true;
  ::shutdown(client.fd, SHUT_RDWR);
  if (client.stream != nullptr) client.stream->end();
}

// Returns whether there is room for another connection. Requests that have arrived are answered
// first.
bool HttpServer::make_room() {
  MHD_run(daemon_);
  if (clients_.size() < most_clients_) return true;
  const Crowd all = crowd();
  const auto chosen = gives_way_to_connection(all.guests);
  if (!chosen) return false;
  dismiss(*all.clients[*chosen]);
  MHD_run(daemon_);
  return clients_.size() < most_clients_;
}

// Returns whether the client may follow a stream.
bool HttpServer::make_room_for_stream(const Client& client) {
  const Crowd all = crowd();
  const auto streams = std::count_if(all.guests.begin(), all.guests.end(), [](const auto& guest) {
    return guest.activity == HttpActivity::kStreaming;
  });
  if (static_cast<std::size_t>(streams) < most_streams(most_clients_)) return true;
  const auto chosen = gives_way_to_stream(all.guests, client.peer);
  if (chosen) dismiss(*all.clients[*chosen]);
  return chosen.has_value();
}

// Called when the client has a new body to read: all bodies together must stay within their limit.
void HttpServer::make_room_for_body(const Client& client) {
  for (;;) {
    const Crowd all = crowd();
    const auto chosen = gives_way_to_body(all.guests, all.index_of(client), kBodyMemory);
    if (!chosen) return;
    dismiss(*all.clients[*chosen]);
  }
}

void HttpServer::connected(MHD_Connection* connection, Client** slot) {
  const int fd = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
  arriving_.fd = fd;
  arriving_.since = kube::boot_now();
  clients_.push_back(std::exchange(arriving_, Client{}));
  clients_.back().self = std::prev(clients_.end());
  *slot = &clients_.back();
  arm_sweep();
}

void HttpServer::request_completed(Client& client) {
  client.activity = HttpActivity::kSilent;
  client.body.reset();
  client.since = kube::boot_now();
  clients_.splice(clients_.end(), clients_, client.self);
}

void HttpServer::disconnected(Client& client) {
  if (client.stream != nullptr) client.stream->disconnected();
  clients_.erase(client.self);
}

void HttpServer::stream_ended(EventStream& stream) {
  streams_.remove(&stream);
  for (Client& client : clients_) {
    if (client.stream == &stream) client.stream = nullptr;
  }
}

void HttpServer::run() {
  MHD_run(daemon_);
  answers_.begin_turn();
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

// Cuts connections that took too long: libmicrohttpd notices the end of the connection and cleans
// up.
void HttpServer::sweep() {
  const core::BootTime now = kube::boot_now();
  for (EventStream* stream : streams_) stream->sweep(now);
  for (const Client& client : clients_) {
    if (now - client.since < kRequestLimit) break;
    if (client.stream == nullptr) ::shutdown(client.fd, SHUT_RDWR);
  }
}

// ---- Requests -----------------------------------------------------------------------------------

bool HttpServer::answer(MHD_Connection* connection, const HttpTarget& asked,
                        const std::string& method) {
  Client* const client = Hooks::client_of(connection);
  if (client == nullptr || client->leaving) return false;
  const auto refuse = [&](int status, const std::string& why) {
    return send(connection, *client, method, refusal(status, why));
  };
  const MHD_ConnectionInfo* info =
      MHD_get_connection_info(connection, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
  if (info != nullptr && info->header_size > kHeaderLimit) {
    return refuse(431, "the header is larger than 8 KiB");
  }
  const std::vector<std::string> hosts = hosts_of(connection);
  HttpTarget request = asked;
  request.hosts = hosts;
  if (request.target.empty()) return refuse(400, "the path contains a NUL byte");
  if (!has_one_host(request)) return refuse(400, "the request must have exactly one Host field");
  if (client->local && answers_.checks_host() && !is_for_this_machine(request, own_host_)) {
    return refuse(421,
                  "the Host of a request to this address must be localhost, an IP address or the "
                  "host of --http");
  }
  const std::string path(path_of(request.target));
  const HttpRoutes::Source* const source = answers_.stream_at(path);
  if (source != nullptr && method == "GET" && make_room_for_stream(*client)) {
    return begin_stream(connection, *client, *source);
  }
  return send(connection, *client, method, answers_.reply_to(path, method));
}

bool HttpServer::send(MHD_Connection* connection, Client& client, const std::string& method,
                      SharedReply reply) {
  // The body belongs to the client until the request has ended. libmicrohttpd only reads it.
  MHD_Response* response = MHD_create_response_from_buffer(
      reply.body->size(), const_cast<char*>(reply.body->data()), MHD_RESPMEM_PERSISTENT);
  if (response == nullptr) return false;
  client.activity = HttpActivity::kAnswering;
  client.body = std::move(reply.body);
  if (client.body->size() > kConnectionMemory) make_room_for_body(client);
  MHD_add_response_header(response, "Content-Type", reply.content_type.c_str());
  MHD_add_response_header(response, "Cache-Control", "no-store");
  if (reply.status == 405 || (method == "OPTIONS" && client.body->empty())) {
    MHD_add_response_header(response, "Allow", "GET, HEAD, OPTIONS");
  }
  return queue(connection, reply.status, response);
}

bool HttpServer::begin_stream(MHD_Connection* connection, Client& client,
                              const HttpRoutes::Source& source) {
  const char* seen = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Last-Event-ID");
  constexpr std::size_t kBlock = 2048;
  EventStream::Handler handler{
      .event = [this, &source] { return answers_.event(source); },
      .on_long_text = [this, &client] { make_room_for_body(client); },
      .run_soon = [this] { run_soon(core::Duration(0)); },
      .on_end = [this](EventStream& stream) { stream_ended(stream); },
  };
  auto* stream = new EventStream(poller_, connection, client.fd, seen != nullptr ? seen : "",
                                 std::move(handler));
  streams_.push_back(stream);
  client.activity = HttpActivity::kStreaming;
  client.stream = stream;
  MHD_Response* response = MHD_create_response_from_callback(
      MHD_SIZE_UNKNOWN, kBlock, &EventStream::read, stream, &Hooks::free_stream);
  if (response == nullptr) {
    delete stream;
    return false;
  }
  MHD_add_response_header(response, "Content-Type", kEventStream);
  MHD_add_response_header(response, "Cache-Control", "no-store");
  return queue(connection, MHD_HTTP_OK, response);
}

}  // namespace elector::cmd
