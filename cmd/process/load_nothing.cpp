// SPDX-License-Identifier: Apache-2.0
// Only in the static elector: replaces the functions that would load a shared library.
//
// A program linked statically with glibc can still load a shared library, but that brings the C
// library it was built with, and two C libraries of different versions in one process crash.
// OpenSSL loads providers and engines this way (OPENSSL_MODULES, openssl.cnf). The linker takes
// these definitions before libc.a's, so that the file contains no dlopen(3) at all. The same goes
// for gethostbyname(3), which loads modules to look up names; OpenSSL has a function that would
// call it, but nothing calls that function.
#include <dlfcn.h>
#include <netdb.h>

extern "C" {

void* dlopen(const char* /*file*/, int /*mode*/) noexcept {
  return nullptr;
}

int dlclose(void* /*handle*/) noexcept {
  return -1;
}

void* dlsym(void* __restrict /*handle*/, const char* __restrict /*name*/) noexcept {
  return nullptr;
}

char* dlerror() noexcept {
  static char message[] = "this elector is one static file and loads no libraries";
  return message;
}

hostent* gethostbyname(const char* /*name*/) {
  return nullptr;
}

int dladdr(const void* /*address*/, Dl_info* /*info*/) noexcept {
  return 0;
}
}
