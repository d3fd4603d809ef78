// SPDX-License-Identifier: Apache-2.0
// What happened in a run, for a reader: one line per event, with the time, the subject and the
// event. The same seed gives the same text, byte for byte. Costs nothing when switched off.
#pragma once

#include <string>
#include <string_view>

#include "core/record.h"
#include "core/time.h"
#include "tests/protocol/sim/schedule.h"

namespace elector::tests {

class Transcript {
 public:
  Transcript(bool on, const Schedule& schedule) : on_(on), schedule_(schedule) {}

  // Must be checked before building a line.
  bool on() const { return on_; }
  void line(std::string_view who, std::string_view what);
  const std::string& text() const { return text_; }

 private:
  bool on_;
  const Schedule& schedule_;
  std::string text_{};
};

// Seconds with three digits, as in "12.034".
std::string seconds_text(core::Duration duration);
// "@105 host-a 10s acquired 00:01:02.5 renewed 00:01:04.5 terms 3 nonce 1a2b", or what the object
// has instead of a record.
std::string describe(const core::Observation& seen);
std::string describe(const core::Record& record);

}  // namespace elector::tests
