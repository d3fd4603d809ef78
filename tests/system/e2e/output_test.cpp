// SPDX-License-Identifier: Apache-2.0
// Standard streams that are closed, full, gone, or not read: it continues or ends in order, and no
// line that fits is lost.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>

#include "tests/support/observer.h"
#include "tests/support/temp_dir.h"
#include "tests/system/e2e/exhaustion_fixture.h"
#include "tests/system/e2e/lone_server.h"

namespace elector::tests {
namespace {

// A pipe that is full and not read.
class FullPipe {
 public:
  explicit FullPipe(const TempDir& dir) : path_(dir.path("full")) {
    REQUIRE(::mkfifo(path_.c_str(), 0600) == 0);
    fd_ = ::open(path_.c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC);
    REQUIRE(fd_ >= 0);
    const std::array<char, 4096> page{};
    while (::write(fd_, page.data(), page.size()) > 0) {
    }
  }
  ~FullPipe() { ::close(fd_); }
  FullPipe(const FullPipe&) = delete;
  FullPipe& operator=(const FullPipe&) = delete;

  const std::string& path() const { return path_; }
  // Takes out what it was filled with, and returns what comes then.
  std::string drain() const {
    std::string text;
    std::array<char, 4096> page{};
    for (ssize_t size = 0; (size = ::read(fd_, page.data(), page.size())) > 0;) {
      text.append(page.data(), static_cast<std::size_t>(size));
    }
    std::erase(text, '\0');
    return text;
  }

