// SPDX-License-Identifier: Apache-2.0
// When an application counts as healthy enough to lead: the kubelet's rule for probes, with a
// success threshold of one.
#pragma once

namespace elector::core {

class Health {
 public:
  // threshold: how many consecutive failures make the application unhealthy; at least 1.
  explicit Health(int threshold) : threshold_(threshold) {}

  // Takes the result of one probe.
  void note(bool good) {
    looked_ = true;
    failures_ = good ? 0 : failures_ + 1;
    if (good) healthy_ = true;
    if (failures_ >= threshold_) healthy_ = false;
  }

  // Whether the application may stand and lead. Not before the first success: an application that
  // is still starting cannot lead.
  bool healthy() const { return healthy_; }
  // Whether any probe has been made yet.
  bool looked() const { return looked_; }

 private:
  int threshold_;
  int failures_ = 0;
  bool healthy_ = false;
  bool looked_ = false;
};

}  // namespace elector::core
