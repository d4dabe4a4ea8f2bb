/* TLS 1.2 or newer, certificate and host name verified; there is no way to turn that off. */
#ifndef TESA_TLS_H
#define TESA_TLS_H

#include <openssl/ssl.h>

#include "failure.h"

struct tls {
    SSL_CTX *context;
    /* Why the last handshake failed, as far as OpenSSL has said so: X509_V_ERR_..., and a TLS alert; 0 if it has not.
     */
    long certificate_error;
    int alert;
};

/* Trusts the CAs of a PEM file, or with NULL the system's. `host` is what certificates must be for: a name, or an IP
 * address (IPv6 in brackets). `tls` stays where it is until tls_close(). */
bool tls_open(struct tls *tls, const char *ca_cert_path, const char *host, struct failure *failure);
void tls_close(struct tls *tls);

/* Forgets what became of the handshake before. */
void tls_begin(struct tls *tls);
/* What to say of a handshake with `place` (host:port) that failed; false if nothing is known of one. */
bool tls_explain(const struct tls *tls, const char *place, struct failure *failure);

#endif
