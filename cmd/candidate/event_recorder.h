// SPDX-License-Identifier: Apache-2.0
// Records this process's terms in the cluster: an Event on each lock object when a term begins and
// when it ends. It never delays the election, and a missing permission is not an error.
#pragma once

#include <cstddef>
#include <set>
#include <string>

#include "cmd/candidate/candidate.h"
#include "cmd/output/log.h"
#include "core/election.h"
#include "kube/http/client.h"

namespace elector::cmd {

class EventRecorder {
 public:
  // The arguments must outlive this.
  EventRecorder(kube::Client& client, const Log& log, Candidate& candidate)
      : client_(client), log_(log), candidate_(candidate) {}
  ~EventRecorder();
  EventRecorder(const EventRecorder&) = delete;
  EventRecorder& operator=(const EventRecorder&) = delete;

  void on_report(const core::Report& report);
  // The work of the term has stopped: sends the event at the same time as the release.
  void work_stopped();
  // True if no event is in flight.
  bool at_rest() const { return sent_.empty(); }

 private:
  void record(const std::string& what);
  void send(std::size_t lock, const std::string& what);
  void on_answer(const kube::HttpResponse& response);

  kube::Client& client_;
  const Log& log_;
  Candidate& candidate_;
  std::set<kube::Client::Id> sent_;
  bool leads_ = false;
  bool forbidden_ = false;
};

}  // namespace elector::cmd
