// SPDX-License-Identifier: Apache-2.0
// What an API server answers, from its status line on, to the transport that reads it: any bytes
// end in an answer or an error, within the limits, without the token that the server was sent. The
// header's values that elector's code reads are also read directly.
#include <algorithm>

#include "kube/base/utf8.h"
#include "kube/http/http_message.h"
#include "kube/http/warning_header.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/wire.h"

namespace elector::tests {
namespace {

void check_values(const std::string& text) {
  const auto warnings = kube::parse_warnings(text);
  require(warnings.size() <= kube::kMostWarnings, "there are not too many warnings", text);
  for (const std::string& warning : warnings) {
    require(!warning.empty() && warning.size() <= kube::kLongestWarning + 3,
            "a warning has a length that can be shown", warning);
    require(is_one_line(warning) && kube::is_utf8(warning), "a warning is one line", warning);
  }
  const std::string line = text.substr(0, text.find('\n'));
  const auto date = kube::parse_http_date(line);
  for (const auto& now : {date, kube::parse_http_date("Tue, 01 Dec 2026 00:00:00 GMT")}) {
    const core::Duration pause = kube::parse_retry_after(line, now);
    require(pause >= core::Duration(0) && pause <= kube::kLongestRetryAfter,
            "a pause can be reckoned with", line);
  }
}

void check_answer(const kube::ExchangeSetup& setup, std::string_view bytes, bool stream) {
  const kube::HttpRequest request{.path = "/api/v1/things"};
  const WireResult result = exchange(setup, request, std::string(kSecret), bytes, stream);
  const kube::HttpResponse& response = result.response;
  require_sound(response);
  require(count(result.sent, "GET /api/v1/things HTTP/1.1\r\n") <= 1, "it is sent once at most",
          result.sent);
  // Each token in a refusal became this, which is longer.
  constexpr std::string_view kInstead = "[credential]";
  const std::size_t longer = count(response.body, kInstead) * (kInstead.size() - kSecret.size());
  require(response.body.size() <= bytes.size() + longer && result.streamed.size() <= bytes.size(),
          "nothing is decompressed");
  for (const std::string& warning : response.warnings) {
    require(count(warning, kSecret) == 0, "no warning shows the token", warning);
  }
  require(count(response.audit_id, kSecret) == 0, "no audit id shows the token", response.audit_id);
  if (response.error) {
    require(count(response.error->message, kSecret) == 0, "no error shows the token",
            response.error->message);
  }
  if (response.status < 300) return;
  require(count(response.body, kSecret) == 0, "no refusal shows the token", response.body);
}

void check(std::string_view text) {
  check_values(std::string(text));
  static const kube::ExchangeSetup kSetup = wire_setup("http://192.0.2.1:6443", "");
  check_answer(kSetup, text, false);
  if (text.size() % 4 == 0) check_answer(kSetup, text, true);
}

}  // namespace
}  // namespace elector::tests

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  elector::tests::check(elector::tests::text_of(data, size));
  return 0;
}
