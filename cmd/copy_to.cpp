// See copy_to.h.
#include "cmd/copy_to.h"

#include <fcntl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <string_view>
#include <system_error>

#include "cmd/terminal.h"
#include "cmd/text.h"
#include "kube/bundle.h"

namespace elector::cmd {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kFlag = "--copy-to";

// quoted() is called with its namespace: std::quoted would be found, too, which <filesystem> brings
// in.
kube::Failure cannot(const char* what, const fs::path& path, int error) {
  return kube::Error{kube::Error::Kind::kSystem, std::string("cannot ") + what + " " +
                                                     cmd::quoted(path.string()) + ": " +
                                                     std::strerror(error)};
}

int copy_bytes(int from, int to, std::size_t size) {
  while (size > 0) {
    const ssize_t copied = ::sendfile(to, from, nullptr, size);
    if (copied < 0 && errno == EINTR) continue;
    if (copied < 0) return errno;
    if (copied == 0) return EIO;  // it became shorter meanwhile
    size -= static_cast<std::size_t>(copied);
  }
  return 0;
}

// Under another name first, then in the place of what is there: a program that runs cannot be
// written to (ETXTBSY), and a library that is in use must not change.
kube::Failure copy_one(const fs::path& source, const fs::path& target) {
  const int from = ::open(source.c_str(), O_RDONLY | O_CLOEXEC);
  struct stat status {};
  if (from < 0 || ::fstat(from, &status) != 0) {
    const int error = errno;
    if (from >= 0) ::close(from);
    return cannot("read", source, error);
  }
  const fs::path unfinished = target.string() + ".new";
  ::unlink(unfinished.c_str());
  const int to = ::open(unfinished.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  int error = to < 0 ? errno : copy_bytes(from, to, static_cast<std::size_t>(status.st_size));
  if (error == 0 && ::fchmod(to, status.st_mode & 0111U ? 0755 : 0644) != 0) error = errno;
  ::close(from);
  if (to >= 0 && ::close(to) != 0 && error == 0) error = errno;
  if (error == 0 && ::rename(unfinished.c_str(), target.c_str()) != 0) error = errno;
  if (error == 0) return std::nullopt;
  ::unlink(unfinished.c_str());
  return cannot("write", target, error);
}

kube::Failure make_folder(const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) return cannot("make", folder, error.value());
  return std::nullopt;
}

kube::Failure copy_bundle(const fs::path& bundle, const fs::path& folder) {
  if (auto failure = make_folder(folder)) return failure;
  std::error_code error;
  if (fs::equivalent(bundle, folder, error)) {
    return kube::usage_error(cmd::quoted(folder.string()) + " is where this elector lies already");
  }
  const fs::path runtime = folder / kube::kBundleRuntime;
  if (auto failure = make_folder(runtime)) return failure;
  fs::directory_iterator entries(bundle / kube::kBundleRuntime, error);
  if (error) return cannot("read", bundle / kube::kBundleRuntime, error.value());
  for (; entries != fs::directory_iterator(); entries.increment(error)) {
    const fs::path& file = entries->path();
    if (auto failure = copy_one(file, runtime / file.filename())) return failure;
  }
  if (error) return cannot("read", bundle / kube::kBundleRuntime, error.value());
  // The last one: who finds it can run it.
  return copy_one(bundle / kube::kBundleLauncher, folder / kube::kBundleLauncher);
}

}  // namespace

bool asks_to_copy(std::span<const std::string> arguments) {
  if (arguments.empty()) return false;
  const std::string_view first = arguments.front();
  return first == kFlag || first.starts_with(std::string(kFlag) + "=");
}

kube::Expected<CopyTo> read_copy_to(std::span<const std::string> arguments) {
  const std::string& first = arguments.front();
  const bool separate = first == kFlag;
  const std::size_t words = separate ? 2 : 1;
  std::string folder;
  if (!separate) folder = first.substr(kFlag.size() + 1);
  if (separate && arguments.size() > 1) folder = arguments[1];
  if (folder.empty()) return kube::usage_error("--copy-to: needs a value (DIR)");
  if (arguments.size() > words) {
    return kube::usage_error("--copy-to stands alone: unexpected " + cmd::quoted(arguments[words]));
  }
  return CopyTo{std::move(folder)};
}

int copy_to(const CopyTo& options) {
  ::umask(022);  // whoever runs the copy may be another user
  const auto bundle = kube::bundle_folder();
  kube::Failure failure;
  if (bundle) {
    failure = copy_bundle(*bundle, options.folder);
  } else {
    failure = kube::Error{kube::Error::Kind::kConfig,
                          "this elector uses the libraries of the system around it, which a copy "
                          "would lack (or /proc is not mounted); take the one of elector's image "
                          "or of 'make bundle'"};
  }
  if (failure) {
    std::fprintf(stderr, "elector --copy-to: %s\n", failure->message.c_str());
    return 1;
  }
  const std::string path = fs::path(options.folder) / kube::kBundleLauncher;
  return print(path + "\n") ? 0 : 1;
}

}  // namespace elector::cmd
