// SPDX-License-Identifier: Apache-2.0
#include "kube/http/client.h"

#include <algorithm>
#include <cstdlib>
#include <optional>
#include <utility>

#include "kube/base/libraries.h"
#include "kube/http/api_status.h"

namespace elector::kube {
namespace {

std::string seconds_text(core::Duration duration) {
  const auto milliseconds = std::chrono::duration_cast<std::chrono::milliseconds>(duration).count();
  if (milliseconds % 1000 == 0) return std::to_string(milliseconds / 1000) + "s";
  return std::to_string(milliseconds) + "ms";
}

// When it is started, libcurl reads SSLKEYLOGFILE and then writes to that file what decrypts every
// connection, including the one that carries the credential. Programs that elector starts still get
// the variable.
class WithoutKeyLog {
 public:
  WithoutKeyLog() {
    if (const char* value = std::getenv(kName)) value_ = value;
    unsetenv(kName);
  }
  ~WithoutKeyLog() {
    if (value_) setenv(kName, value_->c_str(), 1);
  }
  WithoutKeyLog(const WithoutKeyLog&) = delete;
  WithoutKeyLog& operator=(const WithoutKeyLog&) = delete;

 private:
  static constexpr const char* kName = "SSLKEYLOGFILE";
  std::optional<std::string> value_;
};

}  // namespace

struct Client::Transfer {
  Id id = 0;
  HttpRequest request;
  Done done;                             // of send()
  std::optional<StreamHandler> handler;  // of stream()
  core::Duration idle{};
  bool open_told = false;

  Credentials::Ticket ticket = 0;
  Auth auth;
  bool postponed = false;               // waits to be sent again
  std::optional<HttpResponse> refused;  // the answer that caused this second try

