#include "tls.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/x509v3.h>

static bool is_address(const char *host)
{
    unsigned char address[sizeof(struct in6_addr)];
    return inet_pton(AF_INET, host, address) == 1 || inet_pton(AF_INET6, host, address) == 1;
}

static bool expect_host(SSL_CTX *context, const char *host)
{
    X509_VERIFY_PARAM *expected = SSL_CTX_get0_param(context);
    struct text bare = text_of(host);
    if (text_starts(bare, "[") && text_ends(bare, "]")) bare = text_slice(bare, 1, bare.length - 1);
    char *name = text_copy(bare);
    X509_VERIFY_PARAM_set_hostflags(expected, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    int is_set = is_address(name) ? X509_VERIFY_PARAM_set1_ip_asc(expected, name)
                                  : X509_VERIFY_PARAM_set1_host(expected, name, 0);
    free(name);
    return is_set == 1;
}

static bool trust(SSL_CTX *context, const char *ca_cert_path, struct failure *failure)
{
    if (ca_cert_path == NULL) return SSL_CTX_set_default_verify_paths(context) == 1;
    FILE *file = fopen(ca_cert_path, "r");
    if (file == NULL) {
        failure_set(failure, FAILURE_CONFIG, "CA_CERT_PATH \"%s\" cannot be used: %s.", ca_cert_path, strerror(errno));
        return false;
    }
    fclose(file);
    if (SSL_CTX_load_verify_locations(context, ca_cert_path, NULL) == 1) return true;
    failure_set(failure, FAILURE_CONFIG, "CA_CERT_PATH \"%s\" cannot be used: it holds no certificate in PEM form.",
                ca_cert_path);
    return false;
}

/* libwebsockets tells no more than that a handshake failed. */
static void on_progress(const SSL *connection, int where, int result)
{
    /* The upper byte is the level; only a fatal one ends the handshake. */
    if ((where & SSL_CB_ALERT) == 0 || result >> 8 != SSL3_AL_FATAL) return;
    struct tls *tls = SSL_CTX_get_app_data(SSL_get_SSL_CTX(connection));
    tls->alert = result & 0xff;
    tls->certificate_error = SSL_get_verify_result(connection);
}

bool tls_open(struct tls *tls, const char *ca_cert_path, const char *host, struct failure *failure)
{
    *tls = (struct tls){ .context = SSL_CTX_new(TLS_client_method()) };
    failure_set(failure, FAILURE_CONFIG, "TLS cannot be used: OpenSSL could not be set up.");
    if (tls->context == NULL) return false;
    SSL_CTX_set_app_data(tls->context, tls);
    SSL_CTX_set_verify(tls->context, SSL_VERIFY_PEER, NULL);
    SSL_CTX_set_info_callback(tls->context, on_progress);
    bool is_ready = SSL_CTX_set_min_proto_version(tls->context, TLS1_2_VERSION) == 1 &&
        expect_host(tls->context, host) && trust(tls->context, ca_cert_path, failure);
    ERR_clear_error();
    if (is_ready)
        failure_free(failure);
    else
        tls_close(tls);
    return is_ready;
}

void tls_close(struct tls *tls)
{
    SSL_CTX_free(tls->context);
    tls->context = NULL;
}

void tls_begin(struct tls *tls)
{
    tls->certificate_error = X509_V_OK;
    tls->alert = 0;
}

static void explain_certificate(long error, const char *place, struct failure *failure)
{
    const char *detail = X509_verify_cert_error_string(error);
    switch (error) {
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
        failure_set(failure, FAILURE_TLS_REFUSED,
                    "The certificate of %s is for another host name (%s). Use the name that the certificate has in "
                    "MQTT_BROKER_URL.",
                    place, detail);
        break;
    case X509_V_ERR_CERT_HAS_EXPIRED:
    case X509_V_ERR_CERT_NOT_YET_VALID:
        failure_set(failure, FAILURE_TLS_REFUSED,
                    "The certificate of %s has expired or is not valid yet (%s). Check this machine's clock; else the "
                    "server's operator must renew it.",
                    place, detail);
        break;
    default:
        failure_set(failure, FAILURE_TLS_REFUSED,
                    "The certificate of %s is signed by an authority that is not trusted here (%s). If it is your own "
                    "CA, set CA_CERT_PATH to its PEM file.",
                    place, detail);
    }
}

bool tls_explain(const struct tls *tls, const char *place, struct failure *failure)
{
    if (tls->certificate_error != X509_V_OK) {
        explain_certificate(tls->certificate_error, place, failure);
        return true;
    }
    if (tls->alert == 0) return false;
    const char *detail = SSL_alert_desc_string_long(tls->alert);
    if (tls->alert == SSL_AD_PROTOCOL_VERSION)
        failure_set(failure, FAILURE_TLS_REFUSED,
                    "%s offers no TLS version from 1.2 on (%s). The server must be updated.", place, detail);
    else
        failure_set(failure, FAILURE_TLS,
                    "The TLS handshake with %s failed (%s). Check that the port in MQTT_BROKER_URL is the one of wss.",
                    place, detail);
    return true;
}
