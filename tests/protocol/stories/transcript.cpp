// SPDX-License-Identifier: Apache-2.0
#include "tests/protocol/stories/transcript.h"

#include <cstdio>
#include <utility>

#include "tests/protocol/stories/words.h"

namespace elector::tests {
namespace {

constexpr std::size_t kTextColumn = 19;
constexpr std::size_t kWidth = 100;

}  // namespace

void Transcript::add(core::Duration at, const std::string& who, const std::string& verb,
                     const std::string& text) {
  char head[64];
  std::snprintf(head, sizeof head, "%8s %-4s %-4s ", clock_text(at).c_str(), who.c_str(),
                verb.c_str());
  std::string line = head;
  for (const std::string& part : wrap(text, kWidth - kTextColumn)) {
    lines_.push_back(line + part);
    line.assign(kTextColumn, ' ');
  }
}

void Transcript::add_traffic(core::Duration at, const std::string& who, const std::string& verb,
                             const std::string& text, const std::string& request) {
  if (!quiet_) return add(at, who, verb, text);
  if (request.empty()) return;
  LeftOut& left_out = left_out_[request];
  ++left_out.count;
  left_out.by.insert(who);
}

void Transcript::set_quiet(bool quiet) {
  quiet_ = quiet;
  std::string text;
  for (const auto& [request, left_out] : std::exchange(left_out_, {})) {
    text += (text.empty() ? "" : ", ") + std::to_string(left_out.count) + " " + request + " by";
    for (const std::string& who : left_out.by) text += " " + who;
  }
  if (text.empty()) return;
  for (const std::string& part : wrap("(not shown: " + text + ")", kWidth - kTextColumn)) {
    lines_.push_back(std::string(kTextColumn, ' ') + part);
  }
}

std::vector<std::string> Transcript::take() {
  return std::exchange(lines_, {});
}

}  // namespace elector::tests
