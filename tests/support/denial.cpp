// SPDX-License-Identifier: Apache-2.0
#include "tests/support/denial.h"

#include <linux/audit.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <bit>
#include <cstddef>
#include <stdexcept>

namespace elector::tests {
namespace {

#if defined(__x86_64__)
constexpr std::uint32_t kArchitecture = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
constexpr std::uint32_t kArchitecture = AUDIT_ARCH_AARCH64;
#else
#error "name the AUDIT_ARCH_... of this architecture"
#endif

constexpr std::size_t kMostDenials = 80;

constexpr std::uint32_t kFirstArgument =
    offsetof(seccomp_data, args) + (std::endian::native == std::endian::big ? 4 : 0);

sock_filter load(std::uint32_t offset) {
  return BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offset);
}

// Skips `otherwise` instructions if the loaded value differs.
sock_filter if_equal(std::uint32_t value, std::uint8_t otherwise) {
  return BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, otherwise);
}

sock_filter answer(std::uint32_t action) {
  return BPF_STMT(BPF_RET | BPF_K, action);
}

}  // namespace

std::vector<sock_filter> denial_program(const std::vector<Denial>& denials) {
  if (denials.size() >= kMostDenials) throw std::invalid_argument("too many denials");
  std::vector<sock_filter> program{load(offsetof(seccomp_data, arch)), if_equal(kArchitecture, 1),
                                   // jumps over the answer
                                   BPF_STMT(BPF_JMP | BPF_JA, 1), answer(SECCOMP_RET_ALLOW)};
  for (const Denial& denial : denials) {
    const auto error = SECCOMP_RET_ERRNO |
                       (static_cast<std::uint32_t>(denial.error) & std::uint32_t{SECCOMP_RET_DATA});
    program.push_back(load(offsetof(seccomp_data, nr)));
    program.push_back(
        if_equal(static_cast<std::uint32_t>(denial.call), denial.first_argument ? 3 : 1));
    if (denial.first_argument) {
      program.push_back(load(kFirstArgument));
      program.push_back(if_equal(*denial.first_argument, 1));
    }
    program.push_back(answer(error));
  }
  program.push_back(answer(SECCOMP_RET_ALLOW));
  return program;
}

bool deny(const std::vector<sock_filter>& program) {
  const sock_fprog filter{.len = static_cast<unsigned short>(program.size()),
                          .filter = const_cast<sock_filter*>(program.data())};
  if (::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0) return true;
  return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
         ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0;
}

}  // namespace elector::tests
