// SPDX-License-Identifier: Apache-2.0
// `elector exec` at a terminal: a shell under it is as usable as one without it, the keyboard's
// signals reach only the command, and the terminal is given back at the end.
#include <doctest/doctest.h>

#include <csignal>
#include <string>

#include "tests/support/observer.h"
#include "tests/support/temp_dir.h"
#include "tests/support/terminal.h"
#include "tests/system/e2e/exec_fixture.h"

namespace elector::tests {
namespace {

// Whether a process of that name has the foreground.
bool foreground_is(const Terminal& terminal, const std::string& name) {
  return eventually([&] { return process_name(terminal.foreground()) == name; });
}

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
    CHECK(foreground_is(terminal, "bash"));

    terminal.type("sleep 1000\n");
    REQUIRE_MESSAGE(foreground_is(terminal, "sleep"), terminal.screen());
    terminal.type("\x03");
    REQUIRE_MESSAGE(foreground_is(terminal, "bash"), terminal.screen());
    terminal.type("echo after=$?\n");
    CHECK_MESSAGE(terminal.shows("\nafter=130"), terminal.screen());

    terminal.type("sleep 1000\n");
    REQUIRE_MESSAGE(foreground_is(terminal, "sleep"), terminal.screen());
    terminal.type("\x1a");
    CHECK_MESSAGE(terminal.shows("Stopped"), terminal.screen());
    terminal.type("fg\n");
    REQUIRE_MESSAGE(foreground_is(terminal, "sleep"), terminal.screen());
    terminal.type("\x03");
    REQUIRE_MESSAGE(foreground_is(terminal, "bash"), terminal.screen());
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
    // A shell that is just starting another program may miss the signal; this one becomes it.
    const std::string line = line_of(
        {.election = election.text(), .command = {"sh", "-c", "echo begun; exec sleep 1000"}},
        dir.path("log"));
    Terminal terminal(line + "; echo code=$?; read word; echo \"word=$word\"");
    REQUIRE_MESSAGE(terminal.shows("begun"), (terminal.screen() + dir.read("log")));
    REQUIRE_MESSAGE(foreground_is(terminal, "sleep"), terminal.screen());
    terminal.type("\x03");
    CHECK_MESSAGE(terminal.shows("code=130"), terminal.screen());
    terminal.type("home\n");
    CHECK_MESSAGE(terminal.shows("word=home"), terminal.screen());
    CHECK(dir.read("log").find("stopping on SIGINT") == std::string::npos);
  }

  TEST_CASE("a standby with --signal=WINCH outlives a resize, and ends when a process sends it") {
    const ElectionName election(Cluster::get().api(), "resize");
    const TempDir dir;
    write(election.lease(), {.holder = "h", .duration = 3600});
    const std::string line =
        line_of({.election = election.text(), .more = {"--signal=WINCH"}, .command = {"true"}},
                dir.path("log"));
    Terminal terminal("sh -c 'echo $$ > " + dir.path("pid") + "; exec \"$@\"' sh " + line +
                      "; echo code=$?");
    REQUIRE(eventually([&] { return contains(dir.read("log"), "leader=h"); }));
    const pid_t pid = std::stoi(dir.read("pid"));
    terminal.resize(41, 133);
    // Two that are pending at once would be one.
    const std::string none_pending = "\nShdPnd:\t0000000000000000\n";
    REQUIRE(eventually([&] { return contains(proc(pid, "status"), none_pending); }));
    CHECK(throughout(Milliseconds(200), [&] { return !contains(dir.read("log"), "SIGWINCH"); }));
    ::kill(pid, SIGWINCH);
    CHECK_MESSAGE(terminal.shows("code=156"), (terminal.screen() + dir.read("log")));
  }

  TEST_CASE("in the background of a script it leaves the terminal to that") {
    const ElectionName election(Cluster::get().api(), "script");
    const TempDir dir;
    const std::string line = line_of(
        {.election = election.text(), .ttl = "60s", .command = {"sleep", "1000"}}, dir.path("log"));
    Terminal terminal(line +
                      " & pid=$!; read word; echo \"word=$word\"; kill $pid; wait $pid; "
                      "echo code=$?");
    REQUIRE(eventually([&] { return contains(dir.read("log"), "became leader"); }));
    terminal.type("abc\n");
    CHECK_MESSAGE(terminal.shows("\nword=abc"), (terminal.screen() + dir.read("log")));
    CHECK_MESSAGE(terminal.shows("\ncode=143"), (terminal.screen() + dir.read("log")));
  }

