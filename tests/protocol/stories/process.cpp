// SPDX-License-Identifier: Apache-2.0
#include "tests/protocol/stories/process.h"

#include <utility>

#include "tests/protocol/stories/words.h"

namespace elector::tests {
namespace {

core::Config config_of(const CandidateSpec& spec, const std::string& label) {
  core::Config config{.identity = spec.identity,
                      .instance = "instance-of-" + label,
                      .timing = spec.timing,
                      .lock_precisions = {},
                      .seed = spec.seed};
  for (const Kind kind : spec.locks) config.lock_precisions.push_back(precision(kind));
  return config;
}

}  // namespace

Process::Process(CandidateSpec spec, std::string label)
    : election(config_of(spec, label)),
      watches(spec.locks.size()),
      spec_(std::move(spec)),
      label_(std::move(label)) {}

core::Now Process::now(core::Duration since_start) const {
  const core::Duration seen = frozen_at_.value_or(since_start);
  return {.boot = boot_start() + seen,
          .wall = std::chrono::time_point_cast<core::WallTime::duration>(kWallStart + seen +
                                                                         spec_.wall_offset)};
}

core::BootTime Process::boot_start() const {
  return kBootStart - boot_lag_;
}

void Process::thaw(core::Duration since_start) {
  boot_lag_ += since_start - frozen_at_.value_or(since_start);
  frozen_at_.reset();
}

std::string_view Process::kind_text(std::size_t lock) const {
  return spec_.locks.size() > 1 ? name(spec_.locks.at(lock)) : std::string_view();
}

}  // namespace elector::tests