  CurlLink* link = nullptr;  // null while waiting for credentials, and when it is over
  std::unique_ptr<HttpExchange> exchange;
  core::BootTime begun{};                    // of the exchange
  bool traced = false;                       // the tracer was called
  Poller::TimerId timer = 0;                 // the time limit, or the limit of silence
  std::optional<HttpResponse> final_answer;  // to be delivered by that timer
};

Expected<std::unique_ptr<Client>> Client::create(Poller& poller, Connection connection,
                                                 Credentials& credentials, ClientOptions options) {
  const Error out_of_memory{Error::Kind::kSystem, "libcurl cannot be started: out of memory"};
  start_libraries();
  {
    const WithoutKeyLog quiet;
    if (curl_global_init(CURL_GLOBAL_SSL) != CURLE_OK) return out_of_memory;
  }
  Expected<Url> server = parse_url(connection.server);
  if (!server) {
    return config_error("server \"" + connection.server + "\" " + server.error().message);
  }
  ExchangeSetup setup;
  setup.server = *server;
  if (!connection.proxy_url.empty()) {
    Expected<Url> proxy = parse_url(connection.proxy_url);
    if (!proxy) return config_error("proxy-url " + proxy.error().message);
    setup.proxy = std::move(*proxy);
  }
  setup.user_agent = std::move(options.user_agent);
  setup.headers = impersonation_headers(connection.impersonation);
  setup.dead_peer = options.dead_peer;
  setup.connection = std::move(connection);
  setup.share = curl_share_init();
  if (!setup.share) return out_of_memory;
  curl_share_setopt(setup.share, CURLSHOPT_SHARE, CURL_LOCK_DATA_SSL_SESSION);
  return std::unique_ptr<Client>(new Client(poller, credentials, std::move(setup)));
}

Client::Client(Poller& poller, Credentials& credentials, ExchangeSetup setup)
    : poller_(poller), credentials_(credentials), setup_(std::move(setup)) {}

Client::~Client() {
  while (!transfers_.empty()) cancel(transfers_.begin()->first);
  poller_.cancel_timer(sweep_timer_);
  links_.clear();
  curl_share_cleanup(setup_.share);
}

Client::Id Client::send(HttpRequest request, Done done) {
  auto transfer = std::make_unique<Transfer>();
  transfer->request = std::move(request);
  transfer->done = std::move(done);
  return start(std::move(transfer));
}

Client::Id Client::stream(HttpRequest request, StreamHandler handler, core::Duration idle) {
  auto transfer = std::make_unique<Transfer>();
  transfer->request = std::move(request);
  transfer->handler = std::move(handler);
  transfer->idle = idle;
  return start(std::move(transfer));
}

Client::Id Client::start(std::unique_ptr<Transfer> transfer) {
  const Id id = next_id_++;
  transfer->id = id;
  core::Duration& timeout = transfer->request.timeout;
  const core::Duration asked = connection().request_timeout.value_or(std::chrono::milliseconds(0));
  if (asked > core::Duration::zero()) {
    timeout = timeout > core::Duration::zero() ? std::min(timeout, asked) : asked;
  }
  set_timer(*transfer, timeout);
  transfers_.emplace(id, std::move(transfer));
  ask_credentials(id);
  return id;
}

void Client::ask_credentials(Id id) {
  // The callback may run at once, and destroy the transfer.
  const Credentials::Ticket ticket =
      credentials_.get([this, id](const Expected<Auth>& auth) { on_credentials(id, auth); });
  const auto found = transfers_.find(id);
  if (found != transfers_.end()) found->second->ticket = ticket;
}

void Client::on_credentials(Id id, const Expected<Auth>& auth) {
  const auto found = transfers_.find(id);
  if (found == transfers_.end()) return;
  Transfer& transfer = *found->second;
  transfer.ticket = 0;
  if (transfer.refused) {
    const bool anew = auth && (auth->authorization != transfer.auth.authorization ||
                               auth->generation != transfer.auth.generation);
    if (!anew) {
      finish_soon(transfer, std::move(*transfer.refused));
      return;
    }
  }
  Failure failure;
  if (!auth) {
    failure = auth.error();
  } else {
    transfer.auth = *auth;
    failure = begin(transfer, *auth);
  }
  if (!failure) return;
  HttpResponse response;
  response.error = std::move(failure);
  finish_soon(transfer, std::move(response));
}

Failure Client::begin(Transfer& transfer, const Auth& auth) {
  if (auth.generation != certificate_generation_) {
    // A connection was made with one certificate, and checked against the authority of that time.
    // The TLS sessions in the share may stay: libcurl resumes one only with the authority and
    // certificate that it was made with (Curl_ssl_config_matches).
    drop_link();
    certificate_generation_ = auth.generation;
    if (auth.authority) setup_.connection.tls.ca_pem = *auth.authority;
  }
  transfer.exchange = std::make_unique<HttpExchange>(setup_, transfer.request);
  transfer.begun = boot_now();
  transfer.traced = false;
  CURL* const easy = transfer.exchange->easy();
  if (Failure failure = transfer.exchange->prepare(auth)) return failure;
  curl_easy_setopt(easy, CURLOPT_PRIVATE, static_cast<void*>(&transfer));
  if (transfer.handler) {
    transfer.exchange->deliver_pieces([this, id = transfer.id] { with_news_.push_back(id); });
  }
  CurlLink& link = current_link();
  transfer.exchange->note_sockets(link.sockets());
  if (Failure failure = link.add(easy)) return failure;
  transfer.link = &link;
  return {};
}

CurlLink& Client::current_link() {
  if (need_new_link_) {
    links_.emplace_back(poller_, [this](CurlLink& link) { on_progress(link); });
    need_new_link_ = false;
  }
  return links_.back();
}

void Client::on_progress(CurlLink& link) {
  deliver_streams();
  while (const auto finished = link.next_finished()) on_finished(*finished);
  if (link.cut_off() && !need_new_link_ && &link == &links_.back()) drop_link();
}

void Client::deliver_streams() {
  while (!with_news_.empty()) {
    const std::vector<Id> with_news = std::exchange(with_news_, {});
    for (const Id id : with_news) deliver_stream(id);
  }
}

void Client::deliver_stream(Id id) {
  // Each callback may cancel the stream, so it is looked up again after each.
  const auto find = [this, id]() -> Transfer* {
    const auto found = transfers_.find(id);
    return found == transfers_.end() || !found->second->link ? nullptr : found->second.get();
  };
  Transfer* transfer = find();
  if (!transfer) return;
  set_timer(*transfer, transfer->idle);
  if (!transfer->open_told) {
    transfer->open_told = true;
    if (observer_) observer_("WATCH", 200);
    tell(*transfer, transfer->exchange->header());
    if (const auto on_open = transfer->handler->on_open) on_open();
    transfer = find();
    if (!transfer) return;
  }
  const std::string bytes = transfer->exchange->take_received();
  if (bytes.empty()) return;
  const auto on_data = transfer->handler->on_data;
  on_data(bytes);
}

void Client::on_finished(CurlLink::Finished finished) {
  char* known = nullptr;
  curl_easy_getinfo(finished.easy, CURLINFO_PRIVATE, &known);
  auto& transfer = *reinterpret_cast<Transfer*>(known);
  const bool distrust = transfer.exchange->failed_on_certificate(finished.result);
  HttpResponse response = transfer.exchange->result(finished.result, transfer.link->cut_off());
  tell(transfer, response);
  leave_link(transfer);
  const bool denied = response.status == 401 && !response.error;
  if (distrust) credentials_.distrust(transfer.auth.generation);
  // A client certificate may be refused after the request has left (RFC 8446 4.6.2, and TLS 1.3's
  // order in general); this class must not repeat a write of unknown fate.
  const bool repeatable = !response.maybe_done || !changes_something(transfer.request);
  if (!transfer.refused && (denied || (distrust && repeatable))) {
    if (denied) credentials_.invalidate(transfer.auth.serial);
    transfer.refused = std::move(response);
    ask_credentials(transfer.id);
    return;
  }
  if (response.status != 0 && response.status != 401) {
    credentials_.accepted(transfer.auth.serial);
  }
  if (!postpone(transfer, response)) finish(transfer.id, std::move(response));
}

// Schedules the request to be sent again, if the API asks for that and the caller has the time.
bool Client::postpone(Transfer& transfer, const HttpResponse& response) {
  if (transfer.handler) return false;
  const auto pause = pause_before_retry(transfer.request, response);
  if (!pause || boot_now() + *pause >= transfer.request.patient_until) return false;
  if (observer_) observer_(transfer.request.method, response.status);
  poller_.cancel_timer(transfer.timer);
  transfer.postponed = true;
  transfer.timer = poller_.start_timer(*pause, [this, id = transfer.id] { try_again(id); });
  return true;
}

void Client::try_again(Id id) {
  const auto found = transfers_.find(id);
  if (found == transfers_.end()) return;
  Transfer& transfer = *found->second;
  transfer.timer = 0;
  transfer.postponed = false;
  transfer.refused.reset();
  set_timer(transfer, transfer.request.timeout);
  ask_credentials(id);
}

bool Client::cancel_postponed(Id id) {
  const auto found = transfers_.find(id);
  if (found == transfers_.end() || !found->second->postponed) return false;
  cancel(id);
  return true;
}

void Client::set_timer(Transfer& transfer, core::Duration delay) {
  poller_.cancel_timer(std::exchange(transfer.timer, 0));
  if (delay <= core::Duration(0)) return;
  transfer.timer = poller_.start_timer(delay, [this, id = transfer.id] { on_time_out(id); });
}

void Client::on_time_out(Id id) {
  const auto found = transfers_.find(id);
  if (found == transfers_.end()) return;
  Transfer& transfer = *found->second;
  transfer.timer = 0;
  if (transfer.refused && !transfer.exchange) {
    finish(id, std::move(*transfer.refused));
    return;
  }
  const std::string& server = setup_.connection.server;
  if (!transfer.exchange && credentials_.asks_person()) {
    set_timer(transfer, transfer.request.timeout);
    return;
  }
  if (!transfer.exchange) {
    HttpResponse response;
    response.error = Error{Error::Kind::kTimeout, "no credentials for " + server + " within " +
                                                      seconds_text(transfer.request.timeout)};
    finish(id, std::move(response));
    return;
  }
  const core::Duration limit = transfer.open_told ? transfer.idle : transfer.request.timeout;
  const char* const what =
      transfer.exchange->on_the_wire() ? "no answer from " : "no connection to ";
  HttpResponse response = transfer.exchange->given_up(
      {Error::Kind::kTimeout, what + server + " within " + seconds_text(limit)});
  const bool present = transfer.link && transfer.link == &links_.back();
  tell(transfer, response);
  leave_link(transfer);
  if (present) drop_link();
  finish(id, std::move(response));
}

void Client::tell(Transfer& transfer, const HttpResponse& response) {
  if (std::exchange(transfer.traced, true)) return;
  if (warner_) {
    for (const std::string& text : response.warnings) warner_(transfer.request, text);
  }
  if (!tracer_) return;
  const HttpRequest& request = transfer.request;
  const std::string url = setup_.server.text() + request.path + query_string(request.query);
  tracer_(
      {.method = request.method,
       .url = url,
       .status = response.status,
       .time = std::chrono::duration_cast<std::chrono::milliseconds>(boot_now() - transfer.begun)});
}

void Client::leave_link(Transfer& transfer) {
  if (!transfer.exchange) return;
  if (transfer.link) {
    transfer.link->remove(transfer.exchange->easy());
    if (transfer.link != &links_.back() || need_new_link_) sweep_soon();
    transfer.link = nullptr;
  }
  transfer.exchange.reset();
}

void Client::drop_connections() {
  drop_link();
}

void Client::drop_link() {
  if (need_new_link_) return;
  need_new_link_ = true;
  const CurlLink* const dropped = &links_.back();
  for (const auto& [id, transfer] : transfers_) {
    if (transfer->link != dropped || !transfer->handler) continue;
    finish_soon(*transfer,
                transfer->exchange->given_up(
                    {Error::Kind::kNetwork, "the connection to " + setup_.connection.server +
                                                " was closed: no sign of life"}));
  }
  sweep_soon();
}

void Client::finish(Id id, HttpResponse response) {
  const auto found = transfers_.find(id);
  if (found == transfers_.end()) return;
  const std::unique_ptr<Transfer> transfer = std::move(found->second);
  transfers_.erase(found);
  leave_link(*transfer);
  poller_.cancel_timer(transfer->timer);
  credentials_.forget(transfer->ticket);
  if (observer_ && !transfer->open_told) {
    observer_(transfer->handler ? "WATCH" : transfer->request.method, response.status);
  }
  if (auto user = kube::refused_user(response); !user.empty()) refused_user_ = std::move(user);
  const Done& done = transfer->handler ? transfer->handler->on_end : transfer->done;
  if (done) done(std::move(response));
}

void Client::finish_soon(Transfer& transfer, HttpResponse response) {
  leave_link(transfer);
  poller_.cancel_timer(transfer.timer);
  transfer.final_answer = std::move(response);
  transfer.timer = poller_.start_timer(core::Duration(0), [this, id = transfer.id] {
    const auto found = transfers_.find(id);
    if (found == transfers_.end()) return;
    found->second->timer = 0;
    finish(id, std::move(*found->second->final_answer));
  });
}

void Client::cancel(Id id) {
  const auto found = transfers_.find(id);
  if (found == transfers_.end()) return;
  const std::unique_ptr<Transfer> transfer = std::move(found->second);
  transfers_.erase(found);
  leave_link(*transfer);
  poller_.cancel_timer(transfer->timer);
  credentials_.forget(transfer->ticket);
}

void Client::sweep_soon() {
  if (sweep_timer_ != 0) return;
  sweep_timer_ = poller_.start_timer(core::Duration(0), [this] {
    sweep_timer_ = 0;
    const CurlLink* const present = need_new_link_ || links_.empty() ? nullptr : &links_.back();
    links_.remove_if(
        [present](const CurlLink& link) { return &link != present && link.transfers() == 0; });
  });
}

}  // namespace elector::kube
