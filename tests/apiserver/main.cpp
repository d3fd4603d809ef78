// SPDX-License-Identifier: Apache-2.0
// elector-apiserver: a small server that speaks the Kubernetes API for Leases, Endpoints,
// ConfigMaps, Events and Pods, for the tests, the demo and the benchmarks to elect on. It listens
// on loopback only: its users' tokens are known to all.
#include <getopt.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>

#include "tests/apiserver/certificates.h"
#include "tests/apiserver/http.h"
#include "tests/apiserver/server.h"

namespace {

using namespace elector::tests::apiserver;

constexpr const char* kUsage =
    "usage: elector-apiserver [--port=N] [--dir=DIR] [--plain] [--side-door] [--state=FILE] "
    "[--history=N] "
    "[--bookmarks=S]\n"
    "\n"
    "  --port=N       listen on 127.0.0.1:N (0, the default: a free port); prints `listening on "
    "URL` when ready\n"
    "  --dir=DIR      where certificates and the kubeconfig go (default: .); contexts admin, "
    "member, polling, nobody, cert\n"
    "  --plain        HTTP instead of HTTPS\n"
    "  --side-door    HTTP too, on a port of its own; prints `side door at URL` before the other "
    "line\n"
    "  --state=FILE   keep objects and version in FILE: they survive a restart, also after a kill\n"
    "  --history=N    events that a watch can start from before it gets 410 (default 10000)\n"
    "  --bookmarks=S  seconds between two bookmarks of a watch (default 5)\n"
    "\n"
    "Users' tokens are USER-token, their passwords USER-password. What can be made to go wrong, "
    "and what was seen, is\n"
    "under /_control; see control.h and faults.h.\n";

struct Options {
  HttpOptions http;
  ServerOptions server;
  std::string dir = ".";
  bool plain = false;
};

// A whole number up to max; ends the process if text is not such a number.
long number_or_exit(const char* flag, const char* text, long max) {
  char* end = nullptr;
  const long value = std::strtol(text, &end, 10);
  if (*text == '\0' || *end != '\0' || value < 0 || value > max) {
    std::fprintf(stderr, "elector-apiserver: --%s takes a number from 0 to %ld, not \"%s\"\n", flag,
                 max, text);
    std::exit(2);
  }
  return value;
}

Options parse(int argc, char** argv) {
  Options options;
  static const option kLong[] = {{"port", required_argument, nullptr, 'p'},
                                 {"dir", required_argument, nullptr, 'd'},
                                 {"plain", no_argument, nullptr, 'n'},
                                 {"side-door", no_argument, nullptr, 'o'},
                                 {"state", required_argument, nullptr, 's'},
                                 {"history", required_argument, nullptr, 'h'},
                                 {"bookmarks", required_argument, nullptr, 'b'},
                                 {"help", no_argument, nullptr, 'H'},
                                 {nullptr, 0, nullptr, 0}};
  for (int flag = 0; (flag = getopt_long(argc, argv, "", kLong, nullptr)) != -1;) {
    switch (flag) {
      case 'p':
        options.http.port = static_cast<int>(number_or_exit("port", optarg, 65535));
        break;
      case 'd':
        options.dir = optarg;
        break;
      case 'n':
        options.plain = true;
        break;
      case 'o':
        options.http.side_door = true;
        break;
      case 's':
        options.server.state_file = optarg;
        break;
      case 'h':
        options.server.history =
            static_cast<std::size_t>(number_or_exit("history", optarg, 100'000'000));
        break;
      case 'b':
        options.server.bookmark_interval =
            std::chrono::seconds(number_or_exit("bookmarks", optarg, 86'400));
        break;
      case 'H':
        std::fputs(kUsage, stdout);
        std::exit(0);
      default:
        std::fputs(kUsage, stderr);
        std::exit(2);
    }
  }
  if (optind < argc) {
    std::fputs(kUsage, stderr);
    std::exit(2);
  }
  return options;
}

int fail(const std::string& error) {
  std::fprintf(stderr, "elector-apiserver: %s\n", error.c_str());
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  Options options = parse(argc, argv);
  sigset_t end_signals;
  sigemptyset(&end_signals);
  for (const int signal : {SIGTERM, SIGINT}) sigaddset(&end_signals, signal);
  sigprocmask(SIG_BLOCK, &end_signals, nullptr);
  std::signal(SIGPIPE, SIG_IGN);

  std::error_code code;
  std::filesystem::create_directories(options.dir, code);
  if (!options.plain) {
    if (std::string error = make_certificates(options.dir); !error.empty()) return fail(error);
    options.http.certificate = read_file(options.dir + "/server.crt");
    options.http.key = read_file(options.dir + "/server.key");
    options.http.client_authority = read_file(options.dir + "/ca.crt");
  }
  Server server(options.server);
  if (std::string error = server.start(); !error.empty()) return fail(error);
  HttpFront front(server, options.http);
  if (std::string error = front.start(); !error.empty()) return fail(error);
  const std::string url =
      (options.plain ? "http://127.0.0.1:" : "https://127.0.0.1:") + std::to_string(front.port());
  if (std::string error = write_kubeconfig(options.dir, url, !options.plain); !error.empty()) {
    return fail(error);
  }
  if (front.plain_port() != 0) {
    std::printf("side door at http://127.0.0.1:%d\n", front.plain_port());
  }
  std::printf("listening on %s\n", url.c_str());
  std::fflush(stdout);
  front.run(end_signals);
  return 0;
}
