// SPDX-License-Identifier: Apache-2.0
// The files that a test API server leaves in its directory.
#include "tests/apiserver/certificates.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <vector>

namespace elector::tests::apiserver {
namespace {

// Runs the command, its output thrown away; true if it exits with 0.
bool run(const std::vector<std::string>& command) {
  std::vector<char*> arguments;
  arguments.reserve(command.size() + 1);
  for (const std::string& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    posix_spawn_file_actions_addopen(&actions, fd, "/dev/null", O_RDWR, 0);
  }
  pid_t child = 0;
  const int failed =
      posix_spawnp(&child, arguments[0], &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  int status = 0;
  return failed == 0 && waitpid(child, &status, 0) == child && WIFEXITED(status) &&
         WEXITSTATUS(status) == 0;
}

bool write_file(const std::string& path, const std::string& text) {
  // Written beside and renamed: a reader never sees half a file.
  const std::string beside = path + ".new";
  std::ofstream file(beside, std::ios::binary | std::ios::trunc);
  file << text;
  file.close();
  return file.good() && std::rename(beside.c_str(), path.c_str()) == 0;
}

// A certificate for the subject, signed by dir/ca: NAME.key and NAME.crt, with the X.509 extensions
// given.
std::string make_signed(const std::string& dir, const std::string& name, const std::string& subject,
                        const std::string& extensions) {
  const std::string base = dir + "/" + name;
  if (std::filesystem::exists(base + ".crt")) return {};
  const bool made =
      write_file(base + ".ext", extensions) &&
      run({"openssl", "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
           "-nodes", "-keyout", base + ".key", "-out", base + ".csr", "-subj", subject}) &&
      run({"openssl", "x509", "-req", "-in", base + ".csr", "-CA", dir + "/ca.crt", "-CAkey",
           dir + "/ca.key", "-CAcreateserial", "-days", "3650", "-extfile", base + ".ext", "-out",
           base + ".crt"});
  for (const char* left : {".csr", ".ext"}) std::filesystem::remove(base + left);
  return made ? "" : "openssl could not make " + base + ".crt; is the openssl command installed?";
}

std::string base64(const std::string& text) {
  static constexpr char kAlphabet[] =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (std::size_t i = 0; i < text.size(); i += 3) {
    unsigned bits = 0;
    for (std::size_t j = i; j < i + 3; ++j) {
      bits = (bits << 8U) | (j < text.size() ? static_cast<unsigned char>(text[j]) : 0U);
    }
    for (unsigned shift = 18; shift <= 18; shift -= 6) out += kAlphabet[(bits >> shift) & 0x3FU];
  }
  const std::size_t padding = (3 - text.size() % 3) % 3;
  out.replace(out.size() - padding, padding, padding, '=');
  return out;
}

}  // namespace

std::string make_certificates(const std::string& dir) {
  const std::string ca = dir + "/ca";
  if (!std::filesystem::exists(ca + ".crt") &&
      !run({"openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
            "-nodes", "-keyout", ca + ".key", "-out", ca + ".crt", "-days", "3650", "-subj",
            "/CN=elector-test-ca"})) {
    return "openssl could not make " + ca + ".crt; is the openssl command installed?";
  }
  if (std::string error = make_signed(
          dir, "server", "/CN=127.0.0.1",
          "subjectAltName=IP:127.0.0.1,IP:::1,DNS:localhost\nextendedKeyUsage=serverAuth\n");
      !error.empty()) {
    return error;
  }
  return make_signed(dir, "client", "/O=system:masters/CN=cert-admin",
                     "extendedKeyUsage=clientAuth\n");
}

std::string write_kubeconfig(const std::string& dir, const std::string& url, bool tls) {
  const std::vector<std::string> users = {"admin", "member", "polling", "nobody"};
  std::ostringstream out;
  out << "apiVersion: v1\nkind: Config\ncurrent-context: admin\nclusters:\n- name: test\n  "
         "cluster:\n"
      << "    server: " << url << "\n";
  if (tls) {
    out << "    certificate-authority-data: " << base64(read_file(dir + "/ca.crt")) << "\n";
  }
  out << "users:\n";
  for (const std::string& user : users) {
    out << "- name: " << user << "\n  user: {token: " << user << "-token}\n";
  }
  if (tls) {
    out << "- name: cert\n  user:\n    client-certificate-data: "
        << base64(read_file(dir + "/client.crt"))
        << "\n    client-key-data: " << base64(read_file(dir + "/client.key")) << "\n";
  }
  out << "contexts:\n";
  for (const std::string& user : users) {
    out << "- name: " << user << "\n  context: {cluster: test, user: " << user
        << ", namespace: default}\n";
  }
  if (tls) out << "- name: cert\n  context: {cluster: test, user: cert, namespace: default}\n";
  const std::string path = dir + "/kubeconfig";
  return write_file(path, out.str()) ? "" : "cannot write " + path;
}

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

}  // namespace elector::tests::apiserver
