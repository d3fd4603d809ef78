// SPDX-License-Identifier: Apache-2.0
#include "kube/config/authorities.h"

#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <vector>

#include "kube/config/pem.h"

namespace elector::kube {
namespace {

bool is_readable(const std::string& file) {
  return ::access(file.c_str(), R_OK) == 0;
}

std::string first_readable(const std::vector<std::string>& files) {
  const auto found = std::find_if(files.begin(), files.end(), is_readable);
  return found == files.end() ? "" : *found;
}

// Skips files without certificates: such folders also hold links, keys and lists.
void add_file(const std::string& path, std::string& pem) {
  const auto text = read_file(path, true);
  if (text && !certificate_problem(*text)) pem += *text + "\n";
}

void add_folder(const std::string& folder, std::string& pem) {
  std::error_code error;
  for (std::filesystem::directory_iterator entry(folder, error), end;
       !error && entry != end && pem.size() < kMaxConfigBytes; entry.increment(error)) {
    add_file(entry->path().string(), pem);
  }
}

std::vector<std::string> split_at_colons(const std::string& list) {
  std::vector<std::string> parts;
  for (std::size_t from = 0; from <= list.size();) {
    const std::size_t to = std::min(list.find(':', from), list.size());
    parts.push_back(list.substr(from, to - from));
    from = to + 1;
  }
  return parts;
}

}  // namespace

AuthorityPlaces usual_places() {
  AuthorityPlaces places{
      .files = {"/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt",
                "/etc/ssl/ca-bundle.pem", "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
                "/etc/ssl/cert.pem"},
      .folders = {"/etc/ssl/certs", "/etc/pki/tls/certs"},
      .last = ""};
  std::error_code error;
  const auto executable = std::filesystem::read_symlink("/proc/self/exe", error);
  if (!error) places.last = executable.parent_path() / kAuthoritiesBeside;
  return places;
}

Authorities system_authorities(const Environment& environment, const AuthorityPlaces& places) {
  const std::string file = environment.get("SSL_CERT_FILE");
  const std::string folders = environment.get("SSL_CERT_DIR");
  Authorities found{.file = file.empty() ? first_readable(places.files) : file, .pem = ""};
  if (!folders.empty()) {
    if (!found.file.empty()) add_file(found.file, found.pem);
    for (const std::string& folder : split_at_colons(folders)) add_folder(folder, found.pem);
    // Nothing to trust is not the same as the usual authorities.
    found.file = !found.pem.empty() ? "" : file.empty() ? folders : file;
    return found;
  }
  if (!found.file.empty()) return found;
  for (const std::string& folder : places.folders) add_folder(folder, found.pem);
  if (found.pem.empty() && is_readable(places.last)) found.file = places.last;
  return found;
}

std::string no_authorities(const AuthorityPlaces& places) {
  std::string files;
  for (const std::string& file : places.files) files += (files.empty() ? "" : ", ") + file;
  if (!places.last.empty()) files += ", " + places.last;
  std::string folders;
  for (const std::string& folder : places.folders)
    folders += (folders.empty() ? "" : ", ") + folder;
  return "no certificate authority to verify the server with: the configuration names none, none "
         "of the files " +
         files + " exists, and there is no certificate in " + folders +
         "; give --certificate-authority, or set SSL_CERT_FILE";
}

}  // namespace elector::kube
