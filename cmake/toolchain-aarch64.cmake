# SPDX-License-Identifier: Apache-2.0
# Compiles for arm64 on another Debian machine, with the libraries of its architecture arm64:
#
#   dpkg --add-architecture arm64 && apt-get update
#   apt-get install crossbuild-essential-arm64 libssl-dev:arm64 libnghttp2-dev:arm64 libyaml-cpp-dev:arm64
#   CXX=aarch64-linux-gnu-g++ make static BUILD=build-arm64 CMAKE_FLAGS=-DCMAKE_TOOLCHAIN_FILE=cmake/toolchain-aarch64.cmake
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_C_COMPILER aarch64-linux-gnu-gcc)
set(CMAKE_CXX_COMPILER aarch64-linux-gnu-g++)
set(ENV{PKG_CONFIG_LIBDIR} /usr/lib/aarch64-linux-gnu/pkgconfig:/usr/share/pkgconfig)
# What libcurl finds out by running a program, which this machine cannot: Linux's poll() works.
set(HAVE_POLL_FINE ON CACHE INTERNAL "for libcurl")
# Debian's cross compiler has a C library of its own, which is older and lacks the security fixes of arm64's.
foreach(folder -B/usr/lib/aarch64-linux-gnu -L/usr/lib/aarch64-linux-gnu)
  string(APPEND CMAKE_EXE_LINKER_FLAGS_INIT " ${folder}")
endforeach()
