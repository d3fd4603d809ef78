// SPDX-License-Identifier: Apache-2.0
// `elector --copy-to` as a command line. What it copies is tested with a static file,
// in tests/system/static_file.
#include "cmd/copy_to.h"

#include "tests/unit/cmd/command_line.h"

namespace elector::tests {
namespace {

std::string folder_of(const Arguments& arguments) {
  const ParseResult result = parse(arguments);
  const auto* options = std::get_if<cmd::CopyTo>(&result);
  return options != nullptr ? options->folder : "(no copy)";
}

TEST_CASE("--copy-to names a folder, in one word or in two") {
  CHECK(folder_of({"--copy-to=/shared"}) == "/shared");
  CHECK(folder_of({"--copy-to", "/shared"}) == "/shared");
  CHECK(folder_of({"--copy-to", "-"}) == "-");
}

TEST_CASE("--copy-to stands alone and needs its folder") {
  CHECK(usage_error({"--copy-to"}).starts_with("elector: --copy-to: needs a value (DIR)"));
  CHECK(usage_error({"--copy-to="}).starts_with("elector: --copy-to: needs a value (DIR)"));
  CHECK(usage_error({"--copy-to=a", "b"})
            .starts_with("elector: --copy-to takes no other arguments: unexpected \"b\""));
  CHECK(usage_error({"--copy-to", "a", "--ttl=3s"})
            .starts_with("elector: --copy-to takes no other arguments: unexpected \"--ttl=3s\""));
  CHECK(usage_error({"--copy-too=a"}).find("unknown flag") != std::string::npos);
}

}  // namespace
}  // namespace elector::tests
