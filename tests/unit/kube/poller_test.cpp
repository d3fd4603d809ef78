// SPDX-License-Identifier: Apache-2.0
#include "kube/base/poller.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <string>
#include <vector>

#include "tests/unit/kube/client_fixture.h"

using namespace std::chrono_literals;
using elector::kube::boot_now;
using elector::kube::Poller;
using elector::tests::run_until;

namespace {

std::unique_ptr<Poller> make_poller() {
  auto poller = Poller::create();
  REQUIRE(poller);
  return std::move(*poller);
}

bool readable(int fd) {
  pollfd entry{fd, POLLIN, 0};
  return poll(&entry, 1, 0) == 1;
}

// An eventfd that is readable from the start.
int ready_fd() {
  return eventfd(1, EFD_CLOEXEC | EFD_NONBLOCK);
}

}  // namespace

TEST_CASE("a poller's descriptor is readable exactly while there is something to do") {
  auto poller = make_poller();
  const int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  int calls = 0;
  REQUIRE_FALSE(poller->add(fd, EPOLLIN, [&](std::uint32_t events) {
    ++calls;
    CHECK((events & EPOLLIN) != 0);
    std::uint64_t value = 0;
    CHECK(read(fd, &value, sizeof value) == sizeof value);
  }));
  CHECK_FALSE(readable(poller->fd()));
  const std::uint64_t one = 1;
  REQUIRE(write(fd, &one, sizeof one) == sizeof one);
  CHECK(readable(poller->fd()));
  poller->process();
  CHECK(calls == 1);
  CHECK_FALSE(readable(poller->fd()));
  poller->remove(fd);
  close(fd);
}

TEST_CASE("what a descriptor is watched for can be changed and ended") {
  auto poller = make_poller();
  const int fd = ready_fd();
  int calls = 0;
  REQUIRE_FALSE(poller->add(fd, 0, [&](std::uint32_t) { ++calls; }));
  poller->process();
  CHECK(calls == 0);
  poller->modify(fd, EPOLLIN);
  poller->process();
  CHECK(calls == 1);
  poller->remove(fd);
  poller->process();
  CHECK(calls == 1);
  poller->modify(fd, EPOLLIN);  // not there any more: ignored
  poller->remove(fd);
  poller->process();
  CHECK(calls == 1);
  close(fd);
}

TEST_CASE("adding a descriptor again replaces its callback") {
  auto poller = make_poller();
  const int fd = ready_fd();
  std::string called;
  REQUIRE_FALSE(poller->add(fd, EPOLLIN, [&](std::uint32_t) { called += "a"; }));
  REQUIRE_FALSE(poller->add(fd, EPOLLIN, [&](std::uint32_t) { called += "b"; }));
  poller->process();
  CHECK(called == "b");
  poller->remove(fd);
  close(fd);
}

TEST_CASE(
    "a callback that removes itself and its neighbours is safe, and the neighbours do not run") {
  auto poller = make_poller();
  const std::array<int, 3> fds{ready_fd(), ready_fd(), ready_fd()};
  int calls = 0;
  for (const int fd : fds) {
    // The captured string would be freed memory if removing destroyed the running function.
    REQUIRE_FALSE(poller->add(fd, EPOLLIN, [&, text = std::string(100, 'x')](std::uint32_t) {
      ++calls;
      for (const int other : fds) poller->remove(other);
      CHECK(text == std::string(100, 'x'));
    }));
  }
  poller->process();
  CHECK(calls == 1);
  for (const int fd : fds) close(fd);
}

TEST_CASE(
    "an event that was meant for a closed descriptor does not reach its number's next owner") {
  auto poller = make_poller();
  const int a = ready_fd();
  const int b = ready_fd();
  int old_calls = 0;
  int new_calls = 0;
  int reused = -1;
  const auto replace = [&](int other) {
    ++old_calls;
    poller->remove(other);
    close(other);
    reused = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);  // the lowest free number: the same
    CHECK(reused == other);
    CHECK_FALSE(poller->add(reused, EPOLLIN, [&](std::uint32_t) { ++new_calls; }));
  };
  REQUIRE_FALSE(poller->add(a, EPOLLIN, [&](std::uint32_t) { replace(b); }));
  REQUIRE_FALSE(poller->add(b, EPOLLIN, [&](std::uint32_t) { replace(a); }));
  poller->process();
  CHECK(old_calls == 1);
  CHECK(new_calls == 0);
  poller->remove(a);
  poller->remove(b);
  close(a);
  close(b);
}

