// What the sources of resolve() share; of no use to anyone else.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "kube/config_choice.h"
#include "kube/connection.h"
#include "kube/error.h"
#include "kube/one_line.h"

namespace elector::kube {

// What flags alone are to blame for is a usage error: `origin` begins with "--" then, and the
// message with it.
Error blame(const std::string& origin, std::string message);

// A line break in a header's value would begin another header.
bool has_control_character(const std::string& text);

using PemCheck = std::optional<std::string> (*)(std::string_view pem);

// One PEM, inline (base64) or from a file, checked. `who` and `field` are for messages: `FILE: user
// "x"`, "client-key".
struct PemGiven {
  const std::string& who;
  const char* field;
  const std::string& file;
  const std::string& data;
  bool regular_file_only;
};
Expected<std::string> read_pem(const PemGiven& given, PemCheck check);

// The warning when a field is given both ways; the data counts.
std::optional<std::string> both_given(const std::string& who, const std::string& field,
                                      const std::string& file, const std::string& data);

// Checks the chosen user and makes it connection.credentials.
Failure settle_user(const Choice& choice, Connection& connection);

}  // namespace elector::kube
