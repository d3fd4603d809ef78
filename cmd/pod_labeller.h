// Keeps --label-pod's label on this process's pod while it leads, and on no other pod of the
// election. The rules are core/pod_label.h's; this reads and patches pods.
//
// It looks at the start (a former process of this pod may have left the label), when a term begins
// or ends, and now and then: every few seconds while leading, for somebody may have removed the
// label, and a former leader's last patch may arrive late; less often as a follower, for somebody
// may have put the label on.
#pragma once

#include <cstddef>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "cmd/candidate.h"
#include "cmd/log.h"
#include "cmd/option_cluster.h"
#include "core/election.h"
#include "core/pod_label.h"
#include "kube/client.h"
#include "kube/pod.h"
#include "kube/poller.h"

namespace elector::cmd {

class PodLabeller {
 public:
  // All of these must outlive this.
  PodLabeller(kube::Poller& poller, kube::Client& client, const Log& log, Candidate& candidate,
              const PodLabel& label);
  ~PodLabeller();
  PodLabeller(const PodLabeller&) = delete;
  PodLabeller& operator=(const PodLabeller&) = delete;

  void on_report(const core::Report& report);
  // Whether this process does not lead, and its pod is known to be without the label.
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
                              void (PodLabeller::*then)(const kube::HttpResponse&));
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
  bool held_ = false;                   // the release waits for us
  std::vector<core::PodSeen> pods_;     // of this look
  std::vector<core::LabelEdit> edits_;  // still to be carried out
  bool look_again_ = false;             // the wish changed, or the pod, during this look
  bool failed_ = false;
  std::set<std::string> said_;    // causes, since the last look that went well
  kube::Client::Id request_ = 0;  // 0: no look is under way
  kube::Poller::TimerId timer_ = 0;
  kube::Poller::TimerId give_up_timer_ = 0;  // the release does not wait any longer
};

}  // namespace elector::cmd
