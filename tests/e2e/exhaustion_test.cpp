// When something runs out: descriptors, memory, processes, room for what is printed. It goes on or
// ends in order, and the lock never outlives the term of who is gone.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <memory>

#include "tests/e2e/exec_fixture.h"
#include "tests/e2e/lone_server.h"

namespace elector::tests {
namespace {

// The command under what a shell can set up for it: limits, redirections.
Command in_shell(const std::string& before, Command command, const std::string& after = "") {
  Words words{"sh", "-c", before + " exec \"$@\" " + after, "sh"};
  words.insert(words.end(), command.arguments.begin(), command.arguments.end());
  command.arguments = std::move(words);
  return command;
}

Command run_command(const std::string& election, const Words& more = {}) {
  Command command{
      .arguments = {elector_binary(), "run", "--ttl=2s", "--id=a", "--election=" + election,
                    "--kubeconfig=" + Cluster::get().kubeconfig()},
      .environment = clean_environment()};
  command.arguments.insert(command.arguments.end(), more.begin(), more.end());
  return command;
}

std::string holder(const ElectionName& election) {
  return Cluster::get().api().holder(election.lease());
}

bool leads(const ElectionName& election) {
  return eventually([&] { return holder(election) == "a"; });
}

bool renews(const ElectionName& election, int times = 3) {
  const auto last = [&] {
    const auto record = Cluster::get().api().record(election.lease());
    return record && record->holder == "a" ? record->renew_time : "";
  };
  for (int i = 0; i < times; ++i) {
    const std::string before = last();
    if (before.empty() || !eventually([&] { return last() != before; })) return false;
  }
  return true;
}

// A pipe that is full, and that nobody reads.
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

// Leads with these redirections, goes on renewing, and gives the lock back.
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

TEST_SUITE("exhaustion") {
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

  TEST_CASE("an output that nobody reads keeps no renewal waiting, and loses no line that fits") {
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
}

}  // namespace elector::tests
