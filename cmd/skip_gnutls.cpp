// The program's libraries bring GnuTLS along (libmicrohttpd for HTTPS servers, libcurl through
// librtmp), and it initialises itself when it is loaded: self-tests, random state, 1.5 MB touched.
// Nothing here speaks TLS through it; kube/ uses OpenSSL. So neither of its two ways to begin does
// anything: the constructor's, which asks for this function (GnuTLS manual, "Initialization"), and
// libmicrohttpd's call, which the program's own definition takes the place of.
extern "C" {
__attribute__((visibility("default"), used)) int _gnutls_global_init_skip() {
  return 1;
}
__attribute__((visibility("default"), used)) int gnutls_global_init() {
  return 0;
}
}
