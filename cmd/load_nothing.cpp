// Part of the static elector only: what would load a shared library finds none.
//
// A program that is linked statically with glibc can still load one, but that one brings the C
// library that it was built with along, and two of them in one process crash, where they are of
// different versions. OpenSSL asks for providers and engines here (OPENSSL_MODULES, openssl.cnf).
// The linker takes these definitions before libc.a's, so that there is no dlopen(3) in the file at
// all. Nor is there gethostbyname(3), which loads modules to look up names by; OpenSSL has a
// function that would call it, and nothing calls that one.
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
