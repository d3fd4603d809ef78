// SPDX-License-Identifier: Apache-2.0
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

#include "cmd/output/terminal.h"
#include "cmd/output/text.h"
#include "kube/base/libraries.h"
#include "kube/base/unique_fd.h"
#include "kube/config/authorities.h"

namespace elector::cmd {
namespace {

namespace fs = std::filesystem;

constexpr const char* kName = "elector";

// The unqualified quoted() would also find std::quoted, which <filesystem> includes.
Failure cannot(const char* what, const fs::path& path, int error) {
  return Error{Error::Kind::kSystem, std::string("cannot ") + what + " " +
                                         cmd::quoted(path.string()) + ": " + std::strerror(error)};
}

int copy_bytes(int from, int to, std::size_t size) {
  while (size > 0) {
    const ssize_t copied = ::sendfile(to, from, nullptr, size);
    if (copied < 0 && errno == EINTR) continue;
    if (copied < 0) return errno;
    if (copied == 0) return EIO;  // the file became shorter meanwhile
    size -= static_cast<std::size_t>(copied);
  }
  return 0;
}

// Writes to another name and then replaces the target, because a running program cannot be written
// to (ETXTBSY).
Failure copy_one(const fs::path& source, const fs::path& target) {
  const kube::UniqueFd from(::open(source.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat status {};
  if (!from || ::fstat(from.get(), &status) != 0) return cannot("read", source, errno);
  const fs::path unfinished = target.string() + ".new";
  ::unlink(unfinished.c_str());
  kube::UniqueFd to(::open(unfinished.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  int error =
      !to ? errno : copy_bytes(from.get(), to.get(), static_cast<std::size_t>(status.st_size));
  if (error == 0 && ::fchmod(to.get(), status.st_mode & 0111U ? 0755 : 0644) != 0) error = errno;
  if (to && ::close(to.release()) != 0 && error == 0) error = errno;
  if (error == 0 && ::rename(unfinished.c_str(), target.c_str()) != 0) error = errno;
  if (error == 0) return std::nullopt;
  ::unlink(unfinished.c_str());
  return cannot("write", target, error);
}

Failure make_folder(const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) return cannot("make", folder, error.value());
  return std::nullopt;
}

// Returns the file that this process runs; without /proc, the name that the kernel was given
// (getauxval(3)).
fs::path own_file() {
  const char* const proc = "/proc/self/exe";
  if (::access(proc, R_OK) == 0) return proc;
  // NOLINTNEXTLINE(performance-no-int-to-ptr): the kernel passes the address as a number
  const auto* name = reinterpret_cast<const char*>(::getauxval(AT_EXECFN));
  return name == nullptr ? proc : name;
}

// Copies certificates for images that have none: the file that this elector would read itself.
Failure copy_authorities(const fs::path& folder) {
  const kube::AuthorityPlaces places = kube::usual_places();
  const std::string file = kube::system_authorities({}, places).file;
  const fs::path target = folder / kube::kAuthoritiesBeside;
  std::error_code error;
  if (file.empty() || fs::equivalent(file, target, error)) return std::nullopt;
  return copy_one(file, target);
}

Failure copy_into(const fs::path& folder) {
  if (auto failure = make_folder(folder)) return failure;
  const fs::path target = folder / kName;
  std::error_code error;
  if (fs::equivalent(own_file(), target, error)) {
    return usage_error(cmd::quoted(folder.string()) + " already contains this elector");
  }
  // The program is copied last: wherever it is, its certificates are there, too.
  if (auto failure = copy_authorities(folder)) return failure;
  return copy_one(own_file(), target);
}

}  // namespace

int copy_to(const CopyTo& options) {
  ::umask(022);  // the copy may be run by another user
  const Failure failure =
      kube::kOneFile ? copy_into(options.folder)
                     : Error{Error::Kind::kConfig,
                             "this elector needs shared libraries, which a copy would lack; use "
                             "the static file from elector's image or from 'make static'"};
  if (failure) {
    std::fprintf(stderr, "elector --copy-to: %s\n", failure->message.c_str());
    return 1;
  }
  const std::string path = fs::path(options.folder) / kName;
  return print(path + "\n") ? 0 : 1;
}

}  // namespace elector::cmd
