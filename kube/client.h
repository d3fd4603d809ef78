// HTTP to one API server, inside the program's event loop: the only place in elector that opens a
// connection.
//
// Passive, on a Poller: send() and stream() return at once, everything else happens in
// Poller::process(). No callback is ever run from within a call to this class. The program must
// ignore SIGPIPE.
//
// What it promises beyond HTTP: a write is put on the wire at most once, whatever happens to its
// connection (libcurl by itself repeats a request that met a connection which had just been closed;
// the first may have been carried out). Only an answer that says that nothing was done is followed
// by another try: a 401, and a TLS connection that failed on a certificate, by one with credentials
// and an authority that are read anew; and a 429, where the caller is patient
// (HttpRequest::patient_until). Redirects are not followed. And a connection on which a request
// timed out serves no other request: the next one gets a new connection.
#pragma once

#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/time.h"
#include "kube/connection.h"
#include "kube/credentials.h"
#include "kube/curl_link.h"
#include "kube/error.h"
#include "kube/http_exchange.h"
#include "kube/http_message.h"
#include "kube/poller.h"

namespace elector::kube {

struct ClientOptions {
  std::string user_agent = "elector";
  // What was sent and is not acknowledged by the server's kernel for this long ends the connection;
  // an idle connection is probed so that it is found dead after about the same time.
  std::chrono::seconds dead_peer{15};
};

class Client {
 public:
  using Id = std::uint64_t;  // never 0, not used twice
  using Done = std::function<void(HttpResponse response)>;
  using Observer = std::function<void(std::string_view verb, int status)>;
  // One request as a log may show it: nothing in it is secret.
  struct Trace {
    std::string_view method;
    std::string_view url;
    int status = 0;  // 0: there is no answer
    std::chrono::milliseconds time{};
  };
  using Tracer = std::function<void(const Trace& trace)>;
  using Warner = std::function<void(const HttpRequest& request, const std::string& text)>;

  // A long answer that is read while it comes. With a 2xx status: on_open, on_data any number of
  // times, on_end with an empty body; else on_end alone, with the answer's body. on_end is the last
  // call.
  struct StreamHandler {
    std::function<void()> on_open;
    std::function<void(std::string_view bytes)> on_data;
    Done on_end;
  };

  // The poller and the credentials must outlive this. Fails with kSystem when libcurl cannot be
  // started.
  static Expected<std::unique_ptr<Client>> create(Poller& poller, Connection connection,
                                                  Credentials& credentials,
                                                  ClientOptions options = {});
  // Ends everything; no callback is called any more. Not to be called from a callback of this
  // class.
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  // `done` is called exactly once, unless the request is cancelled.
  Id send(HttpRequest request, Done done);
  // `idle` limits the silence between two pieces of the answer once it has begun (0: none).
  Id stream(HttpRequest request, StreamHandler handler, core::Duration idle);
  // Ends a request without any further callback; ignores an id that is over. May come from any
  // callback.
  void cancel(Id id);
  // The same, but only if it waits to be sent again (HttpRequest::patient_until): nothing of it is
  // under way then, and nothing was done. Returns whether that was so.
  bool cancel_postponed(Id id);

  // Gives up the present connections: streams on them end with an error, requests may still be
  // answered there, everything that is sent from now on goes over new ones.
  void drop_connections();

  // `observer` is told of each answer: the method, WATCH for a stream that begins or fails to, and
  // the HTTP status, 0 without one.
  void observe(Observer observer) { observer_ = std::move(observer); }
  // `tracer` is told of each request that was sent: when it is answered (a stream: when it begins),
  // or has failed. `warner` is called with each warning that an answer carries, repeated
  // ones too, and with the request that it is about.
  void trace(Tracer tracer) { tracer_ = std::move(tracer); }
  void warn(Warner warner) { warner_ = std::move(warner); }

  const Connection& connection() const { return setup_.connection; }

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
  Observer observer_;
  Tracer tracer_;
  Warner warner_;
  std::list<CurlLink> links_;  // the last one is the present one
  bool need_new_link_ = true;  // unless it was given up
  std::unordered_map<Id, std::unique_ptr<Transfer>> transfers_;
  std::vector<Id> with_news_;  // streams that have something to deliver
  std::uint64_t certificate_generation_ = 0;
  Id next_id_ = 1;
  Poller::TimerId sweep_timer_ = 0;
};

}  // namespace elector::kube
