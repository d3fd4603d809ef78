// SPDX-License-Identifier: Apache-2.0
// Lines to a pipe that is read late, too late, or not at all.
#include "cmd/output/line_writer.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <memory>
#include <string>
#include <vector>

namespace elector::tests {
namespace {

using cmd::LineWriter;
using std::chrono::milliseconds;
using std::chrono::seconds;

struct Pipe {
  Pipe() { REQUIRE(::pipe2(ends.data(), O_NONBLOCK | O_CLOEXEC) == 0); }
  ~Pipe() {
    ::close(ends[1]);
    hang_up();
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;

  // All that is in it now.
  std::string take() const {
    std::string text;
    std::array<char, 4096> page{};
    for (ssize_t size = 0; (size = ::read(ends[0], page.data(), page.size())) > 0;) {
      text.append(page.data(), static_cast<std::size_t>(size));
    }
    return text;
  }
  void hang_up() {
    if (ends[0] >= 0) ::close(ends[0]);
    ends[0] = -1;
  }

  std::array<int, 2> ends{};
};

LineWriter::Handler noting(std::vector<int>& errors) {
  return {.on_progress = {}, .on_error = [&](int error) { errors.push_back(error); }};
}

std::string numbered(int from, int to) {
  std::string text;
  for (int i = from; i < to; ++i) text += std::to_string(i) + "\n";
  return text;
}

}  // namespace

TEST_CASE(
    "a writer that keeps everything loses no line to a slow reader, and learns how much is kept") {
  const auto poller = kube::Poller::create();
  REQUIRE(poller);
  const Pipe pipe;
  int told = 0;
  LineWriter writer(**poller, pipe.ends[1],
                    {.on_progress = [&] { ++told; }, .on_error = [](int) { FAIL("no error"); }});
  constexpr int kLines = 50000;
  for (int i = 0; i < kLines; ++i) writer.write(std::to_string(i));
  CHECK(told == kLines);
  CHECK(writer.pending() > 0);
  CHECK_FALSE(writer.drain(milliseconds(1)));
  std::string read;
  while (writer.pending() > 0) {
    read += pipe.take();
    (*poller)->wait(seconds(1));
  }
  CHECK(told > kLines);
  CHECK(read + pipe.take() == numbered(0, kLines));
  CHECK(writer.drain(seconds(0)));
}

TEST_CASE("a writer that does not keep everything keeps the latest lines, some thousands") {
  const auto poller = kube::Poller::create();
  REQUIRE(poller);
  const Pipe pipe;
  LineWriter writer(**poller, pipe.ends[1]);
  constexpr int kLines = 50000;
  for (int i = 0; i < kLines; ++i) writer.write(std::to_string(i));
  std::string read;
  while (writer.pending() > 0) {
    read += pipe.take();
    (*poller)->wait(seconds(1));
  }
  read += pipe.take();
  CHECK(read.ends_with(numbered(kLines - 4000, kLines)));
  CHECK(read.starts_with(numbered(0, 4000)));
  CHECK(read.size() < numbered(0, kLines).size());
}

TEST_CASE("an error is reported once, and what was kept is dropped") {
  std::signal(SIGPIPE, SIG_IGN);
  const auto poller = kube::Poller::create();
  REQUIRE(poller);
  Pipe pipe;
  std::vector<int> errors;
  LineWriter writer(**poller, pipe.ends[1], noting(errors));
  for (int i = 0; i < 50000; ++i) writer.write(std::to_string(i));
  CHECK(writer.pending() > 0);
  pipe.hang_up();
  CHECK(writer.drain(seconds(10)));
  CHECK(errors == std::vector{EPIPE});
  (*poller)->wait(milliseconds(0));
  CHECK(errors == std::vector{EPIPE});
}

TEST_CASE("a reader that goes is noticed before there is anything to write") {
  const auto poller = kube::Poller::create();
  REQUIRE(poller);
  Pipe pipe;
  std::vector<int> errors;
  LineWriter writer(**poller, pipe.ends[1], noting(errors));
  writer.write("one");
  (*poller)->wait(milliseconds(0));
  CHECK(errors.empty());
  pipe.hang_up();
  (*poller)->wait(seconds(10));
  CHECK(errors == std::vector{EPIPE});
  (*poller)->wait(milliseconds(0));
  CHECK(errors == std::vector{EPIPE});
}

}  // namespace elector::tests
