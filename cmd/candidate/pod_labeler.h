// SPDX-License-Identifier: Apache-2.0
// Keeps --label-pod's label on this process's pod while it leads, and on no other pod of the
// election. The rules are in core/pod_label.h; this reads and patches pods.
//
// It checks at start (an earlier process of this pod may have left the label), when a term begins
// or ends, and periodically: every few seconds while leading, because the label may be removed by
// others and a former leader's last patch may arrive late; less often as a follower, because the
// label may be added by others.
#pragma once

#include <cstddef>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "cmd/candidate/candidate.h"
#include "cmd/cli/options.h"
#include "cmd/output/log.h"
#include "core/election.h"
#include "core/pod_label.h"
#include "kube/base/poller.h"
#include "kube/http/client.h"
#include "kube/lock/pod.h"

namespace elector::cmd {

class PodLabeler {
 public:
  // The arguments must outlive this.
  PodLabeler(kube::Poller& poller, kube::Client& client, const Log& log, Candidate& candidate,
             const PodLabel& label);
  ~PodLabeler();
  PodLabeler(const PodLabeler&) = delete;
  PodLabeler& operator=(const PodLabeler&) = delete;

  void on_report(const core::Report& report);
  // True if this process does not lead and its pod is known not to carry the label.
  bool at_rest() const { return clear_; }

 private:
  void lead(bool leading);
  void look();
  void look_in(core::Duration delay);
  void ask_for_others();
  void carry_out();
  void settle();
  void stepped_down();
  kube::Client::Done answered(const std::string& verb,
                              void (PodLabeler::*then)(const kube::HttpResponse&));
  void on_own(const kube::HttpResponse& response);
  void on_others(const kube::HttpResponse& response);
  void on_patched(const kube::HttpResponse& response);
  bool take_pods(const kube::HttpResponse& response);
  void say(const std::string& cause);

  kube::Poller& poller_;
  kube::Client& client_;
  const Log& log_;
  Candidate& candidate_;
  const PodLabel label_;
  const kube::PodLabelName name_;
  bool leading_ = false;
  bool clear_ = false;
  bool held_ = false;                   // the release waits for this labeler
  std::vector<core::PodSeen> pods_;     // found by this look
  std::vector<core::LabelEdit> edits_;  // still to be carried out
  bool look_again_ = false;             // leadership or the pod changed during this look
  bool failed_ = false;
  std::set<std::string> said_;    // causes logged since the last successful look
  kube::Client::Id request_ = 0;  // 0: no look is under way
  kube::Poller::TimerId timer_ = 0;
  kube::Poller::TimerId give_up_timer_ = 0;  // at its end the release no longer waits
};

}  // namespace elector::cmd
