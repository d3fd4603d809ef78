// SPDX-License-Identifier: Apache-2.0
// One election of elector and candidates that are not: the leader leaves, by release, by death or
// because it was stopped, a candidate of the other side takes over, and so on, with both sides'
// claims in a ledger.
#pragma once

#include <memory>
#include <random>
#include <string>
#include <vector>

#include "tests/support/cluster.h"
#include "tests/system/mixed/elector_side.h"
#include "tests/system/mixed/rival.h"

namespace elector::tests {

// The lease duration of all candidates.
inline constexpr std::chrono::seconds kMixedTtl{2};

struct MixedSetup {
  std::string lock = "leases";
  RivalStyle style = RivalStyle::kClientGo;
  int hand_overs = 10;  // from one side to the other
  int rivals = 1;
  std::uint32_t seed = 1;
};

// What a run of one election came to.
struct MixedTally {
  int to_rival = 0;
  int to_elector = 0;
  int releases = 0;  // the ways by which leaders left
  int deaths = 0;
  int stops = 0;
  std::size_t claims = 0;
  Milliseconds longest_vacancy{0};
  std::vector<std::string> violations{};

  void add(const MixedTally& other);
  std::string text() const;
};

class MixedElection {
 public:
  MixedElection(Cluster& cluster, const MixedSetup& setup);
  ~MixedElection();

  // Throws std::runtime_error, with the logs, if no candidate becomes the leader.
  MixedTally run();

 private:
  enum class Side { kElector, kRival };

  void add_elector();
  std::unique_ptr<Rival> new_rival(const std::string& id);
  void prepare_objects();
  // Waits until there is a leader, and returns its side.
  Side leader();
  void elector_leaves();
  void rival_leaves();
  void judge();
  std::uint32_t dice() { return static_cast<std::uint32_t>(dice_()); }

  Cluster& cluster_;
  MixedSetup setup_;
  std::mt19937 dice_;
  ElectionName election_;
  Ledger ledger_;
  std::unique_ptr<ElectorSide> elector_;
  std::vector<std::unique_ptr<Rival>> rivals_;
  std::vector<std::string> foreign_before_;
  MixedTally tally_;
};

}  // namespace elector::tests
