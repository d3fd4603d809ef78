// SPDX-License-Identifier: Apache-2.0
#include "kube/http/http_exchange.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <utility>

#include "kube/base/host_port.h"
#include "kube/base/text.h"
#include "kube/config/environment.h"
#include "kube/http/server_check.h"
#include "kube/http/transport_error.h"
#include "kube/http/warning_header.h"

namespace elector::kube {
namespace {

constexpr std::size_t kMaxHeaderBytes = 64UL << 10U;
constexpr long kReceiveBuffer = 4096;  // lock objects are small; large ones arrive in pieces
constexpr long kUploadBuffer = 16384;  // libcurl's minimum

std::string printable(std::string_view text) {
  std::string clean(text.substr(0, 200));
  for (char& c : clean) {
    if (c < ' ' || c > '~') c = '?';
  }
  return clean;
}

curl_blob blob(const std::string& text) {
  // libcurl makes its own copy; its interface lacks the const.
  return {const_cast<char*>(text.data()), text.size(), CURL_BLOB_COPY};
}

// Returns an identifier that is safe in a log: the API's is a UUID, but a client may send another.
std::string audit_id(const std::string& text) {
  constexpr std::size_t kLongest = 64;
  const bool plain = std::all_of(text.begin(), text.end(), [](char c) {
    return is_alphanumeric(c) || c == '-' || c == '_' || c == '.';
  });
  return plain && text.size() <= kLongest ? text : "";
}

}  // namespace

HttpExchange::HttpExchange(const ExchangeSetup& setup, const HttpRequest& request)
    : easy_(curl_easy_init()), setup_(setup), request_(request) {}

HttpExchange::~HttpExchange() {
  if (easy_) curl_easy_cleanup(easy_);
  curl_slist_free_all(headers_);
  curl_slist_free_all(connect_to_);
}

template <typename Value>
void HttpExchange::set(CURLoption option, Value value) {
  const CURLcode result = curl_easy_setopt(easy_, option, value);
  if (result != CURLE_OK && setup_failure_ == CURLE_OK) setup_failure_ = result;
}

Failure HttpExchange::prepare(const Auth& auth) {
  if (!easy_) return Error{Error::Kind::kSystem, "out of memory"};
  set(CURLOPT_ERRORBUFFER, detail_.data());
  set(CURLOPT_NOSIGNAL, 1L);
#if LIBCURL_VERSION_NUM >= 0x075700
  set(CURLOPT_QUICK_EXIT,
      1L);  // a name that is still being resolved must not block us when we give up
#endif
  set(CURLOPT_PROTOCOLS_STR, "http,https");
  set(CURLOPT_FOLLOWLOCATION, 0L);
  set(CURLOPT_SHARE, setup_.share);
  set(CURLOPT_HEADERFUNCTION, &HttpExchange::on_header);
  set(CURLOPT_HEADERDATA, static_cast<void*>(this));
  set(CURLOPT_WRITEFUNCTION, &HttpExchange::on_body);
  set(CURLOPT_WRITEDATA, static_cast<void*>(this));
  set(CURLOPT_PREREQFUNCTION, &HttpExchange::on_start);
  set(CURLOPT_PREREQDATA, static_cast<void*>(this));
  set_limits();
  set_address();
  set_tls(auth);
  set_proxy();
  set_request();
  if (!set_headers(auth) || setup_failure_ == CURLE_OUT_OF_MEMORY) {
    return Error{Error::Kind::kSystem, "out of memory"};
  }
  if (setup_failure_ != CURLE_OK) {
    return Error{Error::Kind::kConfig, "libcurl cannot be set up for " + setup_.connection.server +
                                           ": " + curl_easy_strerror(setup_failure_)};
  }
  return {};
}

void HttpExchange::set_limits() {
  // The client limits the time of the whole request: libcurl's clock stands still while the machine
  // sleeps.
  set(CURLOPT_CONNECTTIMEOUT, 30L);
  // If one of a name's addresses refuses, libcurl tries the next, but it waits for a silent one
  // longer than elector's requests last. The next request then uses a new link, which resolves the
  // name again: in another order it finds the address that answers.
  set(CURLOPT_DNS_SHUFFLE_ADDRESSES, 1L);
  set(CURLOPT_BUFFERSIZE, kReceiveBuffer);
  set(CURLOPT_UPLOAD_BUFFERSIZE, kUploadBuffer);
  set(CURLOPT_TCP_NODELAY, 1L);
  const long idle = std::max<long>(1, setup_.dead_peer.count() / 2);
  set(CURLOPT_TCP_KEEPALIVE, 1L);
  set(CURLOPT_TCP_KEEPIDLE, idle);
  set(CURLOPT_TCP_KEEPINTVL, std::max<long>(1, idle / 3));
  set(CURLOPT_OPENSOCKETFUNCTION, &HttpExchange::on_open);
  set(CURLOPT_OPENSOCKETDATA, static_cast<void*>(this));
  set(CURLOPT_SOCKOPTFUNCTION, &HttpExchange::on_socket);
  set(CURLOPT_SOCKOPTDATA, static_cast<void*>(this));
}

void HttpExchange::set_address() {
  const Url& server = setup_.server;
  const std::string& name = setup_.connection.tls.server_name;
  const bool tls = server.scheme == "https";
  const std::string port = server.effective_port();
  const std::string target = bracketed(server.host) + ":" + port;
  std::string host = target;
  if (tls && !name.empty()) {
    // libcurl takes SNI and the name to verify from the URL: put the name there, and set the
    // address to connect to separately.
    host = bracketed(name) + ":" + port;
    headers_ = curl_slist_append(headers_, ("Host: " + target).c_str());
    connect_to_ = curl_slist_append(nullptr, (host + ":" + target).c_str());
    set(CURLOPT_CONNECT_TO, connect_to_);
  }
  const std::string url =
      server.scheme + "://" + host + server.path + request_.path + query_string(request_.query);
  set(CURLOPT_URL, url.c_str());
  set(CURLOPT_PATH_AS_IS, 1L);
  set(CURLOPT_HTTP_VERSION,
      static_cast<long>(tls ? CURL_HTTP_VERSION_2TLS : CURL_HTTP_VERSION_1_1));
  set(CURLOPT_PIPEWAIT, tls ? 1L : 0L);
}

void HttpExchange::set_tls(const Auth& auth) {
  const TlsSettings& tls = setup_.connection.tls;
  set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  set(CURLOPT_SSL_VERIFYPEER, tls.insecure ? 0L : 1L);
  set(CURLOPT_SSL_VERIFYHOST, tls.insecure ? 0L : 2L);
  if (!tls.insecure) set(CURLOPT_SSL_CTX_FUNCTION, &set_server_check);
  if (!tls.ca_pem.empty()) {
    curl_blob authority = blob(tls.ca_pem);
    set(CURLOPT_CAINFO_BLOB, &authority);
  } else if (!tls.system_pem.empty()) {
    curl_blob authority = blob(tls.system_pem);
    set(CURLOPT_CAINFO_BLOB, &authority);
  } else {
    set(CURLOPT_CAINFO, tls.system_file.empty() ? nullptr : tls.system_file.c_str());
  }
  // Otherwise libcurl would also trust the folder that it was built with.
  set(CURLOPT_CAPATH, static_cast<char*>(nullptr));
  if (auth.client_certificate.empty()) return;
  curl_blob certificate = blob(auth.client_certificate);
  curl_blob key = blob(auth.client_key);
  set(CURLOPT_SSLCERTTYPE, "PEM");
  set(CURLOPT_SSLCERT_BLOB, &certificate);
  set(CURLOPT_SSLKEYTYPE, "PEM");
  set(CURLOPT_SSLKEY_BLOB, &key);
}

// TLS for the connection to an https proxy. As in client-go, the cluster's authorities may vouch
// for it, and none must if the server is not checked; the system's may too. The client certificate
// is not shown to it.
void HttpExchange::set_proxy_tls() {
  const TlsSettings& tls = setup_.connection.tls;
  set(CURLOPT_PROXY_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  set(CURLOPT_PROXY_SSL_VERIFYPEER, tls.insecure ? 0L : 1L);
  set(CURLOPT_PROXY_SSL_VERIFYHOST, tls.insecure ? 0L : 2L);
  if (!tls.ca_pem.empty() || !tls.system_pem.empty()) {
    // A blob replaces the file that would otherwise be read.
    std::string all = tls.ca_pem + "\n" + tls.system_pem;
    if (!tls.system_file.empty()) {
      if (const auto text = read_file(tls.system_file, true)) all += *text;
    }
    curl_blob authorities = blob(all);
    set(CURLOPT_PROXY_CAINFO_BLOB, &authorities);
  } else {
    set(CURLOPT_PROXY_CAINFO, tls.system_file.empty() ? nullptr : tls.system_file.c_str());
  }
  set(CURLOPT_PROXY_CAPATH, static_cast<char*>(nullptr));
}

void HttpExchange::set_proxy() {
  // Set even when empty: otherwise libcurl would read the environment, by rules that differ from
  // Go's.
  set(CURLOPT_NOPROXY, "");
  const std::optional<Url>& proxy = setup_.proxy;
  // Go lets a SOCKS proxy resolve the server's name; in libcurl that is socks5h.
  const std::string url = !proxy ? ""
                                 : (proxy->scheme == "socks5" ? "socks5h" : proxy->scheme) + "://" +
                                       bracketed(proxy->host) + ":" + proxy->effective_port();
  set(CURLOPT_PROXY, url.c_str());
  if (!proxy) return;
  // Not in the URL, which libcurl parses more strictly than Go, and quotes in its messages.
  if (!proxy->userinfo.empty()) {
    const UserInfo user = parse_userinfo(proxy->userinfo);
    set(CURLOPT_PROXYUSERNAME, user.user.c_str());
    set(CURLOPT_PROXYPASSWORD, user.password.c_str());
  }
  if (proxy->scheme == "https") set_proxy_tls();
  set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  set(CURLOPT_HEADEROPT, static_cast<long>(CURLHEADER_SEPARATE));  // the token is not for the proxy
}

void HttpExchange::set_request() {
  if (!request_.body.empty()) {
    set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request_.body.size()));
    set(CURLOPT_POSTFIELDS, request_.body.data());
  } else {
    set(CURLOPT_HTTPGET, 1L);
  }
  set(CURLOPT_CUSTOMREQUEST, request_.method.c_str());
}

