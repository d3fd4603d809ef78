// When an application counts as healthy enough to lead: the kubelet's rule for probes, with a
// success threshold of one.
#pragma once

namespace elector::core {

class Health {
 public:
  // threshold: so many failures in a row make unhealthy; at least 1.
  explicit Health(int threshold) : threshold_(threshold) {}

  // What one look showed.
  void note(bool good) {
    looked_ = true;
    failures_ = good ? 0 : failures_ + 1;
    if (good) healthy_ = true;
    if (failures_ >= threshold_) healthy_ = false;
  }

  // May stand and lead. Not before the first success: an application that still starts is no
  // leader.
  bool healthy() const { return healthy_; }
  // Whether anything is known yet.
  bool looked() const { return looked_; }

 private:
  int threshold_;
  int failures_ = 0;
  bool healthy_ = false;
  bool looked_ = false;
};

}  // namespace elector::core
