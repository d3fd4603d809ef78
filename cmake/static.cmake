# SPDX-License-Identifier: Apache-2.0
# What ELECTOR_STATIC links: libcurl and libmicrohttpd from source, with only what elector uses of them, and
# the distribution's archives of OpenSSL, nghttp2 and yaml-cpp. Debian's own libcurl.a and libmicrohttpd.a need
# Kerberos, LDAP, SSH, RTMP and GnuTLS, which a single static file cannot have.
#
# Sets ELECTOR_CURL, ELECTOR_MICROHTTPD, ELECTOR_OPENSSL and ELECTOR_YAMLCPP, to link with; and
# ELECTOR_YAMLCPP_VERSION.
#
# The sources are the folders FETCHCONTENT_SOURCE_DIR_CURL and FETCHCONTENT_SOURCE_DIR_MICROHTTPD; otherwise
# those that packaging/fetch-sources has unpacked in ELECTOR_SOURCES (Debian's, with its security fixes);
# otherwise the releases named below, which CMake downloads.
include(CheckCXXSymbolExists)
include(ExternalProject)
include(FetchContent)

# musl's resolver, allocator and threads differ; nothing in this file has been tested with them.
check_cxx_symbol_exists(__GLIBC__ features.h ELECTOR_GLIBC)
if(NOT ELECTOR_GLIBC)
  message(FATAL_ERROR "elector is linked statically with glibc only; use `make` on musl.")
endif()
enable_language(C)
foreach(source curl microhttpd)
  string(TOUPPER FETCHCONTENT_SOURCE_DIR_${source} folder)
  if(NOT ${folder} AND EXISTS "${ELECTOR_SOURCES}/${source}")
    set(${folder} "${ELECTOR_SOURCES}/${source}")
  endif()
endforeach()
if(POLICY CMP0135)
  cmake_policy(SET CMP0135 NEW)  # unpacked files get the time of unpacking
endif()

# elector_archive(VARIABLE NAME): sets VARIABLE to the path of libNAME.a; fails without it.
function(elector_archive variable name)
  find_library(${variable} lib${name}.a)
  if(NOT ${variable})
    message(FATAL_ERROR "lib${name}.a is missing; `.ci/deps static` installs what a static elector needs.")
  endif()
endfunction()
elector_archive(NGHTTP2_LIBRARY nghttp2)
elector_archive(YAMLCPP_ARCHIVE yaml-cpp)
set(ELECTOR_YAMLCPP ${YAMLCPP_ARCHIVE})
find_package(PkgConfig REQUIRED)
pkg_check_modules(YAMLCPP REQUIRED yaml-cpp)
set(ELECTOR_YAMLCPP_VERSION ${YAMLCPP_VERSION})
set(OPENSSL_USE_STATIC_LIBS ON)
find_package(OpenSSL REQUIRED)
set(ELECTOR_OPENSSL OpenSSL::SSL OpenSSL::Crypto)

# ---- libcurl: HTTP, HTTPS and HTTP/2, names resolved by the C library in a thread ----
# c-ares supports fewer options of resolv.conf (use-vc, no-aaaa, timeout) and takes more memory.
foreach(setting
    HTTP_ONLY=ON CURL_USE_OPENSSL=ON USE_NGHTTP2=ON ENABLE_THREADED_RESOLVER=ON ENABLE_ARES=OFF
    CURL_DISABLE_OPENSSL_AUTO_LOAD_CONFIG=ON OPENSSL_AUTOLOAD_CONFIG=OFF
    CURL_DISABLE_ALTSVC=ON CURL_DISABLE_COOKIES=ON CURL_DISABLE_DOH=ON CURL_DISABLE_GETOPTIONS=ON
    CURL_DISABLE_HSTS=ON CURL_DISABLE_MIME=ON CURL_DISABLE_NETRC=ON CURL_DISABLE_NTLM=ON
    CURL_DISABLE_WEBSOCKETS=ON CURL_DISABLE_AWS=ON CURL_DISABLE_INSTALL=ON
    CURL_ZLIB=OFF CURL_BROTLI=OFF CURL_ZSTD=OFF CURL_USE_LIBPSL=OFF CURL_USE_LIBSSH2=OFF CURL_USE_LIBSSH=OFF
    USE_LIBIDN2=OFF CURL_CA_BUNDLE=none CURL_CA_PATH=none CURL_CA_FALLBACK=OFF
    BUILD_CURL_EXE=OFF BUILD_SHARED_LIBS=OFF BUILD_STATIC_LIBS=ON BUILD_TESTING=OFF BUILD_EXAMPLES=OFF
    BUILD_LIBCURL_DOCS=OFF BUILD_MISC_DOCS=OFF ENABLE_CURL_MANUAL=OFF ENABLE_MANUAL=OFF PICKY_COMPILER=OFF
    CURL_ENABLE_EXPORT_TARGET=OFF)
  string(REGEX MATCH "^([^=]*)=(.*)$" ignored ${setting})
  set(${CMAKE_MATCH_1} ${CMAKE_MATCH_2} CACHE INTERNAL "for libcurl")
