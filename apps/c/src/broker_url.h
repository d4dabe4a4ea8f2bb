/* The broker's URL: what may be wrong with it, and its one form. */
#ifndef TESA_BROKER_URL_H
#define TESA_BROKER_URL_H

#include <stdint.h>

#include "buffer.h"

#define DEFAULT_BROKER_URL "wss://mqtt.tesaiot.com:8085/mqtt"

/* A URL without problems. */
struct broker_url {
    bool is_secure;
    /* An IPv6 address has its brackets. */
    char *host;
    uint16_t port;
    char *path;
};

/* What is wrong with a URL; the problems say what to write instead. */
void find_broker_url_problems(struct text text, struct list *problems);
/* A URL without problems in its one form: with the path /mqtt where it has none. */
struct broker_url parse_broker_url(struct text text);
void add_broker_url(struct buffer *buffer, const struct broker_url *url);
void broker_url_free(struct broker_url *url);

#endif
