// The scanner where no command shows it yet, and the suggestions.
#include "cmd/option_scan.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "cmd/option_groups.h"
#include "cmd/option_suggest.h"

namespace elector::tests {
namespace {

using Arguments = std::vector<std::string>;

TEST_CASE("options that end at the first word leave the rest untouched") {
  const std::vector<const cmd::FlagGroup*> groups{&cmd::kLockFlags, &cmd::kLogFlags};
  const Arguments line{"-v", "--election", "x", "job", "-v", "--", "--election=y"};
  const cmd::Scan scanned = cmd::scan(line, {.groups = groups, .ends_at_word = true});
  CHECK_FALSE(scanned.problem.has_value());
  CHECK(scanned.flags.size() == 2);
  CHECK(scanned.words == std::vector<std::string>{"job", "-v", "--", "--election=y"});
  const Arguments dashes{"-v", "--", "-job", "-v"};
  CHECK(cmd::scan(dashes, {.groups = groups, .ends_at_word = true}).words ==
        std::vector<std::string>{"-job", "-v"});
}

TEST_CASE("the edit distance counts insertions, deletions, replacements and swaps") {
  CHECK(cmd::edit_distance("", "") == 0);
  CHECK(cmd::edit_distance("", "abc") == 3);
  CHECK(cmd::edit_distance("abc", "") == 3);
  CHECK(cmd::edit_distance("run", "rum") == 1);
  CHECK(cmd::edit_distance("run", "rnu") == 1);
  CHECK(cmd::edit_distance("kitten", "sitting") == 3);
  CHECK(cmd::edit_distance("lease", "leases") == 1);
}

}  // namespace
}  // namespace elector::tests
