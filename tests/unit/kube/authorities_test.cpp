// SPDX-License-Identifier: Apache-2.0
// Which certificate authorities are trusted where the configuration names none.
#include "kube/config/authorities.h"

#include <doctest/doctest.h>

#include <map>

#include "tests/support/temp_dir.h"
#include "tests/unit/kube/test_certificate.h"

namespace elector::tests {
namespace {

using kube::AuthorityPlaces;

kube::Environment with(const std::map<std::string, std::string>& variables) {
  kube::Environment environment;
  environment.variable = [variables](const std::string& name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    return found == variables.end() ? std::nullopt : std::optional(found->second);
  };
  return environment;
}

TEST_CASE("the authorities come from the variables, the usual places, or beside the executable") {
  const TempDir dir;
  const std::string one = make_certificate("one").certificate;
  const std::string two = make_certificate("two").certificate;
  const std::string first = dir.write("first.pem", one);
  const std::string second = dir.write("second.pem", two);
  dir.write("folder/any name", two);
  dir.write("folder/README", "no certificate");
  dir.write("empty/README", "no certificate");
  const std::string folder = dir.path("folder");
  const std::string empty = dir.path("empty");
  const std::string absent = dir.path("absent");
  struct Row {
    std::map<std::string, std::string> variables;
    AuthorityPlaces places;
    std::string file;
    std::string pem;
  };
  for (const Row& row : std::vector<Row>{
           {{}, {{absent, second, first}, {folder}, first}, second, ""},
           {{}, {{absent}, {absent, empty, folder}, first}, "", two + "\n"},
           {{}, {{absent}, {absent, empty}, first}, first, ""},
           {{}, {{absent}, {absent, empty}, absent}, "", ""},
           {{}, {{}, {}, ""}, "", ""},
           {{{"SSL_CERT_FILE", first}}, {{second}, {folder}, second}, first, ""},
           {{{"SSL_CERT_FILE", absent}}, {{second}, {folder}, second}, absent, ""},
           {{{"SSL_CERT_FILE", ""}}, {{second}, {}, ""}, second, ""},
           {{{"SSL_CERT_DIR", folder}}, {{first}, {}, ""}, "", one + "\n" + two + "\n"},
           {{{"SSL_CERT_DIR", absent + ":" + folder + ":"}}, {{}, {}, ""}, "", two + "\n"},
           {{{"SSL_CERT_DIR", empty}}, {{}, {folder}, first}, empty, ""},
           {{{"SSL_CERT_DIR", folder}, {"SSL_CERT_FILE", first}},
            {{second}, {}, ""},
            "",
            one + "\n" + two + "\n"},
       }) {
    CAPTURE(row.variables);
    const kube::Authorities found = kube::system_authorities(with(row.variables), row.places);
    CHECK(found.file == row.file);
    CHECK(found.pem == row.pem);
  }
}

TEST_CASE("where no authority is found, the sentence names each place and what to do") {
  const std::string text = kube::no_authorities({{"/a", "/b"}, {"/c"}, "/d/ca-certificates.crt"});
  for (const char* part :
       {"/a, /b, /d/ca-certificates.crt", "/c;", "--certificate-authority", "SSL_CERT_FILE"}) {
    CHECK_MESSAGE(text.find(part) != std::string::npos, text);
  }
}

}  // namespace
}  // namespace elector::tests
