// See copy_to.h.
#include "cmd/copy_to.h"

#include <fcntl.h>
#include <sys/auxv.h>
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
#include "kube/authorities.h"
#include "kube/libraries.h"

namespace elector::cmd {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kFlag = "--copy-to";
constexpr const char* kName = "elector";

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

// Writes to another name first and then replaces what is there: a program that runs cannot be
// written to (ETXTBSY).
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

// The file that this process runs: without /proc, the name that the kernel was given
// (getauxval(3)).
fs::path own_file() {
  const char* const proc = "/proc/self/exe";
  if (::access(proc, R_OK) == 0) return proc;
  // NOLINTNEXTLINE(performance-no-int-to-ptr): the kernel passes the address as a number
  const auto* name = reinterpret_cast<const char*>(::getauxval(AT_EXECFN));
  return name == nullptr ? proc : name;
}

// Certificates for images that have none: the file that this elector would read itself.
kube::Failure copy_authorities(const fs::path& folder) {
  const kube::AuthorityPlaces places = kube::usual_places();
  const std::string file = kube::system_authorities({}, places).file;
  const fs::path target = folder / kube::kAuthoritiesBeside;
  std::error_code error;
  if (file.empty() || fs::equivalent(file, target, error)) return std::nullopt;
  return copy_one(file, target);
}

kube::Failure copy_into(const fs::path& folder) {
  if (auto failure = make_folder(folder)) return failure;
  const fs::path target = folder / kName;
  std::error_code error;
  if (fs::equivalent(own_file(), target, error)) {
    return kube::usage_error(cmd::quoted(folder.string()) + " is where this elector lies already");
  }
  // The program comes last: where it is, its certificates are.
  if (auto failure = copy_authorities(folder)) return failure;
  return copy_one(own_file(), target);
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
  const kube::Failure failure =
      kube::kOneFile
          ? copy_into(options.folder)
          : kube::Error{kube::Error::Kind::kConfig,
                        "this elector uses shared libraries of the system, which a copy would "
                        "lack; take the one of elector's image or of 'make static'"};
  if (failure) {
    std::fprintf(stderr, "elector --copy-to: %s\n", failure->message.c_str());
    return 1;
  }
  const std::string path = fs::path(options.folder) / kName;
  return print(path + "\n") ? 0 : 1;
}

}  // namespace elector::cmd
