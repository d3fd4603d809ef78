// SPDX-License-Identifier: Apache-2.0
#include "tests/protocol/sim/transcript.h"

#include <chrono>
#include <cstdio>
#include <optional>

namespace elector::tests {
namespace {

std::string wall_text(const std::optional<core::WallTime>& wall) {
  if (!wall) return "-";
  const auto micros = wall->time_since_epoch().count();
  const auto of_day = micros / 1'000'000 % 86'400;
  char text[32];
  std::snprintf(text, sizeof text, "%02d:%02d:%02d.%03d", static_cast<int>(of_day / 3600),
                static_cast<int>(of_day / 60 % 60), static_cast<int>(of_day % 60),
                static_cast<int>(micros / 1000 % 1000));
  return text;
}

}  // namespace

std::string seconds_text(core::Duration duration) {
  char text[32];
  std::snprintf(text, sizeof text, "%.3f", static_cast<double>(duration.count()) / 1e9);
  return text;
}

std::string describe(const core::Record& record) {
  return (record.holder.empty() ? "nobody" : record.holder) + " " +
         std::to_string(record.lease_duration.count()) + "s acquired " +
         wall_text(record.acquire_time) + " renewed " + wall_text(record.renew_time) + " terms " +
         std::to_string(record.transitions);
}

std::string describe(const core::Observation& seen) {
  const std::string version = "@" + (seen.version.empty() ? "-" : seen.version) + " ";
  switch (seen.content) {
    case core::Content::kAbsent:
      return version + "absent";
    case core::Content::kEmpty:
      return version + "empty";
    case core::Content::kUnreadable:
      return version + "garbled";
    case core::Content::kRecord:
      break;
  }
  std::string text = version + describe(seen.record);
  if (seen.claim) {
    text += " claim " + seen.claim->nonce.substr(0, 4);
    if (!core::is_fresh(seen)) text += " (stale)";
    if (seen.claim->forced) text += " (forced)";
  }
  return text;
}

void Transcript::line(std::string_view who, std::string_view what) {
  const std::string time = seconds_text(schedule_.now());
  if (time.size() < 8) text_.append(8 - time.size(), ' ');
  text_.append(time).append("  ").append(who);
  if (who.size() < 7) text_.append(7 - who.size(), ' ');
  text_.append("  ").append(what).append("\n");
}

}  // namespace elector::tests
