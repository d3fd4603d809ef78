// SPDX-License-Identifier: Apache-2.0
// elector: elects one leader among any number of processes, through a Kubernetes API server.
#include <malloc.h>

#include <csignal>
#include <cstdio>
#include <string>
#include <variant>
#include <vector>

#include "cmd/cli/command_line.h"
#include "cmd/complete.h"
#include "cmd/copy_to.h"
#include "cmd/exec.h"
#include "cmd/output/log.h"
#include "cmd/output/terminal.h"
#include "cmd/process/hardening.h"
#include "cmd/process/signals.h"
#include "cmd/resign.h"
#include "cmd/run.h"
#include "cmd/status.h"
#include "cmd/watch.h"

namespace elector::cmd {
namespace {

void warn_of_strays(const ApiOptions& options) {
  if (options.strays.empty()) return;
  const Log log(options.log.format, options.log.verbosity, options.log.quiet);
  for (const StrayVariable& stray : options.strays) {
    log.warn("environment variable without effect",
             {{"variable", stray.name}, {"reason", stray.reason}});
  }
}

// One overload for each meaning of a command line.
int carry_out(const RunOptions& options) {
  warn_of_strays(options);
  return run(options);
}

int carry_out(const ExecOptions& options) {
  warn_of_strays(options);
  return exec(options);
}

int carry_out(const StatusOptions& options) {
  if (!options.quiet && options.probe.empty()) warn_of_strays(options);
  return status(options);
}

int carry_out(const WatchOptions& options) {
  warn_of_strays(options);
  return watch(options);
}

int carry_out(const ResignOptions& options) {
  warn_of_strays(options);
  return resign(options);
}

int carry_out(const CopyTo& options) {
  return copy_to(options);
}

int carry_out(const Completion& completion) {
  return complete(completion);
}

int carry_out(const ShowText& show) {
  return print(show.text) ? 0 : 1;
}

int carry_out(const UsageError& error) {
  std::fputs(error.text.c_str(), stderr);
  return error.exit_code;
}

// Runs before every constructor, including those of libraries: until then a PID 1 loses its
// signals.
__attribute__((section(".preinit_array"),
               used)) void (*const keep_signals)() = keep_signals_for_init;

}  // namespace
}  // namespace elector::cmd

int main(int argc, char** argv) {
  // If SIGCHLD is ignored, as some parents leave it, the kernel discards children and their exit
  // codes (wait(2)).
  std::signal(SIGCHLD, SIG_DFL);
  elector::cmd::hide_memory();
  elector::cmd::guard_descriptors();
  elector::cmd::end_without_memory(1);
  // One thread needs one arena; the trim threshold returns the memory that an answer of a megabyte
  // took.
  ::mallopt(M_ARENA_MAX, 1);
  ::mallopt(M_TRIM_THRESHOLD, 64 * 1024);
  using elector::cmd::Surroundings;
  const std::vector<std::string> arguments(argv + (argc > 0 ? 1 : 0), argv + argc);
  elector::cmd::hide_secrets(argc, argv);
  const auto parsed =
      elector::cmd::parse(arguments, Surroundings::of_process(argc > 0 ? argv[0] : "elector"));
  return std::visit([](const auto& meant) { return elector::cmd::carry_out(meant); }, parsed);
}
