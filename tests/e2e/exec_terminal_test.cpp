// `elector exec` at a terminal: a shell under it is as usable as one without it, the keyboard's
// signals reach only the command, and the terminal is given back at the end.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <csignal>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "tests/e2e/exec_fixture.h"
#include "tests/support/temp_dir.h"

namespace elector::tests {
namespace {

// A pseudo-terminal with a session on it, and someone who types.
class Terminal {
 public:
  // `script` is run by sh, the session's leader, with the terminal as its three streams.
  explicit Terminal(const std::string& script)
      : master_(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC)) {
    REQUIRE(master_ >= 0);
    REQUIRE(::grantpt(master_) == 0);
    REQUIRE(::unlockpt(master_) == 0);
    std::array<char, 64> name{};
    REQUIRE(::ptsname_r(master_, name.data(), name.size()) == 0);
    // The terminal becomes the new session's through standard input.
    const std::string begin = "exec setsid --ctty --wait sh -c \"$1\" <\"$0\" >\"$0\" 2>&1";
    Command command{.arguments = {"sh", "-c", begin, name.data(), script},
                    .environment = clean_environment()};
    command.environment["PS1"] = "ready> ";
    command.environment["TERM"] = "dumb";
    process_ = std::make_unique<Process>(command);
    reader_ = std::thread([this] { read_screen(); });
  }
  ~Terminal() {
    process_.reset();
    end_ = true;
    reader_.join();
    ::close(master_);
  }
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;

  void type(const std::string& keys) const { (void)!::write(master_, keys.data(), keys.size()); }
  void resize(unsigned short rows, unsigned short columns) const {
    const winsize size{.ws_row = rows, .ws_col = columns, .ws_xpixel = 0, .ws_ypixel = 0};
    ::ioctl(master_, TIOCSWINSZ, &size);
  }
  // Whether the text appears, behind everything that was waited for before.
  bool shows(const std::string& text, Milliseconds limit = kLimit) {
    return eventually(
        [&] {
          const std::lock_guard lock(mutex_);
          const std::size_t found = screen_.find(text, seen_);
          if (found == std::string::npos) return false;
          seen_ = found + text.size();
          return true;
        },
        limit);
  }
  // Whether a process of that name has the foreground.
  bool foreground_is(const std::string& name) const {
    return eventually([&] { return process_name(::tcgetpgrp(master_)) == name; });
  }
  std::string screen() const {
    const std::lock_guard lock(mutex_);
    return screen_;
  }
  Process& process() { return *process_; }

 private:
  void read_screen() {
    ::fcntl(master_, F_SETFL, O_NONBLOCK);
    while (!end_) {
      std::array<char, 4096> buffer{};
      const ssize_t size = ::read(master_, buffer.data(), buffer.size());
      if (size > 0) {
        const std::lock_guard lock(mutex_);
        screen_.append(buffer.data(), static_cast<std::size_t>(size));
      } else {
        std::this_thread::sleep_for(Milliseconds(10));
      }
    }
  }

  int master_;
  std::unique_ptr<Process> process_;
  mutable std::mutex mutex_;
  std::string screen_;
  std::size_t seen_ = 0;
  std::atomic<bool> end_{false};
  std::thread reader_;
};

// elector's command line for sh, with its log in a file.
std::string line_of(const ExecSetup& setup, const std::string& log) {
  std::string line;
  for (const std::string& word : exec_words(setup)) line += "'" + word + "' ";
  return line + "2>'" + log + "'";
}

}  // namespace