TEST_CASE("a descriptor that cannot be watched is an error that says so") {
  auto poller = make_poller();
  const auto failure = poller->add(99999, EPOLLIN, [](std::uint32_t) {});
  REQUIRE(failure);
  CHECK(failure->kind == elector::Error::Kind::kSystem);
  CHECK(failure->message.find("99999") != std::string::npos);
}

TEST_CASE("timers run once, in the order of their times, never early") {
  auto poller = make_poller();
  std::vector<int> order;
  const auto start = boot_now();
  poller->start_timer(30ms, [&] { order.push_back(3); });
  poller->start_timer(10ms, [&] { order.push_back(1); });
  poller->start_timer(20ms, [&] {
    order.push_back(2);
    CHECK(boot_now() - start >= 20ms);
  });
  REQUIRE(run_until(*poller, [&] { return order.size() >= 3; }));
  CHECK(order == std::vector<int>{1, 2, 3});
  poller->process();
  CHECK(order.size() == 3);
}

TEST_CASE("a cancelled timer does not run, whichever handler cancels it") {
  auto poller = make_poller();
  bool ran = false;
  bool done = false;
  const Poller::TimerId early = poller->start_timer(0ms, [&] { ran = true; });
  poller->cancel_timer(early);
  Poller::TimerId later = 0;
  poller->start_timer(1ms, [&] { poller->cancel_timer(later); });
  later = poller->start_timer(2ms, [&] { ran = true; });
  poller->start_timer(20ms, [&] { done = true; });
  REQUIRE(run_until(*poller, [&] { return done; }));
  CHECK_FALSE(ran);
  poller->cancel_timer(later);
  poller->cancel_timer(0);
}

TEST_CASE("a timer that a timer starts for now waits for the next round") {
  auto poller = make_poller();
  int rounds = 0;
  std::function<void()> again = [&] {
    if (++rounds < 1000) poller->start_timer(-1s, again);
  };
  poller->start_timer(0ms, again);
  poller->wait(10s);
  CHECK(rounds == 1);
  CHECK(readable(poller->fd()));
  REQUIRE(run_until(*poller, [&] { return rounds >= 5; }));
}

TEST_CASE("a poller runs until something has come about, or a limit has passed") {
  const auto poller = make_poller();
  int runs = 0;
  poller->start_timer(0ms, [&] { ++runs; });
  poller->run_until([] { return true; });
  CHECK(runs == 0);
  poller->run_until([&] { return runs == 1; });
  CHECK(runs == 1);
  const auto start = boot_now();
  poller->run_until([] { return false; }, 20ms);
  CHECK(boot_now() - start >= 20ms);
  poller->start_timer(0ms, [&] { ++runs; });
  poller->run_until([&] { return runs == 2; }, 1h);
  CHECK(runs == 2);
}

TEST_CASE("a poller nests in another one") {
  auto outer = make_poller();
  auto inner = make_poller();
  bool ran = false;
  inner->start_timer(5ms, [&] { ran = true; });
  REQUIRE_FALSE(outer->add(inner->fd(), EPOLLIN, [&](std::uint32_t) { inner->process(); }));
  REQUIRE(run_until(*outer, [&] { return ran; }));
  CHECK_FALSE(readable(outer->fd()));
  outer->remove(inner->fd());
}

TEST_CASE("after a callback that takes long the others wait for the next call, each in its turn") {
  auto poller = make_poller();
  constexpr int kDescriptors = 3;
  std::string calls;
  const auto take_long = [] {
    const auto end = boot_now() + Poller::kLongEnough;
    while (boot_now() < end) {
    }
  };
  std::array<int, kDescriptors> fds{};
  for (int i = 0; i < kDescriptors; ++i) {
    fds.at(static_cast<std::size_t>(i)) = ready_fd();  // and stays so
    REQUIRE_FALSE(poller->add(fds.at(static_cast<std::size_t>(i)), EPOLLIN, [&, i](std::uint32_t) {
      calls += static_cast<char>('a' + i);
      take_long();
    }));
  }
  for (int i = 1; i <= kDescriptors; ++i) {
    poller->process();
    CHECK(calls.size() == static_cast<std::size_t>(i));
    CHECK(readable(poller->fd()));
  }
  std::sort(calls.begin(), calls.end());
  CHECK(calls == "abc");
  for (const int fd : fds) {
    poller->remove(fd);
    close(fd);
  }
  int timers = 0;
  for (int i = 0; i < 2; ++i) {
    poller->start_timer(0ms, [&] {
      ++timers;
      take_long();
    });
  }
  poller->process();
  CHECK(timers == 1);
  CHECK(run_until(*poller, [&] { return timers == 2; }));
}
