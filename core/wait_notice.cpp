// SPDX-License-Identifier: Apache-2.0
#include "core/wait_notice.h"

#include <algorithm>

namespace elector::core {

bool WaitNotice::look(const std::optional<Wait>& wait, BootTime now) {
  due_.reset();
  if (!wait) {
    wait_.reset();
    return false;
  }
  const bool same_holder = wait_ && wait_->record.holder == wait->record.holder;
  const bool renewed = !wait_ || wait_->free_at != wait->free_at;
  if (!same_holder) longest_between_ = Duration::zero();
  if (same_holder && renewed) longest_between_ = std::max(longest_between_, now - changed_at_);
  if (!same_holder || renewed) {
    changed_at_ = now;
    told_ = false;
  }
  wait_ = wait;
  if (told_) return false;
  const Duration duration = wait->free_at - changed_at_;
  const Duration silence =
      std::max({2 * retry_period_, std::min(duration / 2, kLongestSilence), 2 * longest_between_});
  const BootTime at = wait->seems_dead ? now : changed_at_ + silence;
  if (at + kShortestRest > wait->free_at) return false;
  if (now < at) {
    due_ = at;
    return false;
  }
  told_ = true;
  return true;
}

}  // namespace elector::core