endforeach()
set(CMAKE_C_FLAGS_RELEASE "-O2 -fstack-protector-strong -ffunction-sections -fdata-sections")
FetchContent_Declare(curl
  URL https://curl.se/download/curl-8.23.0.tar.gz
  URL_HASH SHA256=e3de77cfa6367083c776a26647fc9f633b538c06c3baa73d931a252ac8f72b49)
FetchContent_GetProperties(curl)
if(NOT curl_POPULATED)
  FetchContent_Populate(curl)
  string(APPEND CMAKE_C_FLAGS_RELEASE " -fmacro-prefix-map=${curl_SOURCE_DIR}/=")
  add_subdirectory(${curl_SOURCE_DIR} ${curl_BINARY_DIR} EXCLUDE_FROM_ALL)
endif()
set(ELECTOR_CURL libcurl)
if(TARGET libcurl_static)
  set(ELECTOR_CURL libcurl_static)
endif()

# ---- libmicrohttpd: without TLS; its build is autoconf's ----
FetchContent_Declare(microhttpd
  URL https://ftp.gnu.org/gnu/libmicrohttpd/libmicrohttpd-1.0.10.tar.gz
  URL_HASH SHA256=04bfe8ef75db7d629a33de767599765cecadc56274a39822d5d081030d577685)
FetchContent_GetProperties(microhttpd)
if(NOT microhttpd_POPULATED)
  FetchContent_Populate(microhttpd)
endif()
set(microhttpd ${PROJECT_BINARY_DIR}/microhttpd)
set(microhttpd_archive ${microhttpd}/src/microhttpd/.libs/libmicrohttpd.a)
if(CMAKE_CROSSCOMPILING)
  set(microhttpd_host --host=${CMAKE_LIBRARY_ARCHITECTURE})
endif()
ExternalProject_Add(microhttpd_build
  SOURCE_DIR ${microhttpd_SOURCE_DIR} BINARY_DIR ${microhttpd} DOWNLOAD_COMMAND "" INSTALL_COMMAND ""
  CONFIGURE_COMMAND ${CMAKE_COMMAND} -E env "CC=${CMAKE_C_COMPILER}" "CFLAGS=${CMAKE_C_FLAGS_RELEASE} -fmacro-prefix-map=${microhttpd_SOURCE_DIR}/="
    ${microhttpd_SOURCE_DIR}/configure --quiet ${microhttpd_host} --enable-static --disable-shared --with-pic
    --disable-https --disable-bauth --disable-dauth --disable-postprocessor --disable-curl --disable-doc
    --disable-examples
  # A copied source may look older than what configure was generated from: do not regenerate it.
  BUILD_COMMAND make --quiet -C src/microhttpd libmicrohttpd.la
    AUTOMAKE=: ACLOCAL=: AUTOCONF=: AUTOHEADER=:
  BUILD_BYPRODUCTS ${microhttpd_archive})
file(MAKE_DIRECTORY ${microhttpd_SOURCE_DIR}/src/include)
add_library(microhttpd STATIC IMPORTED)
set_target_properties(microhttpd PROPERTIES
  IMPORTED_LOCATION ${microhttpd_archive}
  INTERFACE_INCLUDE_DIRECTORIES ${microhttpd_SOURCE_DIR}/src/include)
add_dependencies(microhttpd microhttpd_build)
set(ELECTOR_MICROHTTPD microhttpd)
