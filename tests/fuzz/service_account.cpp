// SPDX-License-Identifier: Apache-2.0
// Tokens: their account is read from their claims, or not at all.
#include "kube/config/service_account.h"

#include "kube/base/json_text.h"
#include "kube/config/pem.h"
#include "tests/fuzz/fuzz.h"

namespace elector::tests {
namespace {

void check_account(std::string_view token) {
  const auto account = kube::account_of_token(token);
  if (!account) return;
  require(!account->name_space.empty(), "an account has a namespace");
  require(!account->name.empty(), "an account has a name");
  require(account->name_space.find(':') == std::string::npos, "a namespace has no colon",
          account->name_space);
}

// The text as a token; and as the claims, and as the subject, of one.
void check(std::string_view text) {
  check_account(text);
  const auto token_of = [](std::string_view claims) {
    std::string part = kube::base64_encode(claims);
    for (char& c : part) c = c == '+' ? '-' : c == '/' ? '_' : c;
    while (part.ends_with('=')) part.pop_back();
    return "e30." + part + ".sig";
  };
  check_account(token_of(text));
  const std::string subject = "system:serviceaccount:" + std::string(text);
  const std::string whole = token_of("{\"sub\":" + kube::json::quote(subject) + "}");
  check_account(whole);
}

}  // namespace
}  // namespace elector::tests

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  elector::tests::check(elector::tests::text_of(data, size));
  return 0;
}
