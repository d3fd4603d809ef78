# SPDX-License-Identifier: Apache-2.0
# What a distribution's elector links: its shared libraries.
#
# Sets ELECTOR_CURL, ELECTOR_MICROHTTPD, ELECTOR_OPENSSL and ELECTOR_YAMLCPP, to link with; and
# ELECTOR_YAMLCPP_VERSION.
find_package(PkgConfig REQUIRED)
pkg_check_modules(CURL REQUIRED IMPORTED_TARGET libcurl>=7.85)
pkg_check_modules(MICROHTTPD REQUIRED IMPORTED_TARGET libmicrohttpd>=0.9.71)
pkg_check_modules(YAMLCPP REQUIRED IMPORTED_TARGET yaml-cpp)
pkg_check_modules(OPENSSL REQUIRED IMPORTED_TARGET libssl libcrypto)
set(ELECTOR_YAMLCPP_VERSION ${YAMLCPP_VERSION})
set(ELECTOR_CURL PkgConfig::CURL)
set(ELECTOR_MICROHTTPD PkgConfig::MICROHTTPD)
set(ELECTOR_OPENSSL PkgConfig::OPENSSL)
# If there is an archive of yaml-cpp the program uses it: the shared library would load the whole libstdc++.so
# into memory, for a file that is read once.
find_library(YAMLCPP_ARCHIVE libyaml-cpp.a)
if(YAMLCPP_ARCHIVE AND NOT ELECTOR_SANITIZE)
  set(ELECTOR_YAMLCPP ${YAMLCPP_ARCHIVE})
else()
  set(ELECTOR_YAMLCPP PkgConfig::YAMLCPP)
endif()
