// SPDX-License-Identifier: Apache-2.0
// One HTTP exchange on a libcurl easy handle: configures the handle, collects the answer, explains
// the end.
#pragma once

#include <curl/curl.h>

#include <array>
#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/error.h"
#include "kube/auth/credentials.h"
#include "kube/config/connection.h"
#include "kube/config/url.h"
#include "kube/http/http_message.h"
#include "kube/http/turn_limit.h"

namespace elector::kube {

// What all requests of one client share.
struct ExchangeSetup {
  Connection connection;
  Url server;                // connection.server, parsed
  std::optional<Url> proxy;  // connection.proxy_url, parsed, if any
  std::string user_agent;
  std::vector<std::string> headers;  // for every request: "Name: value"
  std::chrono::seconds dead_peer{};  // see ClientOptions
  CURLSH* share = nullptr;           // TLS sessions
};

class HttpExchange {
 public:
  // The setup and the request must outlive this. The handle is new each time: that costs
  // microseconds, and after curl_easy_reset(3) the receive buffer is smaller than the handle
  // believes (libcurl 7.88).
  HttpExchange(const ExchangeSetup& setup, const HttpRequest& request);
  ~HttpExchange();
  HttpExchange(const HttpExchange&) = delete;
  HttpExchange& operator=(const HttpExchange&) = delete;

  // Sets all options on the handle. Fails with kConfig or kSystem.
  Failure prepare(const Auth& auth);
  // Hands out the answer's body as it arrives instead of collecting it, if the status is 2xx;
  // `on_news` is called from within libcurl when there is more.
  void deliver_pieces(std::function<void()> on_news) { on_news_ = std::move(on_news); }

  // Records the sockets that it opens in `sockets`, which must outlive this. Required before it
  // begins.
  void note_sockets(TurnSockets& sockets) { sockets_ = &sockets; }

  CURL* easy() const { return easy_; }

  // Whether any part of the request may have been sent to the server.
  bool on_the_wire() const { return on_the_wire_; }
  // Returns the body bytes received since the last call.
  std::string take_received() { return std::exchange(received_, {}); }

  // Returns the answer, or why there is none, once libcurl has reported the end. `cut_off`: see
  // CurlLink.
  HttpResponse result(CURLcode code, bool cut_off);
  // Whether that end was TLS refusing a certificate, the server's or the client's.
  bool failed_on_certificate(CURLcode code) const;
  // The header as received so far.
  const HttpResponse& header() const { return response_; }
  // Returns the answer for an exchange that has not ended: none, because of `error`.
  HttpResponse given_up(Error error) const;

 private:
  void set_limits();
  void set_address();
  void set_tls(const Auth& auth);
  void set_proxy_tls();
  void set_proxy();
  void set_request();
  bool set_headers(const Auth& auth);
  void take_out_secret(std::string& text) const;
  std::optional<std::string> field(const char* name, std::size_t index = 0) const;
  void read_header();
  bool read_body(std::string_view bytes);
  template <typename Value>
  void set(CURLoption option, Value value);

  static std::size_t on_header(char* data, std::size_t size, std::size_t count, void* self);
  static std::size_t on_body(char* data, std::size_t size, std::size_t count, void* self);
  static curl_socket_t on_open(void* self, curlsocktype purpose, curl_sockaddr* address);
  static int on_socket(void* self, curl_socket_t socket, curlsocktype purpose);
  static int on_start(void* self, char* remote, char* local, int remote_port, int local_port);

  CURL* easy_;
  TurnSockets* sockets_ = nullptr;
  const ExchangeSetup& setup_;
  const HttpRequest& request_;
  std::function<void()> on_news_;
  curl_slist* headers_ = nullptr;
  curl_slist* connect_to_ = nullptr;
  std::array<char, CURL_ERROR_SIZE> detail_{};
  CURLcode setup_failure_ = CURLE_OK;
  HttpResponse response_;
  std::string secret_;  // the Authorization header's value after the scheme
  std::string retry_after_;
  std::string location_;
  std::size_t header_bytes_ = 0;
  bool on_the_wire_ = false;
  bool opened_ = false;
  bool repeated_ = false;  // libcurl tried to send a write again
  int no_socket_ = 0;      // the errno of the last attempt to open one
  bool too_large_ = false;
  std::size_t dropped_ = 0;  // bytes of a body that is not kept
  std::string received_;
};

}  // namespace elector::kube
