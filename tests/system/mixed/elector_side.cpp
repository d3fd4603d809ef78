// SPDX-License-Identifier: Apache-2.0
#include "tests/system/mixed/elector_side.h"

#include <csignal>

namespace elector::tests {

bool ElectorSide::leads() {
  if (frozen_ || !candidate_.process().running()) return false;
  if (address_.port == 0) address_ = candidate_.http_address();
  const BootTime asked = boot_now();
  const HttpAnswer answer = http_get(address_, "/");
  const BootTime answered = boot_now();
  const bool itself =
      answer.status == 200 && answer.body == "{\"name\":" + json_quoted(candidate_.id()) + "}";
  if (itself) ledger_.said(candidate_.id(), {.begin = asked, .end = answered});
  return itself;
}

void ElectorSide::freeze() {
  frozen_ = true;
  candidate_.signal(SIGSTOP);
}

void ElectorSide::thaw() {
  candidate_.signal(SIGCONT);
  frozen_ = false;
}

}  // namespace elector::tests
