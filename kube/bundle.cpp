// See bundle.h.
#include "kube/bundle.h"

#include <unistd.h>

#include <filesystem>
#include <system_error>

namespace elector::kube {
namespace {

bool is_file(const std::filesystem::path& file) {
  std::error_code error;
  return std::filesystem::is_regular_file(file, error);
}

}  // namespace

std::optional<std::string> bundle_folder() {
  std::error_code error;
  // The launcher executes the bundle's loader, so that is what the kernel names here.
  const auto loader = std::filesystem::read_symlink("/proc/self/exe", error);
  if (error) return std::nullopt;
  const auto runtime = loader.parent_path();
  if (runtime.filename() != kBundleRuntime || !is_file(runtime / "program")) return std::nullopt;
  return runtime.parent_path().string();
}

std::string trusted_authorities() {
  const auto folder = bundle_folder();
  if (!folder) return "";
  for (const char* file : kAuthorityFiles) {
    if (::access(file, R_OK) == 0) return file;
  }
  return *folder + "/" + kBundleRuntime + "/ca-certificates.crt";
}

}  // namespace elector::kube
