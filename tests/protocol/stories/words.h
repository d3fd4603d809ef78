// SPDX-License-Identifier: Apache-2.0
// The words of a story's transcript: times in seconds since the story's start, versions counted
// from v1, nonces by the process that drew them (a.1 is the first of process a).
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/election.h"
#include "core/record.h"
#include "core/request.h"
#include "core/time.h"

namespace elector::tests {

// What the clocks show at a story's start. Not 0, which the core uses for "never".
inline constexpr core::BootTime kBootStart{std::chrono::seconds(1000)};
inline constexpr core::WallTime kWallStart{std::chrono::sys_days(std::chrono::year(2026) / 1 / 1)};

// Names for what is random: the same nonce gets the same name throughout a story.
class NonceNames {
 public:
  // The name of a nonce that `process` drew: "a.1" for the first. Known nonces keep their name.
  const std::string& learn(const std::string& process, const std::string& nonce);
  // Its name, or the nonce itself if it has no name.
  std::string name(const std::string& nonce) const;

 private:
  std::map<std::string, std::string> names_;
  std::map<std::string, int> counts_;
};

// "6.667": seconds with three decimals.
std::string clock_text(core::Duration since_start);
// "6.667", "2", "-0.5": the same without trailing zeros, for durations and the times in records.
std::string short_text(core::Duration duration);
// "v1" for the first version that the model gives (101); "no version" for "".
std::string version_text(std::string_view version);
// The fencing token in the same count: "1".
std::string token_text(std::string_view token);

std::string verb_text(core::Verb verb);
std::string record_text(const core::Record& record);
// A whole object: version, record, claim, and what else it carries.
std::string object_text(const core::Observation& seen, const NonceNames& names);
// "PUT v1: a for 10s ... claim a.2". `kind` is named only if there are two kinds; otherwise it is
// "".
std::string request_text(const core::Request& request, std::string_view kind,
                         const NonceNames& names);
std::string answer_text(const core::Request& request, const core::Answer& answer,
                        std::string_view kind, const NonceNames& names);
// `boot_start`: what the process's CLOCK_BOOTTIME would have shown at the story's start.
std::string report_text(const core::Report& report, core::BootTime boot_start);

// Breaks text at blanks so that no line is longer than `width`, if words allow.
std::vector<std::string> wrap(const std::string& text, std::size_t width);

}  // namespace elector::tests
