// SPDX-License-Identifier: Apache-2.0
// `elector run` in a mixed election: a candidate that is asked all the time whether it leads, so
// that the ledger can hold its answers against what the others believed.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "tests/support/candidate.h"
#include "tests/system/mixed/ledger.h"

namespace elector::tests {

class ElectorSide {
 public:
  ElectorSide(const CandidateOptions& options, Ledger& ledger)
      : ledger_(ledger), candidate_(options) {}

  const std::string& id() const { return candidate_.id(); }
  Candidate& candidate() { return candidate_; }
  // Requests GET /, records a claim in the ledger, and returns whether the answer claims
  // leadership.
  bool leads();
  void freeze();
  void thaw();
  bool frozen() const { return frozen_; }

 private:
  Ledger& ledger_;
  Candidate candidate_;
  Address address_{};  // once it is known
  bool frozen_ = false;
};

}  // namespace elector::tests