  TEST_CASE(
      "a program that reads from the terminal behind a pipe gets it, and so does the command "
      "then") {
    const ElectionName election(Cluster::get().api(), "pager");
    const TempDir dir;
    const std::string line =
        line_of({.election = election.text(),
                 .command = {"sh", "-c",
                             "echo begun; until test -e " + dir.path("read") +
                                 "; do sleep 0.05; done; read word; echo command=$word >/dev/tty"}},
                dir.path("log"));
    // With job control, as at a prompt: the pipeline is a separate process group.
    Terminal terminal("set -m; " + line +
                          " | { read first; read word </dev/tty; echo \"$first=$word\"; touch " +
                          dir.path("read") + "; cat; }; echo code=$?",
                      "bash");
    REQUIRE(eventually([&] { return contains(dir.read("log"), "became leader"); }));
    terminal.type("pager\n");
    REQUIRE_MESSAGE(terminal.shows("\nbegun=pager"), (terminal.screen() + dir.read("log")));
    terminal.type("job\n");
    CHECK_MESSAGE(terminal.shows("\ncommand=job"), (terminal.screen() + dir.read("log")));
    CHECK_MESSAGE(terminal.shows("\ncode=0"), (terminal.screen() + dir.read("log")));
  }

  TEST_CASE("a background command that needs the terminal is reported, and gets it after fg") {
    const ElectionName election(Cluster::get().api(), "fg");
    const TempDir dir;
    const std::string line =
        line_of({.election = election.text(),
                 .command = {"sh", "-c", "read word; echo got=$word; read word; echo got=$word"}},
                dir.path("log"));
    // With job control the standard input of what runs in the background is the terminal.
    Terminal terminal("set -m; " + line + " & until grep -q 'until it gets the terminal' '" +
                          dir.path("log") +
                          "'; do sleep 0.05; done; read word; echo script=$word; fg; echo code=$?",
                      "bash");
    REQUIRE(eventually([&] { return contains(dir.read("log"), "until it gets the terminal"); }));
    terminal.type("mine\n");
    CHECK_MESSAGE(terminal.shows("\nscript=mine"), (terminal.screen() + dir.read("log")));
    CHECK_FALSE(Cluster::get().api().holder(election.lease()).empty());
    terminal.type("one\n");
    CHECK_MESSAGE(terminal.shows("\ngot=one"), (terminal.screen() + dir.read("log")));
    terminal.type("two\n");
    CHECK_MESSAGE(terminal.shows("\ngot=two"), (terminal.screen() + dir.read("log")));
    CHECK_MESSAGE(terminal.shows("code=0"), (terminal.screen() + dir.read("log")));
  }

  TEST_CASE(
      "a background pager that needs the terminal gets it after fg, and then the command does") {
    const ElectionName election(Cluster::get().api(), "fg-pager");
    const TempDir dir;
    const std::string line =
        line_of({.election = election.text(),
                 .command = {"sh", "-c",
                             "echo begun; until test -e " + dir.path("read") + "; do echo x >> " +
                                 dir.path("beats") +
                                 "; sleep 0.05; done; read word; echo command=$word >/dev/tty; "
                                 "echo ended; sleep 1000"}},
                dir.path("log"));
    Terminal terminal(
        "set -m; " + line + " | { read first; touch " + dir.path("wants") +
            "; read word </dev/tty; echo \"$first=$word\"; touch " + dir.path("read") +
            "; read second; read word </dev/tty; echo \"$second=$word\"; cat; } &"
            " until test -e " +
            dir.path("wants") + "; do sleep 0.05; done; read word; echo script=$word; fg",
        "bash");
    const auto logs = [&] { return terminal.screen() + dir.read("log"); };
    REQUIRE_MESSAGE(eventually([&] { return !dir.read("beats").empty(); }), logs());
    terminal.type("mine\n");
    CHECK_MESSAGE(terminal.shows("\nscript=mine"), logs());
    // Nothing of that has stopped the command.
    const std::size_t beats = dir.read("beats").size();
    CHECK(eventually([&] { return dir.read("beats").size() > beats; }));
    terminal.type("one\n");
    CHECK_MESSAGE(terminal.shows("\nbegun=one"), logs());
    terminal.type("two\n");
    CHECK_MESSAGE(terminal.shows("\ncommand=two"), logs());
    terminal.type("three\n");
    CHECK_MESSAGE(terminal.shows("\nended=three"), logs());
    terminal.type("\x03");
    CHECK_MESSAGE(eventually([&] { return Cluster::get().api().holder(election.lease()).empty(); }),
                  logs());
    CHECK_FALSE(contains(dir.read("log"), "until it gets the terminal"));
  }

