// SPDX-License-Identifier: Apache-2.0
#include "tests/system/chaos/contestant.h"

#include <rapidjson/pointer.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <utility>

#include "tests/support/candidate.h"
#include "tests/support/http.h"
#include "tests/support/json.h"
#include "tests/support/proc.h"

namespace elector::tests::chaos {
namespace {

// Between two questions.
constexpr Milliseconds kPause{20};
// An answer that takes longer shows little; the request may have reached a stopped process.
constexpr Milliseconds kPatience{500};

std::uint16_t first_port(const Cluster& cluster, Access::Kind kind, const Server& server) {
  return kind == Access::Kind::kPlain ? static_cast<std::uint16_t>(cluster.server()->side_port())
                                      : server.port;
}

bool has_daemon(std::uint64_t dice) {
  return dice / 2 % 3 == 0;
}

}  // namespace

Contestant::Contestant(const ContestantSetup& setup, const Cluster& cluster, const TempDir& dir,
                       const Server& server)
    : setup_(setup),
      dir_(dir),
      relay_(server.host, first_port(cluster, setup.access, server)),
      access_(cluster, dir, setup.label, setup.access, server, relay_.port()) {
  observer_ = std::thread([this] { observe(); });
}

Contestant::~Contestant() {
  end_ = true;
  observer_.join();
}

Span Contestant::renew_deadline() const {
  const Span lease = setup_.ttl;
  return std::min(lease * 2 / 3, lease - Span(std::chrono::seconds(1)));
}

Span Contestant::kill_deadline() const {
  return (renew_deadline() + Span(setup_.ttl)) / 2;
}

Command Contestant::command(std::uint64_t dice) const {
  const std::string life = lives_.back().title();
  Command command{
      .arguments = {elector_binary(), setup_.exec ? "exec" : "run",
                    "--kubeconfig=" + access_.kubeconfig(), "--election=" + setup_.election,
                    "--id=" + setup_.name, "--ttl=" + std::to_string(setup_.ttl.count()) + "s",
                    "--lock=" + setup_.lock, "--http=unix:" + socket_, "-v"},
      .environment = clean_environment(),
      .leave_behind = true};
  if (!setup_.exec) return command;
  // A grace beyond the lease too: then only the lease ends a child that does not end by itself.
  for (const std::string& word :
       {std::string(dice / 6 % 2 == 0 ? "--grace=1s" : "--grace=5s"), std::string("--"),
        std::string(BEAT_BINARY), dir_.path(setup_.label + ".beats"), life}) {
    command.arguments.push_back(word);
  }
  if (dice % 2 == 0) command.arguments.emplace_back("ignore");
  if (has_daemon(dice)) command.arguments.emplace_back("daemon");
  return command;
}

void Contestant::start(std::uint64_t dice) {
  const std::lock_guard lock(mutex_);
  const int number = static_cast<int>(lives_.size()) + 1;
  lives_.push_back({.name = setup_.name,
                    .label = setup_.label,
                    .number = number,
                    .began = BootClock::now(),
                    .family = has_daemon(dice) ? std::size_t{2} : std::size_t{1}});
  socket_ = dir_.path(lives_.back().title() + ".sock");
  process_ = std::make_unique<Process>(command(dice));
}

Instant Contestant::began() {
  const std::lock_guard lock(mutex_);
  return lives_.empty() ? Instant{} : lives_.back().began;
}

std::optional<int> Contestant::reap() {
  if (!process_) return {};
  const auto code = process_->wait_exit(Milliseconds(0));
  if (!code) return {};
  keep_output();
  process_.reset();
  const std::lock_guard lock(mutex_);
  socket_.clear();
  return code;
}

void Contestant::keep_output() {
  std::string title;
  {
    const std::lock_guard lock(mutex_);
    title = lives_.back().title();
  }
  std::vector<std::string> lines;
  for (Line& line : process_->lines(Process::Stream::kOut)) lines.push_back(std::move(line.text));
  std::ofstream(setup_.logs + "/" + title + ".out") << process_->text(Process::Stream::kOut);
  std::ofstream(setup_.logs + "/" + title + ".err") << process_->text(Process::Stream::kErr);
  printed_.emplace_back(std::move(title), std::move(lines));
}

void Contestant::signal(int number) const {
  if (process_) process_->signal(number);
}

std::optional<pid_t> Contestant::guard() const {
  if (!process_) return {};
  for (const pid_t pid : children_of(process_->pid())) {
    if (process_name(pid) == "lease-guard") return pid;
  }
  return {};
}

std::optional<pid_t> Contestant::child() const {
  const auto parent = guard();
  if (!parent) return {};
  for (const pid_t pid : children_of(*parent)) {
    if (process_name(pid) == "beat") return pid;
  }
  return {};
}

void Contestant::observe() {
  StreamReader stream;
  std::size_t streaming = 0;  // the life that it is of, counted from 1
  while (!end_) {
    std::string socket;
    std::size_t life = 0;
    {
      const std::lock_guard lock(mutex_);
      socket = socket_;
      life = lives_.size();
    }
    if (std::exchange(streaming, socket.empty() ? 0 : life) != life) stream.leave();
    if (!socket.empty()) {
      const Instant sent = BootClock::now();
      const HttpAnswer answer = http({.host = socket}, {.path = "/leader"}, kPatience);
      if (answer.status != 0) note(life - 1, sent, BootClock::now(), answer.body, answer.status);
      read_stream(stream, life - 1, socket);
    }
    std::this_thread::sleep_for(kPause);
  }
}

void Contestant::read_stream(StreamReader& stream, std::size_t life, const std::string& socket) {
  const std::lock_guard lock(mutex_);
  try {
    for (Finding& one : stream.read(socket, lives_[life])) wrong_.push_back(std::move(one));
  } catch (const std::runtime_error& problem) {
    const Instant now = BootClock::now();
    wrong_.push_back({.invariant = 6,
                      .what = lives_[life].title() + ", by its stream: " + problem.what(),
                      .from = now,
                      .to = now});
    stream.leave();
  }
}

void Contestant::note(std::size_t life, Instant sent, Instant received, const std::string& body,
                      int status) {
  Answer answer;
  try {
    answer = read_answer(sent, received, status, body, renew_deadline());
  } catch (const std::exception& problem) {
    answer.wrong = problem.what();
  }
  const std::lock_guard lock(mutex_);
  ++answers_;
  if (!answer.wrong.empty()) {
    wrong_.push_back({.invariant = 6,
                      .what = lives_[life].title() + " " + answer.wrong + ": " + body,
                      .from = sent,
                      .to = received});
  }
  if (!answer.statement) return;
  if (answer.statement->token) last_claim_ = received.time_since_epoch().count();
  lives_[life].add(*answer.statement);
  lives_[life].add_served(answer.leader, {.sent = sent, .received = received});
}

Answer read_answer(Instant sent, Instant received, int status, const std::string& body,
                   Span renew_deadline) {
  const Json json = parse_json(body);
  const auto* leads = rapidjson::Pointer("/isLeader").Get(json);
  if (leads == nullptr || !leads->IsBool()) return {.wrong = "does not say whether it leads"};
  const std::string id = text_at(json, "/id");
  const std::string leader = text_at(json, "/leader");
  const std::string token = text_at(json, "/fencingToken");
  const std::int64_t expires = number_at(json, "/expiresInMs");  // -1 if null
  Answer answer;
  answer.statement = Statement{.sent = sent, .received = received};
  answer.leader = leader;
  if (!leads->GetBool()) {
    if (status == 200) answer.wrong = "answers 200 and does not lead";
    if (leader == id) answer.wrong = "does not lead, and names itself as the leader";
    if (!leader.empty() && expires < 0) answer.wrong = "names a leader without an end";
    return answer;
  }
  answer.statement->token = std::strtoull(token.c_str(), nullptr, 10);
  answer.statement->expires = std::chrono::milliseconds(expires);
  if (status != 200) answer.wrong = "leads and does not answer 200";
  if (leader != id) answer.wrong = "leads and names another";
  if (*answer.statement->token == 0) answer.wrong = "leads without a fencing token";
  if (expires < 0) answer.wrong = "leads without an end";
  if (answer.statement->expires > renew_deadline) answer.wrong = "leads for longer than D";
  return answer;
}

// Lines "NANOSECONDS LIFE PID TOKEN" that came since the last call.
void Contestant::read_beats() {
  std::ifstream file(dir_.path(setup_.label + ".beats"), std::ios::binary);
  file.seekg(beats_read_);
  for (std::string line; std::getline(file, line) && !file.eof();) {
    beats_read_ += static_cast<std::streamoff>(line.size()) + 1;
    std::istringstream words(line);
    Span::rep at = 0;
    std::string title;
    pid_t pid = 0;
    std::uint64_t token = 0;
    if (!(words >> at >> title >> pid >> token)) {
      throw std::runtime_error("a beat that is none: " + line);
    }
    ++beats_;
    const auto number = static_cast<std::size_t>(std::stoi(title.substr(title.rfind('.') + 1)));
    const Instant instant{Span(at)};
    lives_.at(number - 1).add_beat(instant, pid, token);
  }
}

std::vector<Life> Contestant::lives() {
  const std::lock_guard lock(mutex_);
  read_beats();
  return lives_;
}

Findings Contestant::wrong_answers() {
  const std::lock_guard lock(mutex_);
  return wrong_;
}

}  // namespace elector::tests::chaos