bool HttpExchange::set_headers(const Auth& auth) {
  bool complete = true;
  const auto add = [this, &complete](const std::string& line) {
    curl_slist* const longer = curl_slist_append(headers_, line.c_str());
    if (longer) headers_ = longer;
    complete = complete && longer;
  };
  add("Accept: " + request_.accept);
  if (!request_.body.empty()) {
    add("Content-Type: " + request_.content_type);
    add("Expect:");  // otherwise large bodies would wait for a "100 Continue"
  }
  if (!auth.authorization.empty()) add("Authorization: " + auth.authorization);
  secret_ = auth.authorization.substr(auth.authorization.find(' ') + 1);
  for (const std::string& header : setup_.headers) add(header);
  set(CURLOPT_USERAGENT, setup_.user_agent.c_str());
  set(CURLOPT_HTTPHEADER, headers_);
  return complete;
}

// Opens a socket as libcurl does, and records why there is none, which libcurl would not tell.
curl_socket_t HttpExchange::on_open(void* self, curlsocktype, curl_sockaddr* address) {
  const int fd = ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
  auto* const exchange = static_cast<HttpExchange*>(self);
  if (fd < 0) exchange->no_socket_ = errno;
  if (fd >= 0 && exchange->sockets_ != nullptr) exchange->sockets_->add(fd);
  return fd < 0 ? CURL_SOCKET_BAD : fd;
}

