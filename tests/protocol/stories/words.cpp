// SPDX-License-Identifier: Apache-2.0
#include "tests/protocol/stories/words.h"

#include <cstdio>
#include <sstream>

namespace elector::tests {
namespace {

using core::Claim;
using core::Content;
using core::Duration;
using core::LossReason;
using core::Observation;
using core::Outcome;
using core::Report;
using core::Verb;

constexpr long kFirstVersion = 100;  // the model's counter before its first write

std::string with(std::string_view word, std::string_view kind) {
  return kind.empty() ? std::string(word) : std::string(word) + " " + std::string(kind);
}

std::string other_fields(const std::shared_ptr<const std::string>& body) {
  return body && !body->empty() ? ", " + *body : "";
}

std::string claim_text(const Claim& claim, const NonceNames& names) {
  return (claim.forced ? "forced claim " : "claim ") + names.name(claim.nonce);
}

std::string resign_text(const std::optional<core::ResignRequest>& request,
                        const NonceNames& names) {
  if (!request) return "";
  std::string text = ", " + request->holder + " asked to resign";
  if (!request->to.empty()) text += " for " + request->to;
  if (request->acknowledged) text += " (heard)";
  if (!request->release.empty()) text += " (done by " + names.name(request->release) + ")";
  return text;
}

std::string loss_text(const Report& report) {
  switch (report.loss) {
    case LossReason::kDeadline:
      return "no renewal in time";
    case LossReason::kTaken:
      return report.name.empty() ? "the lock is taken" : report.name + " has the lock";
    case LossReason::kForced:
      return "forced to resign";
    case LossReason::kClockJump:
      return "the wall clock jumped ahead";
  }
  return "?";
}

}  // namespace

const std::string& NonceNames::learn(const std::string& process, const std::string& nonce) {
  std::string& name = names_[nonce];
  if (name.empty()) name = process + "." + std::to_string(++counts_[process]);
  return name;
}

std::string NonceNames::name(const std::string& nonce) const {
  const auto it = names_.find(nonce);
  return it == names_.end() ? nonce : it->second;
}

std::string clock_text(Duration since_start) {
  char text[48];
  std::snprintf(text, sizeof text, "%.3f", std::chrono::duration<double>(since_start).count());
  return text;
}

std::string short_text(Duration duration) {
  std::string text = clock_text(duration);
  text.erase(text.find_last_not_of('0') + 1);
  if (text.back() == '.') text.pop_back();
  return text;
}

std::string version_text(std::string_view version) {
  return version.empty() ? "no version" : "v" + token_text(version);
}

std::string token_text(std::string_view token) {
  return std::to_string(std::stol(std::string(token)) - kFirstVersion);
}

std::string verb_text(Verb verb) {
  switch (verb) {
    case Verb::kGet:
      return "GET";
    case Verb::kCreate:
      return "POST";
    case Verb::kUpdate:
      return "PUT";
  }
  return "?";
}

std::string record_text(const core::Record& record) {
  const auto time = [](const std::optional<core::WallTime>& at) {
    return at ? short_text(*at - kWallStart) : "-";
  };
  std::string text = record.holder.empty() ? "nobody" : record.holder;
  text += " for " + std::to_string(record.lease_duration.count()) + "s";
  if (!record.holder.empty()) text += ", since " + time(record.acquire_time);
  text += ", renewed " + time(record.renew_time);
  return text + ", transitions " + std::to_string(record.transitions);
}

std::string object_text(const Observation& seen, const NonceNames& names) {
  std::string text = version_text(seen.version) + ": ";
  switch (seen.content) {
    case Content::kAbsent:
      return "deleted";
    case Content::kEmpty:
      text += "no record";
      break;
    case Content::kUnreadable:
      text += "not a record: " + seen.raw;
      break;
    case Content::kRecord:
      text += record_text(seen.record);
      break;
  }
  if (seen.claim) {
    const bool stale = seen.content == Content::kRecord && !core::is_fresh(seen);
    text += (stale ? ", stale " : ", ") + claim_text(*seen.claim, names);
  }
  if (!seen.claim && seen.content == Content::kRecord) text += ", no claim";
  return text + resign_text(seen.resign, names) + other_fields(seen.body);
}

std::string request_text(const core::Request& request, std::string_view kind,
                         const NonceNames& names) {
  std::string text = with(verb_text(request.verb), kind);
  if (request.verb == Verb::kGet) return text;
  if (request.verb == Verb::kUpdate) text += " " + version_text(request.version);
  text += ": " + record_text(request.record) + ", " + claim_text(request.claim, names);
  return text + resign_text(request.resign, names) + other_fields(request.body);
}

std::string answer_text(const core::Request& request, const core::Answer& answer,
                        std::string_view kind, const NonceNames& names) {
  const std::string prefix = kind.empty() ? "" : std::string(kind) + " ";
  switch (answer.outcome) {
    case Outcome::kOk:
      if (request.verb == Verb::kGet) return prefix + "200 " + object_text(answer.object, names);
      if (request.verb == Verb::kCreate)
        return prefix + "201 " + version_text(answer.object.version);
      return prefix + "200 " + version_text(answer.object.version) +
             (answer.object.version == request.version ? ", as before" : "");
    case Outcome::kConflict:
      return prefix + (request.verb == Verb::kCreate ? "409 it exists" : "409 it changed");
    case Outcome::kNotFound:
      return prefix + "404 no such object";
    case Outcome::kForbidden:
    case Outcome::kRefused:
    case Outcome::kUnknown:
      break;
  }
  return prefix + answer.message;
}

std::string report_text(const Report& report, core::BootTime boot_start) {
  const std::string until = clock_text(report.hold_until - boot_start);
  switch (report.kind) {
    case Report::Kind::kLeaderChanged:
      return "leader: " + (report.name.empty() ? "nobody" : report.name);
    case Report::Kind::kElected:
      return "ELECTED until " + until + ", token " + token_text(report.token);
    case Report::Kind::kRenewed:
      return "renewed until " + until;
    case Report::Kind::kStopWork:
      if (report.stop == core::StopReason::kWish) return "STOP WORK, held until " + until;
      return "STOP WORK: asked to resign" + (report.name.empty() ? "" : " for " + report.name) +
             ", held until " + until;
    case Report::Kind::kLost:
      return "LOST: " + loss_text(report) + ", held until " + until +
             ", the work must be gone by " + clock_text(report.gone_by - boot_start);
    case Report::Kind::kReleased:
      return "RELEASED";
    case Report::Kind::kReleaseFailed:
      return "NOT RELEASED, the lock may say otherwise until " + until;
    case Report::Kind::kRequestFailed:
      return verb_text(report.verb) + " failed: " + report.text;
    case Report::Kind::kNotice:
      return "note: " + report.text;
  }
  return "?";
}

std::vector<std::string> wrap(const std::string& text, std::size_t width) {
  std::istringstream words(text);
  std::vector<std::string> lines;
  std::string word;
  while (words >> word) {
    if (lines.empty() || lines.back().size() + 1 + word.size() > width) {
      lines.push_back(word);
    } else {
      lines.back() += " " + word;
    }
  }
  return lines;
}

}  // namespace elector::tests
