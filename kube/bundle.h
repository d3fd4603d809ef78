// The bundle, where elector was started from one (packaging/launcher.cpp): a folder with `elector`
// and, in `elector-runtime`, the program with its libraries and the authorities that it trusts.
#pragma once

#include <array>
#include <optional>
#include <string>

namespace elector::kube {

// Where the common distributions keep the certificates of the authorities that they trust: Go's
// list (crypto/x509, root_linux.go).
inline constexpr std::array<const char*, 5> kAuthorityFiles{
    "/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem", "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/ssl/cert.pem"};

// Names within the bundle's folder.
inline constexpr const char* kBundleLauncher = "elector";
inline constexpr const char* kBundleRuntime = "elector-runtime";

// The bundle's folder, an absolute path. Nothing if this process came from no bundle, or if /proc,
// which tells, is not mounted.
std::optional<std::string> bundle_folder();

// The file of certificates to trust where the user names none; "" leaves the choice to libcurl,
// which knows where the system that it was built for keeps them. A bundle may be anywhere: it takes
// what the system around it trusts (a company's authority may be among them), wherever the common
// distributions and Go look for it, and only without any its own.
std::string trusted_authorities();

}  // namespace elector::kube
