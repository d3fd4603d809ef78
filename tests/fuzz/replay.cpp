// SPDX-License-Identifier: Apache-2.0
// Feeds files to a fuzz target, where there is no libFuzzer: each argument is one, or a folder of
// them.
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

int replay(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  if (!in) {
    std::fprintf(stderr, "%s cannot be read\n", file.c_str());
    return 1;
  }
  std::printf("%s\n", file.c_str());
  std::fflush(stdout);  // the last name before the end is the one to look at
  return LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(text.data()), text.size());
}

}  // namespace

int main(int argc, char** argv) {
  int files = 0;
  for (int i = 1; i < argc; ++i) {
    const std::filesystem::path given = argv[i];
    if (!std::filesystem::is_directory(given)) {
      if (replay(given) != 0) return 1;
      ++files;
      continue;
    }
    for (const auto& entry : std::filesystem::directory_iterator(given)) {
      if (replay(entry.path()) != 0) return 1;
      ++files;
    }
  }
  if (files == 0) std::fprintf(stderr, "%s: no files to replay\n", argv[0]);
  return files == 0 ? 1 : 0;
}