  TEST_CASE("Ctrl-C behind a pager ends the command with all of its group, as without elector") {
    const ElectionName election(Cluster::get().api(), "pager-int");
    const TempDir dir;
    // The shell minds the signal only once its sleep has ended, as shells do: that has to have it.
    const std::string line = line_of({.election = election.text(),
                                      .more = {"--grace=10m"},
                                      .command = {"sh", "-c", "echo begun; sleep 1000; true"}},
                                     dir.path("log"));
    Terminal terminal(
        "set -m; " + line +
            " | { trap '' INT; read first; read word </dev/tty; echo \"$first=$word\";"
            " cat; }; echo code=${PIPESTATUS[0]}",
        "bash");
    REQUIRE(eventually([&] { return contains(dir.read("log"), "became leader"); }));
    terminal.type("pager\n");
    REQUIRE_MESSAGE(terminal.shows("\nbegun=pager"), (terminal.screen() + dir.read("log")));
    terminal.type("\x03");
    CHECK_MESSAGE(terminal.shows("code=130"), (terminal.screen() + dir.read("log")));
    CHECK(Cluster::get().api().holder(election.lease()) == "");
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

  TEST_CASE(
      "of two in one foreground group the first has the terminal, and its end disturbs none") {
    const ElectionName first(Cluster::get().api(), "first");
    const ElectionName second(Cluster::get().api(), "second");
    const TempDir dir;
    const Beats beats(dir.path("beats"));
    const std::string one = line_of(
        {.election = first.text(), .command = {"sh", "-c", "exec sleep 1000"}}, dir.path("log1"));
    const std::string two =
        line_of({.election = second.text(), .command = beats.command("b")}, dir.path("log2"));
    // The second begins to wait while the terminal is still the script's.
    write(second.lease(), {.holder = "x", .duration = 600});
    Terminal terminal(two + " & until grep -q 'leader=x' '" + dir.path("log2") +
                      "'; do sleep 0.05; done; " + one + "; wait");
    const auto logs = [&] { return terminal.screen() + dir.read("log1") + dir.read("log2"); };
    REQUIRE_MESSAGE(foreground_is(terminal, "sleep"), logs());
    rewrite(second.lease(), {.holder = ""});
    REQUIRE_MESSAGE(beats.begins("b"), logs());
    CHECK(process_name(terminal.foreground()) == "sleep");
    ::kill(terminal.foreground(), SIGTERM);
    CHECK(foreground_is(terminal, "sh"));
    CHECK(beats.begins("b", boot_nanoseconds()));
  }

  TEST_CASE("a standby can be suspended, and works on when it is continued") {
    const ElectionName election(Cluster::get().api(), "standby");
    Contender one({.election = election.text(), .command = {"sleep", "1000"}});
    REQUIRE_MESSAGE(one.logs("became leader"), one.log());
    Contender two({.election = election.text(), .id = "b", .command = {"echo", "ran"}});
    REQUIRE_MESSAGE(two.logs("leader=a"), two.log());
    two.signal(SIGTSTP);
    REQUIRE(eventually([&] { return process_state(two.pid()) == 'T'; }));
    CHECK(one.terminate() == 143);
    CHECK(two.output().empty());
    two.signal(SIGCONT);
    CHECK_MESSAGE(two.process().wait_exit() == 0, two.log());
    CHECK(two.output() == "ran\n");
  }

  TEST_CASE("when elector or its guard is killed the terminal is still given back") {
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
      CHECK_MESSAGE(foreground_is(terminal, "sh"), terminal.screen());
      terminal.type("home\n");
      CHECK_MESSAGE(terminal.shows("word=home"), terminal.screen());
    }
  }
}

}  // namespace elector::tests
