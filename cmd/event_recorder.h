// Tells the cluster of this process's terms: an event on each lock object when one begins and when
// it ends. It never delays the election, and being forbidden to is no error.
#pragma once

#include <cstddef>
#include <set>
#include <string>

#include "cmd/candidate.h"
#include "cmd/log.h"
#include "core/election.h"
#include "kube/client.h"

namespace elector::cmd {

class EventRecorder {
 public:
  // All of these must outlive this.
  EventRecorder(kube::Client& client, const Log& log, Candidate& candidate)
      : client_(client), log_(log), candidate_(candidate) {}
  ~EventRecorder();
  EventRecorder(const EventRecorder&) = delete;
  EventRecorder& operator=(const EventRecorder&) = delete;

  void on_report(const core::Report& report);
  // The work of the term has stopped: the event leaves in the same flight as the release.
  void work_stopped();
  // Whether nothing is on its way.
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
