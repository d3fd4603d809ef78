// SPDX-License-Identifier: Apache-2.0
// What the fuzz targets share. A target is one file that defines LLVMFuzzerTestOneInput,
// libFuzzer's entry (llvm.org/docs/LibFuzzer.html), and states what must be true whatever the input
// is. Its seeds are in seeds/NAME; `make test` feeds them to it through replay.cpp, `make fuzz`
// makes up more.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"

namespace elector::tests {

// A text that stands for a secret in the seeds; no message of elector contains it otherwise.
inline constexpr std::string_view kSecret = "s3cr3t";

// Ends the process, with the sentence that is not true of `value`, unless it holds.
void require(bool holds, std::string_view sentence, std::string_view value = {});

// Checks what holds for every error: it has a message, on one line.
void require_good(const Error& error);

// Whether a terminal shows it as one line: no control characters.
bool is_one_line(std::string_view text);

// How often `part` occurs in `text`.
std::size_t count(std::string_view text, std::string_view part);

// The lines without their ends; what follows the last end is one too, unless it is empty.
std::vector<std::string> lines_of(std::string_view text);

inline std::string_view text_of(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

}  // namespace elector::tests
