// SPDX-License-Identifier: Apache-2.0
#include "cmd/candidate/pod_labeler.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "kube/http/api_status.h"
#include "kube/lock/lock_request.h"

namespace elector::cmd {
namespace {

constexpr core::Duration kLookEvery = std::chrono::seconds(5);
constexpr core::Duration kLookAsFollower = std::chrono::seconds(30);
constexpr core::Duration kRetry = std::chrono::milliseconds(500);
constexpr core::Duration kRequestTimeout = std::chrono::seconds(3);

// A refusal that is likely to last: the release does not wait for another answer.
bool is_refusal(const kube::HttpResponse& response) {
  return !response.error && response.status >= 400 && response.status < 500 &&
         response.status != 429;
}

}  // namespace

PodLabeler::PodLabeler(kube::Poller& poller, kube::Client& client, const Log& log,
                       Candidate& candidate, const PodLabel& label)
    : poller_(poller),
      client_(client),
      log_(log),
      candidate_(candidate),
      label_(label),
      name_{.name_space = candidate.setup().name_space,
            .key = label.key,
            .value = label.value,
            .election = candidate.setup().name_space + "/" + candidate.setup().election} {
  look_in(core::Duration(0));
}

PodLabeler::~PodLabeler() {
  client_.cancel(request_);
  poller_.cancel_timer(timer_);
  poller_.cancel_timer(give_up_timer_);
}

void PodLabeler::on_report(const core::Report& report) {
  using Kind = core::Report::Kind;
  if (report.kind == Kind::kElected) {
    lead(true);
  } else if (report.kind == Kind::kStopWork) {
    // Remove the label before the release, but do not wait for an API server that refuses pod
    // requests.
    held_ = true;
    poller_.cancel_timer(give_up_timer_);
    give_up_timer_ = poller_.start_timer(candidate_.setup().timing.renew_deadline, [this] {
      give_up_timer_ = 0;
      log_.warn("could not remove the label from the pod in time; the next leader removes it");
      stepped_down();
    });
    candidate_.hold_release(true);
    lead(false);
  } else if (report.kind == Kind::kLost) {
    stepped_down();
    lead(false);
  }
}

void PodLabeler::lead(bool leading) {
  leading_ = leading;
  clear_ = false;
  look_again_ = true;
  if (request_ == 0) look_in(core::Duration(0));
}

void PodLabeler::look_in(core::Duration delay) {
  poller_.cancel_timer(timer_);
  timer_ = poller_.start_timer(delay, [this] {
    timer_ = 0;
    look();
  });
}

// ---- One look: this pod, the others that carry the label, and the patches that follow -----------

kube::Client::Done PodLabeler::answered(const std::string& verb,
                                        void (PodLabeler::*then)(const kube::HttpResponse&)) {
  return [this, verb, then](const kube::HttpResponse& response) {
    request_ = 0;
    if (kube::lacks_permission(response)) {
      candidate_.log_missing({.verb = verb,
                              .group = "",
                              .resource = "pods",
                              .name = "",
                              .name_space = name_.name_space},
                             verb != "list");
    }
    (this->*then)(response);
  };
}

void PodLabeler::look() {
  pods_.clear();
  edits_.clear();
  look_again_ = false;
  failed_ = false;
  auto request = kube::pod_request(name_, label_.pod);
  request.timeout = kRequestTimeout;
  request_ = client_.send(std::move(request), answered("get", &PodLabeler::on_own));
}

void PodLabeler::on_own(const kube::HttpResponse& response) {
  if (!take_pods(response)) {
    // A deleted pod carries no label; its absence is an error only if the label is to be set.
    if (response.status == 404 && !leading_) return settle();
    say(response.status == 404
            ? "cannot label pod \"" + label_.pod + "\": it does not exist in namespace \"" +
                  name_.name_space + "\"; set POD_NAME to the pod's name"
            : "cannot read pod \"" + label_.pod +
                  "\": " + kube::describe_failure(response, client_.connection().server));
    failed_ = true;
    if (!leading_ && is_refusal(response)) stepped_down();
    // Labels that other processes left behind are still removed.
  }
  if (!leading_) return carry_out();
  ask_for_others();
}

void PodLabeler::ask_for_others() {
  auto request = kube::labelled_pods_request(name_);
  request.timeout = kRequestTimeout;
  request_ = client_.send(std::move(request), answered("list", &PodLabeler::on_others));
}

void PodLabeler::on_others(const kube::HttpResponse& response) {
  if (!take_pods(response) && !kube::lacks_permission(response)) {
    say("cannot list pods by label: " +
        kube::describe_failure(response, client_.connection().server));
    failed_ = true;
  }
  carry_out();
}

bool PodLabeler::take_pods(const kube::HttpResponse& response) {
  if (!response.ok()) return false;
  auto seen = kube::decode_pods(name_, response.body);
  if (!seen) return false;
  for (core::PodSeen& pod : *seen) {
    const bool known = std::any_of(pods_.begin(), pods_.end(), [&](const core::PodSeen& other) {
      return other.name == pod.name;
    });
    if (!known) pods_.push_back(std::move(pod));
  }
  return true;
}

void PodLabeler::carry_out() {
  if (edits_.empty()) {
    const auto plan = core::plan_label(
        {.pod = label_.pod, .value = label_.value, .election = name_.election, .leading = leading_},
        pods_);
    edits_ = plan.edits;
    if (plan.taken) {
      say("pod \"" + label_.pod + "\" has the label " + label_.key +
          " with another value, which elector does not change; choose another key for --label-pod");
    }
    if (edits_.empty()) return settle();
  }
  // Leadership or the pod may have changed since this was planned: drop the rest of the plan.
  if (look_again_) return settle();
  auto request = kube::label_request(name_, edits_.back());
  edits_.pop_back();
  request.timeout = kRequestTimeout;
  request_ = client_.send(std::move(request), answered("patch", &PodLabeler::on_patched));
}

void PodLabeler::on_patched(const kube::HttpResponse& response) {
  // 409: the pod changed since, and the next look shows it; 404: it is gone.
  const bool again = response.status == 409;
  if (!response.ok() && !again && response.status != 404) {
    say("cannot patch a pod's label: " +
        kube::describe_failure(response, client_.connection().server));
    failed_ = true;
    if (is_refusal(response)) stepped_down();
  }
  if (again) look_again_ = true;
  if (edits_.empty() || look_again_) return settle();
  carry_out();
}

// Ends a look.
void PodLabeler::settle() {
  if (look_again_) return look_in(core::Duration(0));
  if (!failed_) said_.clear();
  if (leading_) return look_in(failed_ ? kRetry * 4 : kLookEvery);
  clear_ = !failed_;
  if (!clear_ && held_) return look_in(kRetry);
  look_in(kLookAsFollower);
  stepped_down();
}

// Lets the release proceed.
void PodLabeler::stepped_down() {
  poller_.cancel_timer(std::exchange(give_up_timer_, 0));
  if (std::exchange(held_, false)) candidate_.hold_release(false);
}

void PodLabeler::say(const std::string& cause) {
  constexpr std::size_t kDifferentCauses = 8;
  if (said_.size() < kDifferentCauses && said_.insert(kube::without_audit_id(cause)).second) {
    log_.warn(cause);
  } else {
    log_.debug(cause);
  }
}

}  // namespace elector::cmd
