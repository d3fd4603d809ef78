// SPDX-License-Identifier: Apache-2.0
// The program's libraries bring GnuTLS along (libmicrohttpd for HTTPS servers, libcurl through
// librtmp), which initialises itself when it is loaded: self-tests, random state, 1.5 MB touched.
// Nothing here uses it for TLS; kube/ uses OpenSSL. So both ways to initialise it are disabled: the
// constructor, which calls this function first (GnuTLS manual, "Initialization"), and
// libmicrohttpd's call, which reaches the program's own definition instead.
extern "C" {
__attribute__((visibility("default"), used)) int _gnutls_global_init_skip() {
  return 1;
}
__attribute__((visibility("default"), used)) int gnutls_global_init() {
  return 0;
}
}
