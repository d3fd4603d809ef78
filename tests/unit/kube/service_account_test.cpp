// SPDX-License-Identifier: Apache-2.0
#include "kube/config/service_account.h"

#include <doctest/doctest.h>

#include "kube/config/pem.h"

namespace elector::tests {

namespace {

// A token with these claims, unpadded and in base64url as RFC 7515 has it.
std::string token(const std::string& claims) {
  std::string text = kube::base64_encode(claims);
  while (text.ends_with('=')) text.pop_back();
  for (char& c : text) c = c == '+' ? '-' : c == '/' ? '_' : c;
  return "e30." + text + ".c2ln";
}

}  // namespace

TEST_CASE("a service account's token names its account") {
  using kube::account_of_token;
  CHECK(account_of_token(token(R"({"sub":"system:serviceaccount:apps:web"})")) ==
        kube::ServiceAccount{"apps", "web"});
  CHECK(account_of_token(token(R"({"iss":"x?>","sub":"system:serviceaccount:a:b","aud":["y"]})")) ==
        kube::ServiceAccount{"a", "b"});
}

TEST_CASE("no other token names one") {
  using kube::account_of_token;
  for (const std::string& text :
       {std::string(), std::string("opaque"), std::string("a.b"), std::string("a.!.c"),
        token("no json"), token(R"({"sub":"alice"})"),
        token(R"({"sub":"system:serviceaccount:x"})"), token("{}"), token("[]")}) {
    CAPTURE(text);
    CHECK_FALSE(account_of_token(text));
  }
}

}  // namespace elector::tests
