// SPDX-License-Identifier: Apache-2.0
// A request as it reached the server and a reply as it leaves, free of HTTP's machinery: what the
// API's logic takes and gives, and what its unit tests build by hand.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace elector::tests::apiserver {

class Watch;

// The client's identity. An empty name means that the client was not identified.
struct Identity {
  std::string user;
  std::vector<std::string> groups;
};

struct Request {
  std::string method = "GET";
  std::string path;  // unescaped, without the query
  std::vector<std::pair<std::string, std::string>> query;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  // From the client's certificate; one that could not be verified has no user.
  std::optional<Identity> certificate;

  // The first value of a query parameter or header (names of headers without regard to case); ""
  // when absent.
  std::string parameter(std::string_view name) const;
  bool has_parameter(std::string_view name) const;
  // As the real server reads booleans: there, and neither 0 nor false.
  bool flag(std::string_view name) const;
  std::string header(std::string_view name) const;
  std::vector<std::string> header_values(std::string_view name) const;
  bool wants_watch() const;
};

struct Reply {
  unsigned code = 200;
  std::string body;
  std::string type = "application/json";
  std::vector<std::pair<std::string, std::string>> headers;
  // Set for a watch: the body is then the stream of its events.
  std::shared_ptr<Watch> watch;
};

}  // namespace elector::tests::apiserver
