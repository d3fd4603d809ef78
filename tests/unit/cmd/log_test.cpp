// SPDX-License-Identifier: Apache-2.0
// The log: one line an event, whatever is in it, and JSON that every reader takes.
#include "cmd/output/log.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include <array>
#include <functional>
#include <string>

#include "kube/base/json_text.h"

namespace elector::tests {
namespace {

using cmd::Log;
using cmd::LogFormat;
using kube::json::quote;

// What is written to standard error meanwhile; it must fit in a pipe.
std::string logged(const std::function<void()>& work) {
  std::array<int, 2> ends{};
  REQUIRE(::pipe(ends.data()) == 0);
  const int saved = ::dup(STDERR_FILENO);
  ::dup2(ends[1], STDERR_FILENO);
  ::close(ends[1]);
  work();
  ::dup2(saved, STDERR_FILENO);
  ::close(saved);
  std::string text(65536, '\0');
  const ssize_t size = ::read(ends[0], text.data(), text.size());
  ::close(ends[0]);
  text.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
  return text;
}

// Without the time that it begins with.
std::string without_time(const std::string& line, std::size_t before) {
  constexpr std::size_t kTime = sizeof "2024-01-02T03:04:05.678Z" - 1;
  REQUIRE(line.size() > before + kTime);
  CHECK(line[before + 10] == 'T');
  CHECK(line[before + kTime - 1] == 'Z');
  return line.substr(0, before) + line.substr(before + kTime);
}

}  // namespace

TEST_CASE("JSON strings are escaped as Go does, and always valid") {
  struct Row {
    std::string text;
    std::string json;
  };
  const Row rows[] = {
      {"", R"("")"},
      {"a b", R"("a b")"},
      {"\"\\", R"("\"\\")"},
      {"\n\r\t\x01\x1f", R"("\n\r\t\u0001\u001f")"},
      {"<a&b>", R"("\u003ca\u0026b\u003e")"},
      {"\u00e4\u20ac\U0001f600", "\"\u00e4\u20ac\U0001f600\""},
      {"\u2028\u2029", R"("\u2028\u2029")"},
      {std::string(1, '\0'), R"("\u0000")"},
      {"\xff", R"("\ufffd")"},
      {"a\xc3", R"("a\ufffd")"},                    // cut off
      {"\xc0\xaf", R"("\ufffd\ufffd")"},            // overlong
      {"\xe0\x80\xaf", R"("\ufffd\ufffd\ufffd")"},  // overlong
      {"\xed\xa0\x80", R"("\ufffd\ufffd\ufffd")"},  // half of a surrogate pair
      {"\xf4\x90\x80\x80", R"("\ufffd\ufffd\ufffd\ufffd")"},
      {"\xe2\x28\xa1", R"("\ufffd(\ufffd")"},
  };
  for (const Row& row : rows) CHECK(quote(row.text) == row.json);
}

TEST_CASE("an event is one line of text, whatever is in it") {
  const std::string line = logged([] {
    Log().warn("cannot\nread\x1b[2J \"x\"",
               {{"id", "a"}, {"by", "b c"}, {"why", ""}, {"to", "\x1b[31m"}});
  });
  CHECK(without_time(line, 0) ==
        " warn cannot read\\x1b[2J \"x\" id=a by=\"b c\" why=\"\" to=\"\\u001b[31m\"\n");
}

TEST_CASE("a terminal gets no orders from the log, in either format") {
  // CSI as a C1 control character, as a byte that is not UTF-8, and DEL.
  const std::string orders = "\u009b31m \x9b 1m\x7f";
  const std::string text = logged([&] { Log().warn(orders, {{"by", orders}}); });
  CHECK(without_time(text, 0) ==
        " warn \\xc2\\x9b31m \\x9b 1m\\x7f by=\"\\u009b31m \\ufffd 1m\\u007f\"\n");
  const std::string json = logged([&] { Log(LogFormat::kJson).warn(orders, {{"by", orders}}); });
  CHECK(without_time(json, 9) == R"({"time":"","level":"warn","msg":"\u009b31m \ufffd 1m\u007f",)"
                                 R"("by":"\u009b31m \ufffd 1m\u007f"})"
                                 "\n");
}

TEST_CASE(
    "with --log-format=json it is an object with the time, the level, the message, the fields") {
  const std::string line = logged([] {
    Log(LogFormat::kJson).error("cannot \"read\"\n", {{"id", "a b"}, {"why", ""}});
  });
  CHECK(without_time(line, 9) ==
        R"({"time":"","level":"error","msg":"cannot \"read\"\n","id":"a b","why":""})"
        "\n");
}

TEST_CASE("details are logged only at the verbosity that asks for them") {
  CHECK(logged([] { Log().debug("x"); }).empty());
  CHECK(logged([] { Log(LogFormat::kText, 1).debug("x"); }).ends_with(" debug x\n"));
  CHECK(logged([] { Log().info("x"); }).ends_with(" info x\n"));
}

TEST_CASE("a quiet log has only errors, and what must always be said") {
  const auto with = [](const auto& work) {
    return logged([&] { work(Log(LogFormat::kText, 0, true)); });
  };
  CHECK(with([](const Log& log) { log.info("x"); }).empty());
  CHECK(with([](const Log& log) { log.warn("x"); }).empty());
  CHECK(with([](const Log& log) { log.warn_always("x"); }).ends_with(" warn x\n"));
  CHECK(with([](const Log& log) { log.error("x"); }).ends_with(" error x\n"));
}

}  // namespace elector::tests
