// SPDX-License-Identifier: Apache-2.0
// What a process costs: read from /proc every second, and compared, an early stretch of time with
// the last one.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace elector::tests::soak {

struct Sample {
  double at = 0;         // seconds since the beginning
  double resident = 0;   // KiB, with what of its files is in memory just now
  double own = 0;        // KiB of its own: no file's. What it holds on to is in here
  int descriptors = -1;  // -1: not ours to see
  int threads = 0;
  double processor = 0;  // seconds since its start
};

class Sampled {
 public:
  Sampled(std::string name, pid_t pid) : name_(std::move(name)), pid_(pid) {}

  const std::string& name() const { return name_; }
  // False if the process is gone.
  bool take(double at);

  // What it took in the samples of [from, to).
  struct Stretch {
    double resident = 0;   // the median, KiB
    double own = 0;        // the median, KiB
    int descriptors = -1;  // the least: connections come and go
    int threads = 0;       // the least
    double share = 0;      // of one processor
  };
  Stretch stretch(double from, double to) const;

 private:
  std::string name_;
  pid_t pid_;
  std::vector<Sample> samples_;
};

// How much more the last stretch may take than an early one.
//
// own: half a megabyte in half an hour of 25 renewals and a hand-over a second, 12 bytes a renewal,
// 300 a hand-over, and as much less in a shorter time, down to what the allocator does by taking
// and giving back whole pages.
// What is resident besides are pages of the program and its libraries: a guard whose first job
// starts late takes in a megabyte of them then. Those are reported.
// descriptors: of the connections to the API server that are kept, one or two more or less are
// open. share: a machine does not do the same work in the same time twice; what grows with its age,
// as a list that is gone through does, grows thirtyfold in half an hour.
inline constexpr double kMoreOwnPerSecond = 512.0 / 1800;
inline constexpr double kLeastMoreOwn = 128;
inline constexpr int kMoreDescriptors = 2;
inline constexpr double kShareFactor = 1.5;
inline constexpr double kMoreShare = 0.01;

// What has grown beyond that in so many seconds, in words; "" if nothing has.
std::string growth(const Sampled::Stretch& early, const Sampled::Stretch& late, double seconds);

}  // namespace elector::tests::soak
