// SPDX-License-Identifier: Apache-2.0
// The course of `exec`: what the end of a term, of the command or of elector itself means.
#include "core/job_course.h"

#include <doctest/doctest.h>

#include <chrono>

namespace elector::tests {
namespace {

using core::JobCourse;
using core::StopReason;
using Next = JobCourse::Next;
using std::chrono::seconds;

constexpr bool kHolds = true;
constexpr bool kHoldOver = true;

JobCourse elected(bool exit_on_loss = false) {
  JobCourse course(exit_on_loss);
  course.elected();
  return course;
}

// The command has ended with 7, nothing of it is left, and the lock is kept for --hold.
JobCourse holding(bool exit_on_loss = false) {
  JobCourse course = elected(exit_on_loss);
  course.ended(7);
  CHECK(course.gone(kHolds, !kHoldOver) == Next::kHold);
  CHECK_FALSE(course.leaving());
  CHECK_FALSE(course.exit_code());
  return course;
}

}  // namespace

TEST_CASE("exec: the command's end is the end, with its code, at the latest when --hold is over") {
  JobCourse course = elected();
  CHECK(course.working());
  course.ended(7);
  CHECK_FALSE(course.working());
  CHECK(course.gone(kHolds, kHoldOver) == Next::kNothing);
  CHECK(course.exit_code() == 7);

  JobCourse held = holding();
  held.end_hold();
  CHECK(held.exit_code() == 7);
}

TEST_CASE("exec: a term that ends during --hold, for whatever reason, never starts it again") {
  for (const bool exit_on_loss : {false, true}) {
    for (const StopReason reason : {StopReason::kWish, StopReason::kRequest}) {
      JobCourse course = holding(exit_on_loss);
      CHECK(course.stop_work(reason) == Next::kGiveBack);
      CHECK(course.leaving());
      CHECK(course.exit_code() == 7);
    }
    JobCourse course = holding(exit_on_loss);
    CHECK(course.lost() == Next::kGiveBack);
    CHECK(course.exit_code() == 7);
  }
}

TEST_CASE("exec: a term that ends while what the command left is ended keeps the command's code") {
  for (const bool exit_on_loss : {false, true}) {
    JobCourse course = elected(exit_on_loss);
    course.ended(7);
    CHECK(course.stop_work(StopReason::kRequest) == Next::kEndJob);
    CHECK_FALSE(course.exit_code());
    CHECK(course.gone(kHolds, !kHoldOver) == Next::kGiveBack);
    CHECK(course.exit_code() == 7);
  }
}

TEST_CASE("exec: after a term that was lost or given up it competes again, or exits with 125") {
  JobCourse again = elected();
  CHECK(again.lost() == Next::kEndJob);
  CHECK(again.gone(!kHolds, kHoldOver) == Next::kGiveBack);
  CHECK_FALSE(again.leaving());
  again.elected();
  CHECK(again.stop_work(StopReason::kRequest) == Next::kEndJob);
  CHECK(again.gone(kHolds, kHoldOver) == Next::kGiveBack);
  CHECK_FALSE(again.leaving());

  JobCourse leaves = elected(true);
  CHECK(leaves.lost() == Next::kEndJob);
  CHECK(leaves.leaving());
  CHECK_FALSE(leaves.exit_code());  // the command is still there
  CHECK(leaves.gone(!kHolds, kHoldOver) == Next::kGiveBack);
  CHECK(leaves.exit_code() == 125);

  JobCourse asked = elected(true);
  CHECK(asked.stop_work(StopReason::kRequest) == Next::kEndJob);
  CHECK(asked.gone(kHolds, kHoldOver) == Next::kGiveBack);
  CHECK(asked.exit_code() == 125);

  // For example unhealthy: that is not a loss.
  JobCourse unfit = elected(true);
  CHECK(unfit.stop_work(StopReason::kWish) == Next::kEndJob);
  CHECK(unfit.gone(kHolds, kHoldOver) == Next::kGiveBack);
  CHECK_FALSE(unfit.leaving());
}

TEST_CASE("exec: if the guard ended the command but the hold continues, the command starts again") {
  JobCourse again = elected();
  CHECK(again.gone(kHolds, kHoldOver) == Next::kAgain);
  CHECK(again.job_there());
  JobCourse lost = elected();
  CHECK(lost.gone(!kHolds, kHoldOver) == Next::kNothing);
  CHECK(lost.lost() == Next::kGiveBack);
  CHECK_FALSE(lost.leaving());
  JobCourse leaves = elected(true);
  CHECK(leaves.gone(kHolds, kHoldOver) == Next::kNothing);
  CHECK(leaves.exit_code() == 125);
}

TEST_CASE("exec: a signal ends it, with the command's code if it had one to give") {
  JobCourse waiting(false);
  CHECK(waiting.stop_by_signal(15));
  CHECK(waiting.exit_code() == 143);

  JobCourse working = elected();
  CHECK(working.stop_by_signal(15));
  CHECK_FALSE(working.leaving());  // its work is stopped first
  CHECK_FALSE(working.stop_by_signal(2));
  CHECK(working.stop_work(StopReason::kWish) == Next::kEndJob);
  working.ended(3);
  CHECK(working.gone(kHolds, kHoldOver) == Next::kGiveBack);
  CHECK(working.exit_code() == 3);

  JobCourse silent = elected();
  silent.stop_by_signal(2);
  CHECK(silent.stop_work(StopReason::kWish) == Next::kEndJob);
  CHECK(silent.gone(kHolds, kHoldOver) == Next::kGiveBack);
  CHECK(silent.exit_code() == 130);

  JobCourse held = holding();
  held.stop_by_signal(15);
  CHECK(held.exit_code() == 7);
}

TEST_CASE("exec: between two terms a signal that ends a standby counts, in a term it does not") {
  JobCourse course(false);
  CHECK(course.between_terms());
  course.elected();
  CHECK_FALSE(course.between_terms());
  CHECK(course.lost() == Next::kEndJob);
  CHECK(course.between_terms());
  course.leave(129);
  CHECK_FALSE(course.exit_code());  // the command is still there
  CHECK(course.gone(!kHolds, kHoldOver) == Next::kGiveBack);
  CHECK(course.exit_code() == 129);

  // The end of the command, or one that a signal began, has its own code.
  JobCourse ended = elected();
  ended.ended(3);
  CHECK(ended.lost() == Next::kEndJob);
  CHECK_FALSE(ended.between_terms());
  JobCourse stopped = elected();
  stopped.stop_by_signal(15);
  CHECK(stopped.stop_work(StopReason::kWish) == Next::kEndJob);
  CHECK_FALSE(stopped.between_terms());
}

TEST_CASE("exec: without its guard it leaves with 125, once nothing is left") {
  JobCourse course = elected();
  course.guard_lost();
  CHECK_FALSE(course.exit_code());
  CHECK(course.gone(kHolds, kHoldOver) == Next::kGiveBack);
  CHECK(course.exit_code() == 125);
}

TEST_CASE("exec: a term that ended before its time leaves less of the grace") {
  const core::BootTime start{seconds(1000)};
  const core::TermLimits limits{.hold_until = start + seconds(8), .gone_by = start + seconds(12)};
  CHECK(core::kill_after_loss(limits, limits.gone_by, start + seconds(60)) == start + seconds(60));
  // Over at once: a quarter of the four seconds to K is for the dying.
  CHECK(core::kill_after_loss(limits, start + seconds(4), start + seconds(60)) ==
        start + seconds(3));
  CHECK(core::kill_after_loss(limits, start + seconds(4), start + seconds(1)) ==
        start + seconds(1));
}

TEST_CASE("exec: where another may lead at once, nothing is left when the hold would have ended") {
  using core::LossReason;
  const core::BootTime hold_until{seconds(100)};
  const core::BootTime gone_by{seconds(104)};
  const core::TermLimits limits{.hold_until = hold_until, .gone_by = gone_by};
  for (const LossReason reason : {LossReason::kTaken, LossReason::kForced}) {
    CHECK(core::gone_by_after_loss(reason, hold_until, gone_by) == hold_until);
    // A pause that the clock did not count may have made it earlier still.
    CHECK(core::gone_by_after_loss(reason, hold_until, hold_until - seconds(1)) ==
          hold_until - seconds(1));
    CHECK(core::kill_after_loss(limits, hold_until, hold_until + seconds(60)) ==
          hold_until - seconds(1));
  }
  CHECK(core::gone_by_after_loss(LossReason::kDeadline, hold_until, gone_by) == gone_by);
}

}  // namespace elector::tests
