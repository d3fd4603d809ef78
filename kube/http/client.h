// SPDX-License-Identifier: Apache-2.0
// HTTP to one API server, inside the program's event loop: the only place in elector that opens a
// connection.
//
// Passive, on a Poller: send() and stream() return at once, everything else happens in
// Poller::process(). No callback is ever run from within a call to this class. The program must
// ignore SIGPIPE.
//
// What it guarantees beyond HTTP: a write is put on the wire at most once, whatever happens to its
// connection (libcurl by itself repeats a request that met a connection which had just been closed;
// the first may have been carried out). Only an answer that shows that nothing was done is followed
// by another try: a 401, and a TLS connection that failed on a certificate, by one with credentials
// and an authority that are read again; and a 429, if the caller is patient
// (HttpRequest::patient_until). Redirects are not followed. And a connection on which a request
// timed out is not used again: the next request gets a new connection.
#pragma once

#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/error.h"
#include "core/time.h"
#include "kube/auth/credentials.h"
#include "kube/base/poller.h"
#include "kube/config/connection.h"
#include "kube/http/curl_link.h"
#include "kube/http/http_exchange.h"
#include "kube/http/http_message.h"

namespace elector::kube {

struct ClientOptions {
  std::string user_agent = "elector";
  // A connection ends when sent data is not acknowledged by the server's kernel for this long; an
  // idle connection is probed so that it is found dead after about the same time.
  std::chrono::seconds dead_peer{15};
};

class Client {
 public:
  using Id = std::uint64_t;  // never 0, not reused
  using Done = std::function<void(HttpResponse response)>;
  using Observer = std::function<void(std::string_view verb, int status)>;
  // One request in a form that a log may show: without secrets.
  struct Trace {
    std::string_view method;
    std::string_view url;
    int status = 0;  // 0: no answer
    std::chrono::milliseconds time{};
  };
  using Tracer = std::function<void(const Trace& trace)>;
  using Warner = std::function<void(const HttpRequest& request, const std::string& text)>;

  // Receives a long answer as it arrives. With a 2xx status: on_open, on_data any number of times,
  // on_end with an empty body; otherwise only on_end, with the answer's body. on_end is the last
  // call.
  struct StreamHandler {
    std::function<void()> on_open;
    std::function<void(std::string_view bytes)> on_data;
    Done on_end;
  };

  // The poller and the credentials must outlive this. Fails with kSystem if libcurl cannot be
  // started.
  static Expected<std::unique_ptr<Client>> create(Poller& poller, Connection connection,
                                                  Credentials& credentials,
                                                  ClientOptions options = {});
  // Ends everything; no further callback is called. Must not be called from a callback of this
  // class.
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  // `done` is called exactly once, unless the request is cancelled.
  Id send(HttpRequest request, Done done);
  // `idle` limits the silence between two pieces of the answer once it has begun (0: no limit).
  Id stream(HttpRequest request, StreamHandler handler, core::Duration idle);
  // Ends a request without any further callback; ignores an id that is over. May be called from any
  // callback.
  void cancel(Id id);
  // The same, but only if the request waits to be sent again (HttpRequest::patient_until): then
  // nothing is under way, and nothing was done. Returns whether that was so.
  bool cancel_postponed(Id id);

  // Abandons the present connections: streams on them end with an error, requests may still be
  // answered there, and everything that is sent from now on uses new ones.
  void drop_connections();

  // Calls `observer` for each answer with the method (WATCH for a stream that begins or fails to)
  // and the HTTP status, 0 without an answer.
  void observe(Observer observer) { observer_ = std::move(observer); }
  // Calls `tracer` for each request that was sent, when it is answered (a stream: when it begins)
  // or has failed; and `warner` for each warning in an answer, including repeated ones, with the
  // request that it is about.
  void trace(Tracer tracer) { tracer_ = std::move(tracer); }
  void warn(Warner warner) { warner_ = std::move(warner); }

  const Connection& connection() const { return setup_.connection; }
  // The user that the latest refusal for want of a permission named; "" before one.
  const std::string& refused_user() const { return refused_user_; }

 private:
  struct Transfer;

  Client(Poller& poller, Credentials& credentials, ExchangeSetup setup);
  Id start(std::unique_ptr<Transfer> transfer);
  void ask_credentials(Id id);
  void on_credentials(Id id, const Expected<Auth>& auth);
  Failure begin(Transfer& transfer, const Auth& auth);
  CurlLink& current_link();
  void on_progress(CurlLink& link);
  void deliver_streams();
  void deliver_stream(Id id);
  void on_finished(CurlLink::Finished finished);
  void on_time_out(Id id);
  bool postpone(Transfer& transfer, const HttpResponse& response);
  void try_again(Id id);
  void set_timer(Transfer& transfer, core::Duration delay);
  void leave_link(Transfer& transfer);
  void tell(Transfer& transfer, const HttpResponse& response);
  void drop_link();
  void finish(Id id, HttpResponse response);
  void finish_soon(Transfer& transfer, HttpResponse response);
  void sweep_soon();

  Poller& poller_;
  Credentials& credentials_;
  ExchangeSetup setup_;
  std::string refused_user_{};
  Observer observer_;
  Tracer tracer_;
  Warner warner_;
  std::list<CurlLink> links_;  // the last one is the present one
  bool need_new_link_ = true;  // there is none, or it was abandoned
  std::unordered_map<Id, std::unique_ptr<Transfer>> transfers_;
  std::vector<Id> with_news_;  // streams that have something to deliver
  std::uint64_t certificate_generation_ = 0;
  Id next_id_ = 1;
  Poller::TimerId sweep_timer_ = 0;
};

}  // namespace elector::kube
