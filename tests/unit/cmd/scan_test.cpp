// SPDX-License-Identifier: Apache-2.0
// The scanner where no command shows it yet, and the suggestions.
#include "cmd/cli/scan.h"

#include <doctest/doctest.h>

#include <string>
#include <utility>
#include <vector>

#include "cmd/cli/suggest.h"
#include "tests/unit/cmd/command_line.h"

namespace elector::tests {
namespace {

// Spellings with their values, then the words, then the problem: `--id=[me] -v | job | …`.
std::string shown(const Arguments& line, const cmd::ScanRules& rules = {}) {
  const auto command_line = line_of(cmd::kRunCommand);
  const cmd::Scan scanned = cmd::scan(line, command_line->flags, rules);
  std::string text;
  for (const auto& [flag, given] : scanned.flags) {
    text += given.where + (given.value ? "=[" + *given.value + "] " : " ");
  }
  for (const std::string& word : scanned.words) text.append("| ").append(word).append(" ");
  if (scanned.problem) text.append("! ").append(*scanned.problem).append(" ");
  if (!text.empty()) text.pop_back();
  return text;
}

Arguments words_of(const Arguments& line, const cmd::ScanRules& rules = {}) {
  const auto command_line = line_of(cmd::kRunCommand);
  const cmd::Scan scanned = cmd::scan(line, command_line->flags, rules);
  CHECK_FALSE(scanned.problem.has_value());
  return scanned.words;
}

using Table = std::vector<std::pair<Arguments, std::string>>;

TEST_CASE("flags are returned in the order and the spelling in which they were given") {
  const Table table{
      {{}, ""},
      {{"-v", "--id=a", "--verbose", "-na", "--namespace", "b", "--election-namespace=c", "--v"},
       "-v --id=[a] --verbose -n=[a] --namespace=[b] --election-namespace=[c] --v"},
      {{"--as-group", "a", "x", "--as-group=b", "y", "--as-group", "c"},
       "--as-group=[a] --as-group=[b] --as-group=[c] | x | y"},
      {{"-vvn", "a", "-vnb", "-vn=c", "-vns=d"}, "-v -v -n=[a] -v -n=[b] -v -n=[c] -v -n=[s=d]"},
      {{"-v=3", "-vv=4", "-v5", "-vv67", "-hv=8", "-v="},
       "-v=[3] -v -v=[4] -v=[5] -v -v=[67] -h -v=[8] -v=[]"},
      {{"-v", "3", "--verbose", "4"}, "-v --verbose | 3 | 4"},
      {{"-h=false", "-vh=true"}, "-h=[false] -v -h=[true]"},
      {{"--use-cluster-credentials", "--use-cluster-credentials=true",
        "--use-cluster-credentials="},
       "--use-cluster-credentials --use-cluster-credentials=[true] --use-cluster-credentials=[]"},
  };
  for (const auto& [line, expected] : table) {
    CHECK(shown(line) == expected);
  }
}

TEST_CASE("a value is what was given, whatever it looks like") {
  const Arguments odd{"",   "-",     "--",    "---",    "-v",    "-v=3", "-v4", "-vn=a",    "-n=a",
                      "-x", "--id",  "--id=", "--id=a", "--x=y", "=",    "==",  "=a",       "a=b",
                      "{}", "[]",    "[a,b]", "a,b",    "%%",    "++",   "/a",  " a ",      "-5",
                      "5",  "\"a\"", "'a'",   "a\nb",   "\xff",  "true", "-hx", "-log_dir", "!"};
  for (const std::string& value : odd) {
    CAPTURE(value);
    const std::string expected = "=[" + value + "]";
    CHECK(shown({"--id=" + value, "job"}) == "--id" + expected + " | job");
    CHECK(shown({"--id", value, "job"}) == "--id" + expected + " | job");
    CHECK(shown({"-n", value, "job"}) == "-n" + expected + " | job");
    CHECK(shown({"-n=" + value, "job"}) == "-n" + expected + " | job");
    CHECK(shown({"-vn", value, "job"}) == "-v -n" + expected + " | job");
    CHECK(shown({"--verbose=" + value, "job"}) == "--verbose" + expected + " | job");
    CHECK(shown({"-v=" + value, "job"}) == "-v" + expected + " | job");
    CHECK(shown({"-id", value}, {.go_spelling = true}) == "-id" + expected);
    CHECK(shown({"-id=" + value}, {.go_spelling = true}) == "-id" + expected);
    if (!value.empty() && value[0] != '=') {
      CHECK(shown({"-n" + value, "job"}) == "-n" + expected + " | job");
    }
    if (value.starts_with('-') && value.size() > 1) {
      CHECK(words_of({"-v", "--", value, value}) == Arguments{value, value});
      const Arguments job{"job", value, "--", value};
      CHECK(words_of(job, {.ends_at_word = true}) == job);
    } else {
      CHECK(shown({"-v", value, "-v"}) == "-v -v | " + value);
    }
  }
}

TEST_CASE("the first error is reported, and later flags are still read") {
  const Table table{
      {{"--id"}, "! --id: needs a value (NAME)"},
      {{"-vn"}, "-v ! -n: needs a value (NAME)"},
      {{"job", "--x", "--id"}, "| job ! unknown flag \"--x\""},
      {{"-x", "--y", "--help"}, "--help ! unknown flag \"-x\""},
      {{"--x=geheim", "-v"}, "-v ! unknown flag \"--x\""},
      {{"-x=geheim", "-v"}, "-v ! unknown flag \"-x\""},
      {{"-5", "-v"}, "-v ! unknown flag \"-5\""},
      {{"-=3", "-v"}, "-v ! unknown flag \"-=\""},
      {{"---", "-v"}, "-v ! unknown flag \"---\""},
      {{"--!a", "-v"}, "-v ! unknown flag \"--!a\""},
      {{"-v-"}, "! unknown flag \"--\" in \"-v-\""},
      {{"-v-id=a"}, "! unknown flag \"--\" in \"-v-id\""},
      {{"-v4x"}, "! unknown flag \"-4\" in \"-v4x\""},
      {{"-v", "-vx", "-x"}, "-v ! unknown flag \"-x\" in \"-vx\""},
      {{"--ID=a"}, "! unknown flag \"--ID\""},
      {{"--as_group=a"}, "! unknown flag \"--as_group\" (did you mean --as-group?)"},
      {{"--i=a"}, "! unknown flag \"--i\""},
      {{"/id", "++", "%%"}, "| /id | ++ | %%"},
      {{"--", "--id", "--", "-v=3"}, "| --id | -- | -v=3"},
  };
  for (const auto& [line, expected] : table) {
    CHECK(shown(line) == expected);
  }
}

TEST_CASE("Go's spelling has one dash or two, dashes or underscores, and a number after -v") {
  const Table table{
      {{"-id=a", "--id", "b", "-as_group", "c", "--as_group=d", "--as-group=e"},
       "-id=[a] --id=[b] -as_group=[c] --as_group=[d] --as-group=[e]"},
      {{"-v", "2", "--v", "3", "-v=4", "-verbose", "5", "-v", "-v"},
       "-v=[2] --v=[3] -v=[4] -verbose=[5] -v -v"},
      {{"-v", "run", "-v", "--", "7"}, "-v -v | run | 7"},
      {{"-vv", "-vn", "a"}, "-v -v -v -n=[a]"},
      {{"-id", "-v", "2"}, "-id=[-v] | 2"},
      {{"-id"}, "! -id: needs a value (NAME)"},
      {{"-no_such=a"}, "-n=[o_such=a]"},
      {{"--no_such=a"}, "! unknown flag \"--no_such\""},
  };
  for (const auto& [line, expected] : table) {
    CHECK(shown(line, {.go_spelling = true}) == expected);
  }
}

TEST_CASE("options that end at the first word leave the rest untouched") {
  const Arguments line{"-v", "--election", "x", "job", "-v", "--", "--election=y"};
  CHECK(shown(line, {.ends_at_word = true}) == "-v --election=[x] | job | -v | -- | --election=y");
  CHECK(words_of({"-v", "--", "-job", "-v"}, {.ends_at_word = true}) == Arguments{"-job", "-v"});
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
