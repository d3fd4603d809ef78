// SPDX-License-Identifier: Apache-2.0
// Only in the static elector: its entry point.
//
// The kernel drops a signal that would end a PID 1 while the process neither blocks nor handles it.
// Between the kernel's exec and the first C++ function, a static elector relocates itself, which
// touches a hundred pages: 1 to 2 ms, and tens where they come from a disk. So a PID 1 blocks all
// signals in its very first instructions, which are in one page and need no relocation, and
// continues with the C library's _start. keep_signals_for_init() then sets the final mask.
//
// For a processor without such instructions here, the file begins at _start, and
// keep_signals_for_init() achieves the same a little later.
#include <cstdint>

extern "C" {
// The mask that the kernel had left, once saved; see cmd/process/signals.cpp.
std::uint64_t elector_first_mask;
std::uint64_t elector_first_mask_taken;
}

// Keeps the stack and the register that _start passes on (rdx, x0: what to call at exit): System V
// ABI, AMD64, 3.4.1; a system call changes rax, rcx and r11, or x0 (syscall(2)).
#if defined(__x86_64__)
asm(R"(
  .text
  .globl elector_start
  .type elector_start, @function
elector_start:
  movl $39, %eax                               # getpid
  syscall
  cmpl $1, %eax
  jne 1f
  movq %rdx, %r12
  movl $14, %eax                               # rt_sigprocmask
  xorl %edi, %edi                              # SIG_BLOCK
  leaq 2f(%rip), %rsi
  leaq elector_first_mask(%rip), %rdx
  movl $8, %r10d
  syscall
  movq $1, elector_first_mask_taken(%rip)
  movq %r12, %rdx
1: jmp _start
  .balign 8
2: .quad -1                                    # all signals
  .size elector_start, . - elector_start
)");
#elif defined(__aarch64__)
asm(R"(
  .text
  .globl elector_start
  .type elector_start, %function
elector_start:
  mov x19, x0
  mov x8, #172                                 // getpid
  svc #0
  cmp x0, #1
  b.ne 1f
  mov x8, #135                                 // rt_sigprocmask
  mov x0, #0                                   // SIG_BLOCK
  adr x1, 2f
  adrp x2, elector_first_mask
  add x2, x2, :lo12:elector_first_mask
  mov x3, #8
  svc #0
  mov x1, #1
  adrp x2, elector_first_mask_taken
  str x1, [x2, :lo12:elector_first_mask_taken]
1: mov x0, x19
  b _start
  .balign 8
2: .quad -1                                    // all signals
  .size elector_start, . - elector_start
)");
#else
asm(".globl elector_start\n.set elector_start, _start\n");
#endif
