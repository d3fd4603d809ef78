// SPDX-License-Identifier: Apache-2.0
// The faults that meet everyone: of the server, and of its watches.
#include <algorithm>
#include <cstdio>
#include <utility>

#include "tests/system/chaos/arena.h"

namespace elector::tests::chaos {
namespace {

using std::chrono::seconds;

int whole_seconds(Span length) {
  return std::max(1, static_cast<int>(std::chrono::duration_cast<seconds>(length).count()));
}

// As rules of tests/apiserver/faults.h, for requests of that user only.
std::string rule_of(const Planned& planned, const std::string& user) {
  const std::string requests = R"("user":")" + user + R"(",)";
  const std::string all = requests + R"("count":-1,"probability":0.7,"seed":)" +
                          std::to_string(planned.dice % 1000000) + ",";
  const std::string writes = all + R"("verbs":["PUT","POST"],)";
  switch (planned.fault) {
    case Fault::kTooMany:
      return all + R"("action":"status","code":429,"reason":"TooManyRequests","retryAfter":1)";
    case Fault::kServerError:
      return all + R"("action":"status","code":500,"reason":"InternalError")";
    case Fault::kUnavailable:
      return all + R"("action":"status","code":503,"reason":"ServiceUnavailable")";
    case Fault::kTimeoutAfter:
      return writes + R"("action":"status","code":504,"reason":"Timeout","apply":true)";
    case Fault::kLoseAnswer:
      return writes + R"("action":"lose")";
    case Fault::kDrop:
      return all + R"("action":"drop")";
    case Fault::kBreakOff:
      return all + R"("action":"cut")";
    case Fault::kHang:
      return writes + R"("action":"hang","apply":)" + (planned.dice % 2 == 0 ? "true" : "false");
    case Fault::kGarbage:
      return all + R"("action":"corrupt")";
    default:
      // One in a row: a client that reads the past again and again must take it for the present, as
      // after a restored backup.
      return requests + R"("verbs":["GET"],"action":"stale","count":1)";
  }
}

}  // namespace

bool Arena::server_fault(const Planned& planned) {
  const Instant now = BootClock::now();
  if (now < server_free_ || server_away_) return false;
  if (planned.fault == Fault::kRestart || planned.fault == Fault::kFreeze) {
    return restart_or_freeze(planned);
  }
  server_free_ = now + planned.length;
  for (const char* user : Access::kUsers) cluster_.server()->fault(rule_of(planned, user));
  disturb(planned, Disturbance::kAll, planned.length, true);
  later(planned.length, [this] {
    if (!server_answers()) return false;
    cluster_.server()->clear_faults();
    return true;
  });
  return true;
}

bool Arena::restart_or_freeze(const Planned& planned) {
  if (cluster_.is_real()) return real_server_fault(planned);
  ApiServer& server = *cluster_.server();
  const std::size_t disturbance = disturb(planned, Disturbance::kAll, planned.length, true);
  server_away_ = true;
  if (planned.fault == Fault::kFreeze) {
    server.freeze();
    later(planned.length, [this, &server] {
      server.thaw();
      server_is_back();
      return true;
    });
    return true;
  }
  server.stop();
  // Now and then it comes back with another certificate of the same authority.
  if (planned.dice % 2 == 0) {
    for (const char* file : {"/server.crt", "/server.key"}) {
      std::remove((server.directory() + file).c_str());
    }
  }
  later(planned.length, [this, &server, disturbance] {
    server.start();
    server_is_back();
    disturbances_[disturbance].end = BootClock::now();
    return true;
  });
  return true;
}

bool Arena::real_server_fault(const Planned& planned) {
  const std::string& command =
      planned.fault == Fault::kRestart ? setup_.restart_command : setup_.freeze_command;
  const std::size_t disturbance = disturb(planned, Disturbance::kAll, Span(0), true);
  disturbances_[disturbance].end = kNever;
  // It begins after this, and ends before we know.
  disturbances_[disturbance].blinds = false;
  server_away_ = true;
  const auto running = std::make_shared<Process>(Command{
      .arguments = {"sh", "-c", command + " " + std::to_string(whole_seconds(planned.length))}});
  later(Span(0), [this, running, disturbance] {
    if (running->running()) return false;
    const int status = cluster_.api().call("GET", object_->primary().path()).status;
    if (status != 200 && status != 404) return false;
    server_is_back();
    disturbances_[disturbance].end = BootClock::now();
    return true;
  });
  return true;
}

void Arena::server_is_back() {
  server_away_ = false;
  server_free_ = BootClock::now();
  if (cluster_.is_real()) return;
  for (State& state : states_) {
    Contestant& one = *state.contestant;
    one.access().register_token();
    if (one.access().kind() == Access::Kind::kPlain) {
      one.relay().lead_to(static_cast<std::uint16_t>(cluster_.server()->side_port()));
    }
  }
}

bool Arena::watch_fault(const Planned& planned) {
  if (!server_answers()) return false;
  const ApiServer& server = *cluster_.server();
  switch (planned.fault) {
    case Fault::kWatchEnds:
      server.watches("end");
      break;
    case Fault::kWatchReplays:
      server.watches("replay");
      break;
    case Fault::kWatchGone:
      server.compact();
      server.watches("gone");
      break;
    default:
      server.watches("stall");
      later(planned.length, [this] {
        if (!server_answers()) return false;
        cluster_.server()->watches("resume");
        return true;
      });
  }
  disturb(planned, Disturbance::kAll, planned.length, false);
  return true;
}

}  // namespace elector::tests::chaos