int HttpExchange::on_socket(void* self, curl_socket_t socket, curlsocktype) {
  const auto limit = static_cast<const HttpExchange*>(self)->setup_.dead_peer;
  const auto milliseconds =
      static_cast<unsigned>(std::chrono::duration_cast<std::chrono::milliseconds>(limit).count());
  setsockopt(socket, IPPROTO_TCP, TCP_USER_TIMEOUT, &milliseconds, sizeof milliseconds);
  return CURL_SOCKOPT_OK;
}

int HttpExchange::on_start(void* self, char*, char*, int, int) {
  auto* const exchange = static_cast<HttpExchange*>(self);
  if (exchange->on_the_wire_ && changes_something(exchange->request_)) {
    exchange->repeated_ = true;
    return CURL_PREREQFUNC_ABORT;
  }
  exchange->on_the_wire_ = true;
  return CURL_PREREQFUNC_OK;
}

std::size_t HttpExchange::on_header(char* data, std::size_t size, std::size_t count, void* self) {
  auto* const exchange = static_cast<HttpExchange*>(self);
  exchange->header_bytes_ += size * count;
  if (exchange->header_bytes_ > kMaxHeaderBytes) {
    exchange->too_large_ = true;
    return 0;
  }
  // The empty line at the end, also of an interim answer's header and of trailers.
  if (*data == '\r' || *data == '\n') exchange->read_header();
  return size * count;
}

// Returns a field of the answer's header, not of an interim one or of trailers. Of several with one
// name the first counts, as in Go.
std::optional<std::string> HttpExchange::field(const char* name, std::size_t index) const {
  curl_header* found = nullptr;
  if (curl_easy_header(easy_, name, index, CURLH_HEADER, -1, &found) != CURLHE_OK) return {};
  return found->value;
}