TEST_SUITE("elector exec: at a terminal" * doctest::skip(!have_command("bash"))) {
  TEST_CASE(
      "a shell has job control, Ctrl-C, Ctrl-Z and window sizes, and gives the terminal back") {
    const ElectionName election(Cluster::get().api(), "terminal");
    const TempDir dir;
    // An interactive bash writes its prompt to standard error, which it therefore needs.
    const std::string line =
        line_of({.election = election.text(),
                 .command = {"sh", "-c", "exec bash --norc --noprofile -i 2>&1"}},
                dir.path("log"));
    Terminal terminal(line + "; echo code=$?; read word; echo \"word=$word\"");
    REQUIRE_MESSAGE(terminal.shows("ready> "), (terminal.screen() + dir.read("log")));
    terminal.type("echo $((6 * 7))\n");
    CHECK_MESSAGE(terminal.shows("\n42"), terminal.screen());
    CHECK(terminal.foreground_is("bash"));

    terminal.type("sleep 1000\n");
    REQUIRE_MESSAGE(terminal.foreground_is("sleep"), terminal.screen());
    terminal.type("\x03");
    REQUIRE_MESSAGE(terminal.foreground_is("bash"), terminal.screen());
    terminal.type("echo after=$?\n");
    CHECK_MESSAGE(terminal.shows("\nafter=130"), terminal.screen());

    terminal.type("sleep 1000\n");
    REQUIRE_MESSAGE(terminal.foreground_is("sleep"), terminal.screen());
    terminal.type("\x1a");
    CHECK_MESSAGE(terminal.shows("Stopped"), terminal.screen());
    terminal.type("fg\n");
    REQUIRE_MESSAGE(terminal.foreground_is("sleep"), terminal.screen());
    terminal.type("\x03");
    REQUIRE_MESSAGE(terminal.foreground_is("bash"), terminal.screen());
    CHECK(terminal.shows("^C"));
    CHECK(terminal.shows("ready> "));
    // At its own prompt they do not end it, and do not reach elector.
    terminal.type("\x03");
    CHECK_MESSAGE(terminal.shows("ready> "), terminal.screen());
    terminal.type("echo still=here\n");
    CHECK_MESSAGE(terminal.shows("\nstill=here"), terminal.screen());

    terminal.resize(41, 133);
    terminal.type("stty size\n");
    CHECK_MESSAGE(terminal.shows("41 133"), terminal.screen());

    terminal.type("exit 7\n");
    CHECK_MESSAGE(terminal.shows("code=7"), terminal.screen());
    terminal.type("home\n");  // reading takes the foreground
    CHECK_MESSAGE(terminal.shows("word=home"), terminal.screen());
    const std::string log = dir.read("log");
    CHECK(log.find("SIGINT") == std::string::npos);
    CHECK(log.find("stopped leading") == std::string::npos);
    CHECK(Cluster::get().api().holder(election.lease()) == "");
  }

  TEST_CASE("Ctrl-C ends a command that minds it, and elector returns its code") {
    const ElectionName election(Cluster::get().api(), "interrupt");
    const TempDir dir;
    const std::string line =
        line_of({.election = election.text(), .command = {"sh", "-c", "echo begun; sleep 1000"}},
                dir.path("log"));
    Terminal terminal(line + "; echo code=$?; read word; echo \"word=$word\"");
    REQUIRE_MESSAGE(terminal.shows("begun"), (terminal.screen() + dir.read("log")));
    terminal.type("\x03");
    CHECK_MESSAGE(terminal.shows("code=130"), terminal.screen());
    terminal.type("home\n");
    CHECK_MESSAGE(terminal.shows("word=home"), terminal.screen());
    CHECK(dir.read("log").find("stopping on SIGINT") == std::string::npos);
  }

  TEST_CASE("Ctrl-Z does not suspend what holds the lock, nor what belongs to it") {
    const ElectionName election(Cluster::get().api(), "suspend");
    const TempDir dir;
    const Beats beats(dir.path("beats"));
    // The beating process is not the child itself, but in its process group.
    const std::string beat = beats.command("a")[0] + " " + beats.path() + " a";
    const std::string line = line_of(
        {.election = election.text(), .command = {"sh", "-c", "echo begun; " + beat + "; true"}},
        dir.path("log"));
    Terminal terminal(line + "; echo code=$?");
    REQUIRE_MESSAGE(beats.begins("a"), (terminal.screen() + dir.read("log")));
    terminal.type("\x1a");
    const bool said = eventually(
        [&] { return dir.read("log").find("cannot be suspended") != std::string::npos; });
    REQUIRE_MESSAGE(said, terminal.screen());
    CHECK_MESSAGE(beats.begins("a", boot_nanoseconds()), terminal.screen());
    terminal.type("\x03");
    CHECK_MESSAGE(terminal.shows("code=130"), (terminal.screen() + dir.read("log")));
  }

  TEST_CASE("when elector or its guard is killed the terminal is given back all the same") {
    for (const bool guard : {false, true}) {
      CAPTURE(guard);
      const ElectionName election(Cluster::get().api(), "killed");
      const TempDir dir;
      const std::string line = line_of(
          {.election = election.text(), .command = {"sh", "-c", "echo begun; exec sleep 1000"}},
          dir.path("log"));
      // Without job control the shell does not take the terminal by itself; it waits for the guard.
      Terminal terminal(line +
                        "; echo code=$?; until read word; do sleep 0.05; done;"
                        " echo \"word=$word\"");
      REQUIRE_MESSAGE(terminal.shows("begun"), (terminal.screen() + dir.read("log")));
      for (const pid_t pid : descendants_of(terminal.process().pid())) {
        if (process_name(pid) == (guard ? "lease-guard" : "elector")) ::kill(pid, SIGKILL);
      }
      CHECK_MESSAGE(terminal.shows(guard ? "code=125" : "code=137"), terminal.screen());
      CHECK_MESSAGE(terminal.foreground_is("sh"), terminal.screen());
      terminal.type("home\n");
      CHECK_MESSAGE(terminal.shows("word=home"), terminal.screen());
    }
  }
}

}  // namespace elector::tests