 private:
  std::string path_;
  int fd_ = -1;
};

// A terminal that is not read, and that has room for less than a page.
class FullTerminal {
 public:
  FullTerminal() : master_(::posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC)) {
    REQUIRE(master_ >= 0);
    REQUIRE(::grantpt(master_) == 0);
    REQUIRE(::unlockpt(master_) == 0);
    path_ = ::ptsname(master_);
    slave_ = ::open(path_.c_str(), O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
    REQUIRE(slave_ >= 0);
    std::array<char, 1024> text{};
    text.fill('.');
    while (::write(slave_, text.data(), text.size()) > 0) {
    }
    REQUIRE(::read(master_, text.data(), text.size()) > 0);
  }
  ~FullTerminal() {
    ::close(slave_);
    ::close(master_);
  }
  FullTerminal(const FullTerminal&) = delete;
  FullTerminal& operator=(const FullTerminal&) = delete;

  const std::string& path() const { return path_; }

 private:
  std::string path_;
  int master_;
  int slave_ = -1;
};

Command watch_command(const std::string& election, const Words& more) {
  Command command{.arguments = {elector_binary(), "watch", election,
                                "--kubeconfig=" + Cluster::get().kubeconfig()},
                  .environment = clean_environment()};
  command.arguments.insert(command.arguments.end(), more.begin(), more.end());
  return command;
}

// An election whose leader has a very long name, for lines of that length.
void have_leader(const ElectionName& election, std::size_t length = 8000) {
  write(election.lease(), {.holder = std::string(length, 'x'), .duration = 600});
}

// `watch` with this output, which is not read, is served and ended nevertheless.
void end_stalled(const std::string& redirection, int signal) {
  CAPTURE(redirection);
  const TempDir dir;
  const ElectionName election(Cluster::get().api(), "stalled");
  have_leader(election);
  Process process(in_shell("", watch_command(election.text(), {"--exec=echo > " + dir.path("ran")}),
                           redirection));
  // The command of a line comes after the line.
  CHECK(eventually([&] { return std::filesystem::exists(dir.path("ran")); }));
  process.signal(signal);
  CHECK(process.wait_exit() == 128 + signal);
}

// Leads with these redirections, keeps renewing, and releases the lock.
void lead_with(
    const std::string& redirections, const Words& more = {},
    const std::function<void()>& once_led = [] {}) {
  CAPTURE(redirections);
  const ElectionName election(Cluster::get().api(), "streams");
  Process process(in_shell("", run_command(election.text(), more), redirections));
  CHECK(leads(election));
  once_led();
  CHECK(renews(election));
  for (const int fd : {0, 1, 2}) {
    const std::string link = "/proc/" + std::to_string(process.pid()) + "/fd/" + std::to_string(fd);
    const std::string target = std::filesystem::read_symlink(link).string();
    CAPTURE(target);
    CHECK_FALSE(target.starts_with("socket:"));
    CHECK_FALSE(target.starts_with("anon_inode:"));
  }
  process.signal(SIGTERM);
  CHECK(process.wait_exit() == 0);
  CHECK(holder(election).empty());
}

// Every subset of the standard streams closed.
std::vector<std::string> closings() {
  std::vector<std::string> all;
  for (int set = 1; set < 8; ++set) {
    std::string text;
    if (set & 1) text += "<&- ";
    if (set & 2) text += ">&- ";
    if (set & 4) text += "2>&-";
    all.push_back(text);
  }
  return all;
}

}  // namespace

TEST_SUITE("exhaustion of output") {
  TEST_CASE("standard streams that are closed, full or gone end no election") {
    std::vector<std::function<void()>> scenarios;
    for (const std::string& closing : closings()) {
      scenarios.push_back([closing] { lead_with(closing); });
    }
    scenarios.push_back([] { lead_with("> /dev/full 2> /dev/full", {"-vvv"}); });
    scenarios.push_back([] {
      const TempDir dir;
      auto pipe = std::make_unique<FullPipe>(dir);
      pipe->drain();
      lead_with("> " + pipe->path() + " 2>&1", {"-vvv"}, [&] { pipe.reset(); });
    });
    together(scenarios);
  }

  TEST_CASE("an output that is not read delays no renewal, and loses no line that fits") {
    const auto stalled = [](const std::string& stream) {
      const TempDir dir;
      const FullPipe pipe(dir);
      const ElectionName election(Cluster::get().api(), "stalled");
      Process process(
          in_shell("", run_command(election.text(), {"-vvv"}), stream + " " + pipe.path()));
      CHECK(leads(election));
      CHECK(renews(election));
      std::string printed = pipe.drain();
      process.signal(SIGTERM);
      CHECK(process.wait_exit() == 0);
      printed += pipe.drain();
      CAPTURE(printed);
      CHECK(printed.find(stream == ">" ? "a is the leader" : "became leader") != std::string::npos);
      CHECK(holder(election).empty());
    };
    const auto job = [] {
      const TempDir dir;
      const FullPipe pipe(dir);
      const ElectionName election(Cluster::get().api(), "stalled");
      const Beats beats(dir.path("beats"));
      Process process(in_shell(
          "",
          exec_command(
              {.election = election.text(), .more = {"-vvv"}, .command = beats.command("a")}),
          "2> " + pipe.path()));
      CHECK(beats.begins("a"));
      CHECK(renews(election, 6));
      process.signal(SIGTERM);
      CHECK(process.wait_exit().has_value());
      CHECK(beats.has_processes("a", 1));
      CHECK(holder(election).empty());
    };
    together({[&] { stalled(">"); }, [&] { stalled("2>"); }, job});
  }

  TEST_CASE("watch with an output that is not read is ended by signals and time limits") {
    std::vector<std::function<void()>> scenarios;
    for (const int signal : {SIGTERM, SIGINT, SIGHUP}) {
      scenarios.push_back([signal] {
        const TempDir dir;
        const FullPipe pipe(dir);
        end_stalled("> " + pipe.path(), signal);
      });
    }
    scenarios.push_back([] {
      const FullTerminal terminal;
      end_stalled("> " + terminal.path() + " 2>&1", SIGTERM);
    });
    // Timed out; and with a line that is not read, which is not a success.
    for (const auto& [condition, code] : {std::pair{"--for=vacancy", 124}, {"--for=leader", 1}}) {
      scenarios.push_back([condition, code] {
        const TempDir dir;
        const FullPipe pipe(dir);
        const ElectionName election(Cluster::get().api(), "stalled");
        have_leader(election, 1);
        Process process(in_shell("", watch_command(election.text(), {condition, "--timeout=1s"}),
                                 "> " + pipe.path() + " 2>&1"));
        CHECK(process.wait_exit() == code);
      });
    }
    together(scenarios);
  }

  TEST_CASE("the line of a condition that is met waits a moment for a reader") {
    const TempDir dir;
    const FullPipe pipe(dir);
    const ElectionName election(Cluster::get().api(), "late");
    have_leader(election);
    Process process(in_shell(
        "", watch_command(election.text(), {"--for=leader", "--exec=echo > " + dir.path("ran")}),
        "> " + pipe.path()));
    REQUIRE(eventually([&] { return std::filesystem::exists(dir.path("ran")); }));
    std::string printed;
    CHECK(eventually([&] { return (printed += pipe.drain()).ends_with("x leads\n"); }));
    CHECK(process.wait_exit() == 0);
    CHECK(std::count(printed.begin(), printed.end(), 'x') == 8000);
  }

  TEST_CASE("watch keeps what a slow reader has not read, and lets the API wait for the rest") {
    const ApiServer server;
    const TempDir dir;
    const FullPipe pipe(dir);
    const std::string name(4000, 'x');
    constexpr int kChanges = 600;  // some 5 MB of lines
    const auto write_term = [&](int term) {
      server.api().patch(kLease, lock_body(kLease, {.holder = std::to_string(term) + name,
                                                    .duration = 600,
                                                    .transitions = term}));
    };
    server.api().create(kLease, lock_body(kLease, {.holder = "0" + name, .transitions = 0}));
    Command command = watch_command("example", {"-ojson", "-v"});
    command.arguments[3] = "--kubeconfig=" + server.kubeconfig();
    Process process(in_shell("", command, "> " + pipe.path()));
    // Of each kind of lock: nothing is a change before all have been read.
    REQUIRE(eventually([&] { return server.requests("", "WATCH") >= 3; }));
    for (int term = 1; term <= kChanges; ++term) write_term(term);
    REQUIRE(process.wait_for_line(Process::Stream::kErr,
                                  containing("standard output is not being read")));
    std::string printed;
    const std::string last = "\"from\":\"" + std::to_string(kChanges - 1) + "x";
    CHECK(eventually([&] { return (printed += pipe.drain()).find(last) != std::string::npos; }));
    std::size_t at = 0;
    for (int term = 1; term <= kChanges; ++term) {
      CAPTURE(term);
      at = printed.find("\"from\":\"" + std::to_string(term - 1) + "x", at);
      REQUIRE(at != std::string::npos);
    }
    CHECK(printed.find("\"missed\":1") == std::string::npos);
    process.signal(SIGTERM);
    CHECK(process.wait_exit() == 128 + SIGTERM);
  }

  TEST_CASE("a log that may not grow, or a terminal that hangs up, ends nothing out of order") {
    const auto full = [] {
      const TempDir dir;
      const ElectionName election(Cluster::get().api(), "streams");
      Process process(limited("--fsize=600", in_shell("", run_command(election.text(), {"-vvv"}),
                                                      "2> " + dir.path("log"))));
      CHECK(leads(election));
      CHECK(renews(election, 6));
      CHECK(std::filesystem::file_size(dir.path("log")) <= 600);
      process.signal(SIGTERM);
      CHECK(process.wait_exit() == 0);
      CHECK(holder(election).empty());
    };
    const auto full_job = [] {
      const TempDir dir;
      const ElectionName election(Cluster::get().api(), "streams");
      const Beats beats(dir.path("beats"));
      Process process(
          limited("--fsize=600",
                  in_shell("",
                           exec_command({.election = election.text(),
                                         .more = {"-vvv"},
                                         .command = {"sh", "-c", "trap '' XFSZ; sleep 600"}}),
                           "2> " + dir.path("log"))));
      CHECK(leads(election));
      CHECK(renews(election, 6));
      process.signal(SIGTERM);
      CHECK(process.wait_exit() == 128 + SIGTERM);
      CHECK(holder(election).empty());
    };
    const auto hang_up = [](const std::string& before, bool ends) {
      const ElectionName election(Cluster::get().api(), "streams");
      Process process(in_shell(before, run_command(election.text())));
      CHECK(leads(election));
      process.signal(SIGHUP);
      if (!ends) {
        CHECK(renews(election));
        process.signal(SIGTERM);
      }
      CHECK(process.wait_exit() == 0);
      CHECK(holder(election).empty());
    };
    together({full, full_job, [&] { hang_up("", true); }, [&] { hang_up("trap '' HUP;", false); }});
  }

  TEST_CASE("output that cannot be written is reported, unless the reader has gone") {
    const std::string kubeconfig = "--kubeconfig=" + Cluster::get().kubeconfig();
    for (const Words& words :
         {Words{"--version"}, Words{"status", "--help"}, Words{"status", "-ojson", kubeconfig},
          Words{"run", "--election=x", "--print-rbac", kubeconfig}}) {
      Command command{.arguments = words, .environment = clean_environment()};
      command.arguments.insert(command.arguments.begin(), elector_binary());
      const Ended full = run_to_end(in_shell("", command, "> /dev/full"));
      CAPTURE(words);
      CHECK(full.code == 1);
      CHECK(full.err == "elector: cannot write to standard output: No space left on device\n");
      for (const std::string closing : {">&-", "<&- >&-"}) {
        const Ended closed = run_to_end(in_shell("", command, closing));
        CAPTURE(closing);
        CHECK(closed.code == 1);
        CHECK(closed.err == "elector: cannot write to standard output: Bad file descriptor\n");
      }
    }
  }

  TEST_CASE(
      "watch ends when its lines cannot be written, and reports why unless the reader has gone") {
    const ElectionName election(Cluster::get().api(), "unwritten");
    have_leader(election, 1);
    const Ended full = run_to_end(in_shell("", watch_command(election.text(), {}), "> /dev/full"));
    CHECK(full.code == 1);
    CHECK(full.err == "elector: cannot write to standard output: No space left on device\n");
    const Ended closed = run_to_end(in_shell("", watch_command(election.text(), {}), ">&-"));
    CHECK(closed.code == 1);
    CHECK(closed.err == "elector: cannot write to standard output: Bad file descriptor\n");
    const TempDir dir;
    auto pipe = std::make_unique<FullPipe>(dir);
    Process process(in_shell("",
                             watch_command(election.text(), {"--exec=echo > " + dir.path("ran")}),
                             "> " + pipe->path()));
    REQUIRE(eventually([&] { return std::filesystem::exists(dir.path("ran")); }));
    pipe.reset();
    CHECK(process.wait_exit() == 1);
    CHECK(process.text(Process::Stream::kErr).empty());
  }
}

}  // namespace elector::tests