void HttpExchange::read_header() {
  long status = 0;
  curl_easy_getinfo(easy_, CURLINFO_RESPONSE_CODE, &status);
  response_.status = static_cast<int>(status);
  response_.content_type = field("Content-Type").value_or("");
  response_.date = parse_http_date(field("Date").value_or(""));
  retry_after_ = field("Retry-After").value_or("");
  location_ = field("Location").value_or("");
  response_.audit_id = audit_id(field("Audit-ID").value_or(""));
  take_out_secret(response_.audit_id);
  response_.warnings.clear();
  for (std::size_t i = 0; const auto warning = field("Warning", i); ++i) {
    for (std::string& text : parse_warnings(*warning)) {
      take_out_secret(text);
      if (response_.warnings.size() < kMostWarnings) response_.warnings.push_back(std::move(text));
    }
  }
  opened_ = status >= 200 && status < 300;
  if (opened_ && on_news_) on_news_();
}

std::size_t HttpExchange::on_body(char* data, std::size_t size, std::size_t count, void* self) {
  return static_cast<HttpExchange*>(self)->read_body({data, size * count}) ? size * count : 0;
}

bool HttpExchange::read_body(std::string_view bytes) {
  if (opened_ && on_news_) {
    received_ += bytes;
    on_news_();
    return true;
  }
  if (!request_.keep_body) {
    dropped_ += bytes.size();
    return dropped_ <= kDroppedBody;
  }
  if (response_.body.size() + bytes.size() > request_.body_limit) {
    too_large_ = true;
    return false;
  }
  response_.body += bytes;
  return true;
}

HttpResponse HttpExchange::given_up(Error error) const {
  HttpResponse response;
  response.error = std::move(error);
  response.maybe_done = on_the_wire_;
  return response;
}

// An answer that is shown to people may itself quote the request.
void HttpExchange::take_out_secret(std::string& text) const {
  if (secret_.empty()) return;
  constexpr std::string_view kInstead = "[credential]";
  for (std::size_t at = 0; (at = text.find(secret_, at)) != std::string::npos;
       at += kInstead.size()) {
    text.replace(at, secret_.size(), kInstead);
  }
}

bool HttpExchange::failed_on_certificate(CURLcode code) const {
  return is_certificate_failure(code, detail_.data());
}

HttpResponse HttpExchange::result(CURLcode code, bool cut_off) {
  const std::string& server = setup_.connection.server;
  if (response_.status >= 300) {
    take_out_secret(response_.body);
    take_out_secret(location_);
  }
  if (too_large_) {
    const bool header = header_bytes_ > kMaxHeaderBytes;
    const std::size_t limit = header ? kMaxHeaderBytes : request_.body_limit;
    HttpResponse response =
        given_up({Error::Kind::kProtocol, server + " sends " + (header ? "a header" : "an answer") +
                                              " of more than " + std::to_string(limit) +
                                              " bytes; is this the Kubernetes API?"});
    response.too_large = !header;
    return response;
  }
  if (code != CURLE_OK && cut_off) {
    const Url* const proxy = setup_.proxy ? &*setup_.proxy : nullptr;
    return given_up(
        {Error::Kind::kProtocol,
         "cannot reach " + server + ": " +
             (proxy ? "proxy " + proxy->text() + ", or what is behind it," : "it") +
             " sends endless data, faster than it can be read; the connection was closed"});
  }
  const Error unanswered{Error::Kind::kNetwork,
                         server + " closed the connection before it answered"};
  if (repeated_) return given_up(unanswered);
  if (code == CURLE_COULDNT_CONNECT && no_socket_ != 0) {
    return given_up({Error::Kind::kSystem,
                     "cannot reach " + server + ": no socket: " + std::strerror(no_socket_)});
  }
  // Beyond kDroppedBody this side ended the transfer, and the answer is complete.
  if (code != CURLE_OK && dropped_ <= kDroppedBody) {
    return given_up(transport_error(setup_.connection, easy_, code, detail_.data()));
  }
  // libcurl reports success for a connection that ends within the header, or after an interim
  // answer.
  if (response_.status >= 0 && response_.status < 200) return given_up(unanswered);
  if (response_.status < 0 || response_.status > 999) {  // libcurl accepts any number
    return given_up({Error::Kind::kProtocol, server + " answers with the status " +
                                                 std::to_string(response_.status) +
                                                 ", which is not a valid HTTP status"});
  }
  response_.retry_after = parse_retry_after(retry_after_, response_.date);
  response_.location = location_;
  if (response_.status >= 300 && response_.status < 400) {
    response_.error = Error{
        Error::Kind::kProtocol,
        server + " redirects to " + printable(location_) +
            ", and redirects are not followed; if that is the API server, give it as the server"};
  }
  return std::move(response_);
}

}  // namespace elector::kube
